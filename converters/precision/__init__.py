"""Style models in fewer bits, with what that costs and brings."""
