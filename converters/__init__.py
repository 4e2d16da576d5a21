"""Torch nets to style models, and the proof that both paint the same."""
