"""Measurements that the project's choices rest on; each module is run by itself with `python -m`."""
