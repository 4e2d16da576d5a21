"""The style-model contract in code, the catalogue, and the style models that ship."""
