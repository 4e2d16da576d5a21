"""livebrush in a browser."""
