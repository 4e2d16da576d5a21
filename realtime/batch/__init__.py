"""Folders of films painted by several workers: what is done stays done, what fails is told at the end."""
