"""What is known of each run, whether it was bad, and who is told (docs/monitoring.md)."""
