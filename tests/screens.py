"""Pages as people see them: what a browser says of one, and its screenshots, which CI leaves to look at.

They are kept in the folder that ``ENTREPOT_SCREENS`` names, or in ``artifacts/screens``, which git ignores.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

SCREENS = Path(os.environ.get("ENTREPOT_SCREENS") or Path(__file__).parents[1] / "artifacts" / "screens")


def keep(page: Any, name: str, *, whole: bool = True) -> Path:
    """A picture of a page of a browser: the ``whole`` of it, or what the window shows."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    file = SCREENS / f"{name}.png"
    page.screenshot(path=file, full_page=whole)
    return file


def faults(page: Any) -> list[str]:
    """What axe-core finds of serious or critical weight, in a line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in ("serious", "critical")]


def looked_at(browser: Any, file: Path, name: str, *, width: int, scheme: str = "light") -> Any:
    """A brief opened from its file with the network off, and its page: nothing else is asked for and nothing complained of, nothing is
    wider than the window, every chart is drawn once in letters that can be read, and axe-core has no serious finding. A picture is kept.
    """
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, java_script_enabled=True)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is wider than the window"
    figures = page.locator("figure").all()
    assert len(figures) == page.locator("figcaption b").count() >= 2
    for figure in figures:
        (drawn,) = [one for one in figure.locator("svg").all() if one.is_visible()]  # the one for this width
        box = drawn.bounding_box()
        assert box["width"] > 200 and box["height"] > 36 and box["x"] >= 0 and box["x"] + box["width"] <= width
        assert drawn.locator("path").count() >= 2, "axes and marks"
        letters = drawn.locator("text").first.bounding_box()
        assert letters["height"] >= 10, "as large as on a wide page"
    keep(page, f"{name}-{scheme}-{width}")
    assert (asked, said) == ([file.as_uri()], [])
    assert faults(page) == []
    return page
