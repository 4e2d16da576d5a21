"""One frame to its painting: loaded models, what each viewer's frames leave behind, and what runs the models."""
