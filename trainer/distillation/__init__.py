"""Makes the small networks that ship from large ones: programs that are run once."""
