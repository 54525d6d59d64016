"""Colours of charts and pages, on paper and in the dark.

Series are told apart by Okabe and Ito's colours (jfly.uni-koeln.de/color, 2008), which every common kind of colour blindness keeps apart,
and by their dash and mark beside it. Each has a contrast of 3:1 or more on its ground (WCAG 2.2, 1.4.11).
"""

from __future__ import annotations

INK, QUIET, RULE, GROUND = "#1b1f24", "#57606b", "#d4d9df", "#fffffe"
LIGHT = ("#0072b2", "#d55e00", "#007f5c", "#a8508a", "#946800", "#4b5563")
"""Series on a light ground: blue, vermilion, green, purple, orange, grey."""
FLOW = {"export": LIGHT[2], "import": LIGHT[3], "balance": LIGHT[4], "total": LIGHT[5], "domestic-export": LIGHT[0], "re-export": LIGHT[1]}
"""Flows of one account, in colours that no account of a pair has: the first of two is blue, the second vermilion."""
DARK = {INK: "#e8ebef", QUIET: "#a5aeb9", RULE: "#3a424c", GROUND: "#14181d", "#0072b2": "#56b4e9", "#d55e00": "#f0803c",
        "#007f5c": "#2fc79a", "#a8508a": "#dd93c0", "#946800": "#e69f00", "#4b5563": "#b3bbc5"}
"""What each colour is in the dark."""


def dark_rules() -> str:
    """CSS by which the colours of an SVG change where its reader prefers the dark; a viewer that knows no CSS shows the light ones."""
    rules = "".join(f'[{what}="{light}"]{{{what}:{dark}}}' for light, dark in DARK.items() for what in ("fill", "stroke"))
    return f"@media (prefers-color-scheme:dark){{{rules}}}"
