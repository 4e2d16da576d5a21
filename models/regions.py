"""The ten groups of regions, and the contract of the net that finds them.

input   image     uint8 [1, H, W, 3], RGB, H and W multiples of 32
output  regions   uint8 [1, H / 4, W / 4, 10], soft masks in the order of GROUPS, which add up to about 255
metadata  "livebrush_regions"   JSON, {"contract": 1, "multiple": 32, "short_side": 256, ...}
"""

GROUPS = (
    "sky", "water", "vegetation", "terrain", "road", "building", "vehicle", "person", "interior", "other",
)  # fmt: skip
MASK_GROUPS = len(GROUPS)
COLOURS = (
    (70, 130, 230), (0, 190, 190), (60, 160, 50), (160, 110, 50), (128, 128, 128), (200, 60, 50), (250, 200, 0),
    (240, 120, 200), (120, 60, 160), (30, 30, 30),
)  # fmt: skip
"""the colour of each group in a picture of masks, RGB; far enough apart to tell them from each other"""
PERSON = GROUPS.index("person")
IN_FAVOUR = 3.0
"""factor for persons where a place may belong to several groups, after masks are squared: a face matters more than the
wall behind it"""
PERSONS = 0.75
"""how far persons go into the light of a style photo that shows no persons, 0 to 1"""
METADATA_KEY = "livebrush_regions"
CONTRACT = 1
LEAST_SHARE = 0.01
"""of a picture, that a group has at least; less is noise, or too little to take statistics from"""

PERSON_GROUPS = ("person", "other")
"""of the person net, whose output has these two masks; all else of its contract is as above"""
PERSON_SHORT_SIDE = 192
"""pixels of what the person net is shown"""
PAINTED = ("person", "other", "all")
"""what of a frame can be painted: persons, all else, everything"""
ALL = "all"
