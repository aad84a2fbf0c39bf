"""Records each run, checks whether it was bad, and notifies the owner (docs/monitoring.md)."""
