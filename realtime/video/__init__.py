"""Video files: decode, paint and encode at once, and keep everything that is not painted."""
