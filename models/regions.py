"""The ten groups that region masks tell apart, and the contract of the net that finds them.

input  image   uint8 [1, H, W, 3], RGB, H and W multiples of 32
output regions uint8 [1, H / 4, W / 4, 10], soft masks in the order of GROUPS: 255 is certain, they add up to about 255
metadata property "livebrush_regions": JSON, {"contract": 1, "multiple": 32, "short_side": 256, ...}
"""

GROUPS = (
    "sky", "water", "vegetation", "terrain", "road", "building", "vehicle", "person", "interior", "other",
)  # fmt: skip
MASK_GROUPS = len(GROUPS)
COLOURS = (
    (70, 130, 230), (0, 190, 190), (60, 160, 50), (160, 110, 50), (128, 128, 128), (200, 60, 50), (250, 200, 0),
    (240, 120, 200), (120, 60, 160), (30, 30, 30),
)  # fmt: skip
"""of each group in a picture of masks: RGB, so far apart that each is read as a region of its own"""
PERSON = GROUPS.index("person")
IN_FAVOUR = 3.0
"""how much more persons count in a frame where a place may be of several groups, once masks are squared: a face is
worth more than the wall behind it"""
PERSONS = 0.75
"""how far persons go into the light of a style photo that shows none"""
METADATA_KEY = "livebrush_regions"
CONTRACT = 1
LEAST_SHARE = 0.01
"""of a picture, that a group has at least; less is noise, or too little to take statistics from"""
