"""How tensors are printed: PyTorch's layout, four digits, long dimensions in part."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ravine._core import Tensor

DIGITS = 4
LINE = 80
# Beyond this many elements only the ends of each dimension are shown.
THRESHOLD = 1000
EDGE = 3


def _float_format(values: list[float]) -> Callable[[float], str]:
    finite = [abs(v) for v in values if v == v and abs(v) != float("inf")]
    nonzero = [v for v in finite if v != 0]
    whole = all(v == int(v) for v in finite)
    largest, smallest = max(nonzero, default=0.0), min(nonzero, default=0.0)
    if whole:
        scientific = largest > 1e8
    else:
        scientific = largest / smallest > 1000 or largest > 1e8 or smallest < 1e-4
    if scientific:
        return lambda v: f"{v:.{DIGITS}e}"
    if whole:
        return lambda v: f"{v:.0f}." if v == v and abs(v) != float("inf") else str(v)
    return lambda v: f"{v:.{DIGITS}f}"


def _formatter(t: Tensor, values: list[float]) -> Callable[[float], str]:
    if t.dtype.is_floating_point:
        show = _float_format(values)
    else:
        show = str
    width = max((len(show(v)) for v in values), default=0)
    return lambda v: show(v).rjust(width)


def _corners(t: Tensor) -> list[float]:
    """The elements that are shown."""
    for dim, extent in enumerate(t.shape):
        if extent > 2 * EDGE:
            import ravine

            t = ravine.cat([t.narrow(dim, 0, EDGE), t.narrow(dim, extent - EDGE, EDGE)], dim)
    return t._elements()


def _body(t: Tensor, show: Callable[[float], str], short: bool, indent: int) -> str:
    if t.ndim == 0:
        return show(t._elements()[0]).strip()
    extent = t.shape[0]
    cut = short and extent > 2 * EDGE
    if t.ndim == 1:
        if cut:
            ends = t.narrow(0, 0, EDGE)._elements(), t.narrow(0, extent - EDGE, EDGE)._elements()
            cells = [*map(show, ends[0]), " ...", *map(show, ends[1])]
        else:
            cells = [show(v) for v in t._elements()]
        width = max((len(c) for c in cells), default=1)
        per_line = max(1, (LINE - indent) // (width + 2))
        lines = [", ".join(cells[i : i + per_line]) for i in range(0, len(cells), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    rows = [*range(EDGE), None, *range(extent - EDGE, extent)] if cut else list(range(extent))
    parts = ["..." if r is None else _body(t[r], show, short, indent + 1) for r in rows]
    return "[" + ("," + "\n" * (t.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def show(t: Tensor) -> str:
    """`tensor([...], dtype=..., requires_grad=True)`."""
    from ravine._core import bool as boolean
    from ravine._core import float32, int64

    name = type(t).__name__ if type(t).__name__ != "Tensor" else "tensor"
    plain = t.detach()
    tail = []
    if not plain.is_cpu:
        tail.append(f"device='{plain.device}'")
    if plain.is_meta or (plain.numel() == 0 and plain.ndim != 1):
        tail.append(f"size={tuple(plain.shape)}")
    if t.dtype not in (float32, int64, boolean) or (plain.numel() == 0 and t.dtype is not float32):
        tail.append(f"dtype={t.dtype!r}")
    if t.is_leaf and t.requires_grad:
        tail.append("requires_grad=True")
    elif t.requires_grad:
        tail.append(f"grad_fn=<{t._op}>")
    if plain.is_meta:
        body = "..."
    elif plain.numel() == 0:
        body = "[]"
    else:
        short = plain.numel() > THRESHOLD
        shown = _corners(plain) if short else plain._elements()
        body = _body(plain, _formatter(plain, shown), short, len("tensor("))
    if name != "tensor":
        return f"{name} containing:\n" + f"tensor({', '.join([body, *tail])})"
    return f"tensor({', '.join([body, *tail])})"
