"""Sources, styles, sinks: painting video files and pictures, and the `livebrush` command."""
