"""From the nodes of a graph to at most so many boxes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..nn.module import _path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Set

__all__ = ["Box", "boxes_of"]

_NAMED = 4  # so many parameters are named in the box of a module; more are counted


@dataclass
class Box:
    """One op, one tensor that was there before, or many ops folded into one."""

    name: str
    kind: str  # op, leaf (requires a gradient), data, module (folded), failed
    shape: str | None = None
    dtype: str = ""
    path: int = 0
    count: int = 1
    notes: list[str] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)


def boxes_of(table: list[dict[str, Any]], limit: int, names: Mapping[Any, str], apart: Set[Any]) -> list[Box]:
    """The boxes in an order in which sources come first.

    The nodes stand in the order of recording, so that runs of neighbours can be folded and no cycle arises.
    Tensors without inputs belong to the run that reads them first.

    Args:
        table: of ``_core.graph_table``.
        limit: at most so many boxes.
        names: of the tensors that have one, by node.
        apart: nodes without inputs that stand for themselves.
    """
    if len(table) <= limit:
        return _joined(table, [[i] for i in range(len(table))], names)
    chains = [_chain(entry["path"]) for entry in table]
    sources = [_sources(entry) for entry in table]
    steps = [i for i, found in enumerate(sources) if found]
    alone = [[i] for i, entry in enumerate(table) if entry["id"] in apart and not sources[i]]
    runs = _runs_of_modules(steps, chains, max(1, limit - len(alone))) or [[]]
    reader = {}
    for number, run in enumerate(runs):
        for i in run:
            for source in sources[i]:
                reader.setdefault(source, number)
    for i, entry in enumerate(table):
        if not sources[i] and [i] not in alone:
            runs[reader.get(entry["id"], 0)].append(i)
    return _joined(table, [*alone, *(sorted(run) for run in runs)], names)


def _sources(entry: dict[str, Any]) -> list[Any]:
    """The nodes that an op reads; its numbers are given as text."""
    return [source for source in entry["inputs"] if not isinstance(source, str)]


def _runs_of_modules(steps: list[int], chains: list[list[int]], limit: int) -> list[list[int]]:
    """The ops of each call of a module, as deep as the limit allows; what is too fine is joined evenly."""
    finer = [[i] for i in steps]
    for depth in range(max((len(chain) for chain in chains), default=0), 0, -1):
        runs: list[list[int]] = []
        last: list[int] = []
        for i in steps:
            key = chains[i][:depth]
            # Ops outside of modules stand for themselves.
            if key and key == last:
                runs[-1].append(i)
            else:
                runs.append([i])
            last = key
        if len(runs) <= limit:
            # One box for everything would say too little where the next finer cut has hundreds.
            return runs if 4 * len(runs) >= min(limit, len(finer)) else _merged(finer, limit)
        finer = runs
    return _merged(finer, limit)


def _merged(runs: list[list[int]], limit: int) -> list[list[int]]:
    """Neighbouring runs joined evenly, if there are too many."""
    if len(runs) <= limit:
        return runs
    parts = [runs[len(runs) * k // limit : len(runs) * (k + 1) // limit] for k in range(limit)]
    return [[i for run in part for i in run] for part in parts if part]


def _joined(table: list[dict[str, Any]], runs: list[list[int]], names: Mapping[Any, str]) -> list[Box]:
    owner = {table[i]["id"]: number for number, run in enumerate(runs) for i in run}
    boxes = []
    for number, run in enumerate(runs):
        entries = [table[i] for i in run]
        box = _single(entries[0], names) if len(entries) == 1 else _folded(entries, names)
        sources = {owner[s] for entry in entries for s in _sources(entry)}
        box.sources = sorted(sources - {number})
        boxes.append(box)
    return boxes


def _single(entry: dict[str, Any], names: Mapping[Any, str]) -> Box:
    outputs = entry["outputs"]
    shape, dtype, _ = outputs[0] if outputs else ((), "", 0)
    box = Box(entry["op"], "op", str(tuple(shape)), dtype, entry["path"])
    if len(outputs) > 1:
        box.notes.append(f"and {len(outputs) - 1} more")
    numbers = [f"{float(source):.4g}" for source in entry["inputs"] if isinstance(source, str)]
    if numbers:
        box.notes.append(f"with {', '.join(numbers)}")
    if entry["leaf"]:
        box.name, box.kind = "parameter", "leaf"
    elif entry["op"] == "leaf":
        box.name, box.kind = "data", "data"
    elif entry["forgotten"]:
        box.kind = "data"
        box.notes.append("evaluated")
    if entry["id"] in names and not _sources(entry):
        box.name, box.kind = names[entry["id"]], "leaf" if entry["leaf"] else "data"
    if entry["phase"] == "failed":
        box.kind = "failed"
        box.notes.append("failed")
    if entry["line"]:
        box.notes.append(entry["line"])
    return box


def _folded(entries: list[dict[str, Any]], names: Mapping[Any, str]) -> Box:
    steps = [entry for entry in entries if _sources(entry)] or entries
    outputs = steps[-1]["outputs"]
    shape, dtype, _ = outputs[0] if outputs else ((), "", 0)
    paths = [_chain(entry["path"]) for entry in steps]
    common = paths[0]
    for chain in paths[1:]:
        agree = 0
        while agree < min(len(common), len(chain)) and common[agree] == chain[agree]:
            agree += 1
        common = common[:agree]
    name = _path.describe(common[-1]) if common else "ops"
    ends = [chain[len(common)] for chain in (paths[0], paths[-1]) if len(chain) > len(common)]
    if len(ends) == 2 and ends[0] != ends[1]:
        name = " to ".join(_path.describe(end).split(" (")[0] for end in ends)
    box = Box(name, "module", str(tuple(shape)), dtype, common[-1] if common else 0, len(steps))
    leaves = [entry["id"] for entry in entries if entry["leaf"]]
    named = [names[id].removeprefix(_dotted(common)) for id in leaves if id in names]
    if 0 < len(named) == len(leaves) <= _NAMED:
        box.notes.append(", ".join(named))
    elif leaves:
        box.notes.append(f"{len(leaves)} parameter{'s' if len(leaves) > 1 else ''}")
    return box


def _dotted(chain: list[int]) -> str:
    """The beginning of the names of the parameters below a module."""
    return "".join(f"{name}." for id in chain if (name := _path._entries[id][1]))


def _chain(path: int) -> list[int]:
    """The ids of the modules around a path id, outermost first, itself last."""
    chain = []
    while path:
        chain.append(path)
        path = _path._entries[path][0]
    return chain[::-1]
