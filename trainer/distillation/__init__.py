"""Makes the small networks that ship beside the styles, from large ones or from what styles paint: programs that are run once."""
