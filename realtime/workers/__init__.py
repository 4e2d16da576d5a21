"""Tasks done side by side, by processes of this machine or on a Ray cluster."""
