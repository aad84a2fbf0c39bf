"""What is known of each run, whether it was bad, and who is told (docs/monitoring.md)."""

from importlib.util import find_spec


def can_judge() -> bool:
    """Whether the extra that judges runs is installed."""
    return find_spec("spidermon") is not None
