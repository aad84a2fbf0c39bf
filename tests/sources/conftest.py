import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def golden() -> Path:
    """Return the folder of recorded answers; they belong to their publishers and aren't part of the repository."""
    folder = Path(os.environ.get("FINEWS_GOLDEN") or Path(__file__).parents[3] / "shared" / "golden")
    if folder.is_dir():
        return folder
    reason = f"no recordings in {folder}; FINEWS_GOLDEN names another folder"
    if "golden" in os.environ.get("FINEWS_TEST_REQUIRE", ""):
        pytest.fail(reason)
    pytest.skip(reason)
