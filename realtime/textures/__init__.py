"""Pictures of any size from a net that has learnt one texture."""
