"""What to ask for, and which source reads the answer."""
