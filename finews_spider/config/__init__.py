"""The settings, read and checked."""
