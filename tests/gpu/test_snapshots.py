"""What the engine describes of programs, as it was: a change shows.

`pytest tests/gpu/test_snapshots.py --update-snapshots` keeps one that is meant.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gpu.examples import examples

SNAPSHOTS = Path(__file__).parent / "snapshots"
# A program of each family of templates, and fused groups.
NAMES = [
    *("fused", "fused by four", "int64", "within"),
    *(
        "matmul",
        "matmul in registers",
        "matmul of few rows",
        "softmax",
        "softmax in parts",
        "cross_entropy",
        "layer_norm",
    ),
    *("sum of integers", "argmax", "cumsum", "linear_recurrence", "sort"),
    *("lstm", "lstm backward", "gru", "adam", "sgd", "total_norm"),
    *("slice_put", "index", "embedding_backward", "searchsorted", "overlap_add", "arange", "random_normal"),
    *("attention", "attention backward", "conv2d", "max_pool2d"),
]


def words(name: str, values: list[Any]) -> Iterator[str]:
    """A name and numbers, in lines that are not too long."""
    text = " ".join([name, *map(str, values)])
    return (
        iter(textwrap.wrap(text, 100, initial_indent="  ", subsequent_indent="    ")) if values else iter(())
    )


def lines(program: dict[str, Any]) -> Iterator[str]:
    """A program to be read: all that it says, but for templates, which are files."""
    outputs = [f"{output['dtype']}{tuple(output['shape'])}" for output in program["outputs"]]
    yield f"{program['inputs']} inputs; {', '.join(outputs)}"
    yield from words("aliases", [f"{output}={i}" for output, i in program["aliases"]])
    yield from words("scratch", program["scratch"])
    slots: dict[str, str] = {}
    for i, step in enumerate(program["passes"]):
        yield ""
        yield f"{i}: {step['template']}, {step['entry']}, grid {' '.join(map(str, step['grid']))}"
        for b in step["bindings"]:
            yield f"  {b['mode']} {b['name']}: {b['kind']} = {b['buffer']} {b['index']}"
        yield from words("params", step["params"])
        for name, value in step["defines"].items():
            yield f"  {name} = {value}"
        for name, text in step["slots"].items():
            if slots.get(name) == text:
                yield f"  {name} as before"
            else:
                yield from textwrap.indent(f"{name}:\n{text}", "  ").splitlines()
            slots[name] = text


@pytest.mark.parametrize("name", NAMES)
def test_programs_are_as_they_were(name, request):
    path = SNAPSHOTS / f"{name.replace(' ', '_')}.txt"
    found = "\n".join(lines(json.loads(examples()[name]))) + "\n"
    if request.config.getoption("--update-snapshots"):
        path.write_text(found, encoding="utf-8")
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    assert found == kept, "the program is another: is that meant? Then `pytest --update-snapshots` keeps it"


def test_every_snapshot_is_of_a_program():
    assert sorted(path.stem for path in SNAPSHOTS.iterdir()) == sorted(n.replace(" ", "_") for n in NAMES)
