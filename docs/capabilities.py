"""Writes docs/capabilities.md, from tests/capabilities.toml: what there is, and which test holds it to that.

Run `python docs/capabilities.py`; tests/docs/test_capabilities.py fails when the page is stale.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "capabilities.md"

HEAD = """\
# What Ravine can do

Generated from `tests/capabilities.toml`; do not edit. Each row is a capability of the course of deep
learning, where it is in the library, the test that holds it to what it says, and the last figure that was
measured. A row's number is part of its test's name. {counts}

| row | what | where | test | figure |
|--:|---|---|---|---|
"""


def rows() -> list[dict[str, str | int]]:
    """The table, in the order of its numbers."""
    with (ROOT / "tests" / "capabilities.toml").open("rb") as file:
        return sorted(tomllib.load(file)["row"], key=lambda row: row["number"])


def page() -> str:
    """The page as Markdown; a row without a test is not claimed."""
    found = rows()
    claimed = [row for row in found if row["test"]]
    open_ = ", ".join(str(row["number"]) for row in found if not row["test"])
    counts = f"{len(claimed)} rows have their test." + (f" Open: {open_}." if open_ else "")
    lines = []
    for row in claimed:
        cells = [str(row[name]).replace("|", "\\|") for name in ("number", "what", "where", "test", "figure")]
        file, _, test = cells[3].partition("::")
        cells[3] = f"`{test}` in `{file}`"
        lines.append(f"| {' | '.join(cells)} |\n")
    return HEAD.format(counts=counts) + "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
