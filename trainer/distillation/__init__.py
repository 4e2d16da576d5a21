"""Makes the small networks that ship beside the styles, from large ones or from what styles paint.

Programs that are run once.
"""
