"""Writes docs/norms.md, from a run of the recipe digits-norms: layer norm against batch norm.

Run `python docs/norms.py`; tests/models/test_norms.py fails when runs give another table.
"""

from __future__ import annotations

import re
from pathlib import Path

from ravine.recipes import load
from ravine.train import Result

PAGE = Path(__file__).with_name("norms.md")

HEAD = """\
# Layer norm or batch norm

Generated from runs by `docs/norms.py`; do not edit. Perceptrons with four hidden layers learn handwritten
digits, with a norm in front of each activation (`ravine.models.MLP`), in {steps} steps from each of three
starts (`ravine train digits-norms`). The table has the mean share of right answers on the test part.

"""
TAIL = """
| | layer norm | batch norm |
|---|---|---|
| mean and variance are of | each sample, over its features | each feature, over the batch |
| in evaluation | the same as in training | running averages take the batch's place |
| what a sample becomes depends on | itself | the other samples of its batch, while training |
| small batches | do not matter | spoil its statistics: of two samples each is 1 or -1 in every feature |
| sequences of several lengths | each place by itself | padding would be counted |
| usual in | transformers, recurrent networks | convolutional networks with large batches |
"""


def cells(html: str) -> list[list[str]]:
    """The table's rows, the head first."""
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [re.findall(r"<t[hd]>(.*?)</t[hd]>", row) for row in rows]


def measured() -> Result:
    """The recipe in full, without files."""
    return load("digits-norms")()


def page(result: Result) -> str:
    """The page as Markdown."""
    head, *rows = cells(result.sections[0].html)
    lines = [head, ["---", *(["--:"] * (len(head) - 1))], *rows]
    steps = result.facts["steps"].partition("/")[0]
    return HEAD.format(steps=steps) + "".join(f"| {' | '.join(line)} |\n" for line in lines) + TAIL


if __name__ == "__main__":
    PAGE.write_text(page(measured()), encoding="utf-8")
