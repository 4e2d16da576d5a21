"""`python -m livebrush`: the command line."""

from livebrush.realtime.cli import main

main()
