"""Many styles trained side by side, one a worker."""
