"""A net that paints after any picture: trained once, told in a moment what to paint like."""
