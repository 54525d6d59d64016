"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def samples() -> Path:
    """The publishers' real files; not part of the repository."""
    root = Path(os.environ.get("ENTREPOT_SAMPLES", Path(__file__).parents[2] / "shared" / "samples"))
    if not root.is_dir():
        pytest.skip("the publishers' real files are not here")
    return root
