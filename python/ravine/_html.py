"""How notebooks show tensors: shape and dtype, then a table, or a picture of large matrices and images."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ravine._core import Tensor

# At most so many rows and columns of a table; the ends of longer ones.
ROWS, COLUMNS, EDGE = 10, 10, 4
# From this extent on a matrix of floats is drawn.
DRAWN = 16
IMAGES = 16

_CELL = "style='text-align:right;font-family:monospace;padding:1px 8px'"


def show(t: Tensor) -> str:
    """HTML for a notebook."""
    facts = [f"shape {tuple(t.shape)}", t.dtype.name]
    if t.requires_grad:
        facts.append("requires grad" if t.is_leaf else f"grad_fn {t._op}")
    name = type(t).__name__
    head = f"<div><b>{escape(name)}</b> <span style='opacity:.7'>{escape(', '.join(facts))}</span></div>"
    plain = t.detach()
    return f"<div>{head}{_body(plain)}</div>"


def _body(t: Tensor) -> str:
    if t.numel() == 0:
        return ""
    if t.dtype.is_floating_point and t.ndim in (2, 3):
        picture = _drawn(t)
        if picture is not None:
            return picture
    if t.ndim in (1, 2):
        return _table(t if t.ndim == 2 else t.unsqueeze(0))
    return f"<pre>{escape(repr(t))}</pre>"


def _drawn(t: Tensor) -> str | None:
    """A heat map of a large matrix, or images side by side; small ones and long strips are None."""
    from ravine import viz

    height, width = t.shape[-2:]
    if min(height, width) < DRAWN or max(height, width) > 1024:
        return None
    if t.ndim == 2:
        return viz.heatmap(t).svg
    if t.shape[0] in (3, 4) and ((t >= 0) & (t <= 1)).all().item():
        return viz.image_grid(t.unsqueeze(0)).svg
    shown = viz.image_grid(t[:IMAGES], normalize=True).svg
    more = f"<div>the first {IMAGES} of {t.shape[0]}</div>" if t.shape[0] > IMAGES else ""
    return shown + more


def _ends(extent: int, most: int) -> list[int | None]:
    """Which indices are shown; None stands for those left out."""
    if extent <= most:
        return list(range(extent))
    return [*range(EDGE), None, *range(extent - EDGE, extent)]


def _table(t: Tensor) -> str:
    from ravine import _print

    rows, columns = _ends(t.shape[0], ROWS), _ends(t.shape[1], COLUMNS)
    shown_columns = [j for j in columns if j is not None]
    lines = {i: [t[i, j].item() for j in shown_columns] for i in rows if i is not None}
    every = [value for line in lines.values() for value in line]
    text = _print._formatter(t, every)
    parts = []
    for i in rows:
        if i is None:
            parts.append(f"<tr>{f'<td {_CELL}>⋮</td>' * len(columns)}</tr>")
            continue
        values = iter(lines[i])
        cells = "".join(
            f"<td {_CELL}>{'…' if j is None else escape(text(next(values)).strip())}</td>" for j in columns
        )
        parts.append(f"<tr>{cells}</tr>")
    return f"<table>{''.join(parts)}</table>"
