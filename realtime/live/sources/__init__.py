"""Where live frames come from: cameras, streams, videos, a test pattern."""
