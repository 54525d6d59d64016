"""Screenshots of pages as people see them, kept in ``artifacts/screens`` (ignored by git): what CI leaves to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SCREENS = Path(__file__).parents[1] / "artifacts" / "screens"


def keep(page: Any, name: str) -> Path:
    """A picture of a whole page of a browser."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    file = SCREENS / f"{name}.png"
    page.screenshot(path=file, full_page=True)
    return file


def faults(page: Any) -> list[str]:
    """What axe-core finds of serious or critical weight, in a line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in ("serious", "critical")]
