"""From a frame to its painting: loaded models, the memory of each stream, and the devices."""
