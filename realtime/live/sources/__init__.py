"""Where live frames come from: cameras, streams, films, a test pattern."""
