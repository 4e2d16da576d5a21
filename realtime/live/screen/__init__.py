"""What a person sees and presses: the window, the view in it, the HUD, the keys."""
