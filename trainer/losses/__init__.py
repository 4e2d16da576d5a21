"""Losses that pictures are optimised and nets are trained for, and what they are computed with."""
