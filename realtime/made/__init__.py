"""Styles that are made when they are asked for: of a picture, or of other styles."""
