"""The nets of other projects, one file each: which checkpoints hold one, and the net itself with their weights."""
