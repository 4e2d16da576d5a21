"""The one exception that livebrush shows to a user."""


class LivebrushError(Exception):
    """Something a user can mend. The message says what failed, what was got against what was
    expected, and what to do next, in one line; the command line prints it without a traceback."""

    exit_code = 1
