"""Painting while it plays: sources -> mailbox -> painter -> sinks, each in a thread of its own."""
