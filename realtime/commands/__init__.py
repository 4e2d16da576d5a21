"""Subcommands of `livebrush`, one a file; they import what they need when they run."""
