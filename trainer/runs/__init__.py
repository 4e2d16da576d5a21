"""A training run: one loop with its data, health, log, checkpoint and previews, for any kind of net."""
