"""What to request, and which source reads the answer."""
