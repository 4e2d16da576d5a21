"""Slow stills: one picture at a time, optimised pixel by pixel."""
