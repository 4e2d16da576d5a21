"""A long film painted in pieces: cut at key frames, painted by several workers, joined without encoding again."""
