"""A new publisher's folder, from templates: a connector that loads, is listed and holds its contract, on a synthetic sample.

What it makes is a working connector of one CSV file; whoever adds the publisher puts its facts and its forms in their place
(docs/adding-a-publisher.md). Nothing that is there is written over.
"""

from __future__ import annotations

import keyword
import re
import shutil
from pathlib import Path
from string import Template

import connectors
from flows.home import registry
from warehouse.reference import areas
from warehouse.reference.currencies import HOMES
from warehouse.schema.errors import EntrepotError, UsageError

TEMPLATES = Path(__file__).parent / "templates"
HERE = Path(connectors.__file__).parents[1]


def new(name: str, area: str, title: str = "", package: Path | None = None) -> list[Path]:
    """Write a publisher's files; returns them. ``area`` is whose figures it speaks for, in any name.

    Raises UsageError for a name that cannot be one, is taken, or has a folder already, and where there is no checkout to write into.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]{1,30}", name) or keyword.iskeyword(name):
        raise UsageError(f"{name[:60]!r} cannot be a publisher's name: letters a to z and digits, such as bnm")
    if name in registry.connectors():
        raise UsageError(f"there is a publisher {name} already: entrepot sources {name}")
    code = areas.area(area)
    if any(char in title for char in "\"\\$") or not title.isprintable() or len(title) > 70:
        raise UsageError("--title takes up to 70 characters, without quotation marks")
    module = f"entrepot_{name}" if package else f"connectors.statistics.{name}"
    if package is None and not (HERE / "docs" / "publishers").is_dir():
        raise UsageError(f"{HERE} is no checkout of Entrepot: --package FOLDER makes a package of its own")
    root = package.absolute() if package else HERE
    folder = root / module.replace(".", "/")
    page = folder / f"{name}.md" if package else root / "docs" / "publishers" / f"{name}.md"
    told = {"name": name, "cls": name.capitalize(), "title": title or f"The office {name}", "area": code, "module": module,
            "currency": next((currency for currency, home in HOMES.items() if home == code), "USD"),
            "folder": f"{folder.relative_to(root)}/", "page": str(page.relative_to(root))}
    files = {
        folder / "__init__.py": "init.py", folder / "publisher.py": "publisher.py", folder / "connector.py": "connector.py",
        folder / "areas.csv": "areas.csv", folder / "sample" / "synthetic.csv": "synthetic.csv",
        folder / "sample" / "figures.csv": "figures.csv", page: "page.md",
        (root / "tests" / f"test_{name}.py" if package else root / "tests" / "connectors" / f"test_{name}.py"): "test.py"}
    if package:
        files |= {root / "pyproject.toml": "pyproject.toml"}
    if there := [path for path in (folder, *files) if path.exists()]:
        raise UsageError(f"{there[0]} is there already, and nothing is written over it")
    try:
        for path, template in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template((TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")).substitute(told), encoding="utf-8")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise EntrepotError(f"cannot write {error.filename}: {error.strerror}") from error
    return list(files)
