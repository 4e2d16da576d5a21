"""Rewrites of a graph that compute the same faster, one a file."""
