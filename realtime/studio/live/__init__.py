"""The live page's half on the server: a WebSocket for each visitor, one deck and one painting thread for all."""
