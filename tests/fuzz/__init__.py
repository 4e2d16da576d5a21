"""Damaged inputs by the thousand: every one is read, or refused in a sentence."""
