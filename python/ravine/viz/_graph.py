"""The computation graph of a tensor."""

from __future__ import annotations

from html import escape
from typing import Any

from .. import _core, _pytree, _summary
from .._core import Tensor
from ..nn.module import Module, _path
from ._fold import Box, boxes_of
from ._layers import place
from ._picture import Picture, document

__all__ = ["graph"]

_ROW, _GAP_X, _GAP_Y, _MARGIN, _TOP = 15, 18, 22, 20, 48
_CLASSES = {
    "op": ("fill:#eef3fc;stroke:#2463c9", "fill:#1b2635;stroke:#6ea8fe"),
    "leaf": ("fill:#e9f6ef;stroke:#1a7f4e", "fill:#172a21;stroke:#5fcf9a"),
    "data": ("fill:#f3f4f6;stroke:#8b949e", "fill:#22272e;stroke:#768390"),
    "module": ("fill:#fdf1e9;stroke:#c2571a", "fill:#2e2118;stroke:#f0975c"),
    "failed": ("fill:#fdeaea;stroke:#b42318", "fill:#331a1a;stroke:#f28b82"),
    "name": ("fill:#1f2328;font-weight:600;font-size:12px", "fill:#e8ebee"),
    "fact": ("fill:#59636e;font-size:11px", "fill:#9aa4ae"),
    "edge": ("fill:none;stroke:#afb8c1;stroke-width:1.2", "stroke:#57606a"),
    "tip": ("fill:#afb8c1", "fill:#57606a"),
}


def graph(*what: Any, model: Module | None = None, title: str = "", limit: int = 40) -> Picture:
    """How tensors were computed, inputs at the top: ops with their shapes, and modules where ops are many.

    ``graph(loss)`` shows a tensor, or several; ``graph(model, *inputs)`` calls the model and shows what comes
    out, parameters by their names. The call changes nothing: no buffer, no gradient, no random number.

    Nothing is computed for it. A tensor that was evaluated and has no history has forgotten its inputs: it
    stands there as "evaluated". To see a whole graph, draw it before looking at values, or from tensors that
    require a gradient.

    Args:
        what: the results to start from, for instance a loss; or a module and what it is called with.
        model: whose parameters and buffers are shown by name, where tensors are given.
        title: above the picture.
        limit: more boxes than this are folded: first into the modules that recorded them, deep ones first,
            then into runs of neighbouring ops.

    Raises:
        TypeError: something else than tensors, or than a module and its inputs.

    >>> import ravine
    >>> x = ravine.ones(3, requires_grad=True)
    >>> picture = ravine.viz.graph((x * 2).sum())
    >>> "mul" in picture.svg and "sum" in picture.svg
    True
    >>> from ravine import nn
    >>> "0.weight" in ravine.viz.graph(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), ravine.ones(1, 3)).svg
    True
    """
    names: dict[Any, str] = {}
    tensors, given = what, []
    if what and isinstance(what[0], Module):
        model, inputs = what[0], list(what[1:])
        tensors = _called(model, inputs)
        given = [x for x in inputs if isinstance(x, Tensor)]
        names.update((_node(x), f"input {i}" if len(given) > 1 else "input") for i, x in enumerate(given))
    apart = set(names)
    for t in tensors:
        if not isinstance(t, Tensor):
            raise TypeError(
                f"graph: expected tensors, got {type(t).__name__}. Give results, or a module and its inputs"
            )
    if model is not None:
        state = [*model.named_parameters(), *model.named_buffers()]
        names.update((_node(t), name) for name, t in state if isinstance(t, Tensor))
    table = _core.graph_table(list(tensors))
    boxes = boxes_of(table, max(1, limit), names, apart)
    compact = any(box.kind == "module" for box in boxes)
    sizes = [_size(box, compact) for box in boxes]
    layout = place(
        [box.sources for box in boxes],
        [w for w, _ in sizes],
        [h for _, h in sizes],
        _GAP_X,
        _GAP_Y - 6 * compact,
    )
    width = max(layout.width + 2 * _MARGIN, 32 + 8 * len(title), 120)
    top = _TOP if title else _MARGIN
    parts = [f'<text class="title" x="16" y="26">{escape(title)}</text>'] if title else []
    shift = (width - layout.width) / 2
    for line in layout.edges:
        points = [(x + shift, y + top) for x, y in line]
        parts.append(f'<path class="edge" d="{_curve(points)}"/>')
        x, y = points[-1]
        parts.append(f'<path class="tip" d="M{x:.1f} {y:.1f}l-3.5 -7h7z"/>')
    for box, (x, y), (w, h) in zip(boxes, layout.places, sizes, strict=True):
        parts.extend(_drawn(box, compact, x + shift - w / 2, y + top, w, h))
    name = title or f"graph of {len(table)} ops"
    return Picture(
        document("ravine-graph", width, layout.height + top + _MARGIN, name, parts, _CLASSES), None, name
    )


def _called(model: Module, inputs: list[Any]) -> list[Any]:
    """The model's outputs, of a call that leaves it as it was."""
    outputs: list[Any] = []

    def leave(module: Module, args: tuple[Any, ...], output: Any) -> None:
        if module is model:
            outputs[:] = [leaf for leaf in _pytree.flatten(output)[0] if isinstance(leaf, Tensor)]

    _summary.run_untouched(model, tuple(inputs), {}, lambda module, args: None, leave)
    return outputs


def _node(t: Tensor) -> Any:
    """The node of a tensor's value."""
    return _core.graph_table([t])[-1]["id"]


def _lines(box: Box, compact: bool) -> list[str]:
    """What is written below the name; on one line where modules are folded."""
    if compact:
        where = _path.path(box.path) if box.path and box.kind != "module" else ""
        ops = f"{box.count} ops" if box.count > 1 else ""
        facts = [f"{box.shape} {box.dtype}", where, *box.notes, ops]
        return [" · ".join(filter(None, facts))]
    lines = []
    if box.shape is not None:
        lines.append(f"{box.shape} {box.dtype}")
    if box.path:
        lines.append(_path.describe(box.path))
    lines.extend(box.notes)
    return lines


def _size(box: Box, compact: bool) -> tuple[float, float]:
    lines = _lines(box, compact)
    letters = max([1.25 * len(box.name), *(len(line) for line in lines)])
    return max(56.0, 6.2 * letters + 18), _ROW * (1 + len(lines)) + 10


def _drawn(box: Box, compact: bool, x: float, y: float, width: float, height: float) -> list[str]:
    middle = x + width / 2
    frame = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5"'
    at = f'x="{middle:.1f}" y="{y + 17:.1f}" text-anchor="middle"'
    parts = [f'<rect class="{box.kind}" {frame}/>', f'<text class="name" {at}>{escape(box.name)}</text>']
    for number, line in enumerate(_lines(box, compact), 1):
        at = f'x="{middle:.1f}" y="{y + 17 + _ROW * number:.1f}"'
        parts.append(f'<text class="fact" {at} text-anchor="middle">{escape(line)}</text>')
    return parts


def _curve(points: list[tuple[float, float]]) -> str:
    """Vertical at both ends of every piece."""
    x, y = points[0]
    text = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in points[1:]:
        middle = (y + to_y) / 2
        text.append(f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return "".join(text)
