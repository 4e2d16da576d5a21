"""Looks: photo styles in closed form, made from one photo at once."""
