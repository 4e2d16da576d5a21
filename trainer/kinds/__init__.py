"""The kinds of training: each its net, its losses and their schedule, which is all that differs."""
