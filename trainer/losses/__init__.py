"""Losses of a painting net, one a file."""
