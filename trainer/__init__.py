"""Training: transform nets, the loss network, losses, and the runs that make style models."""
