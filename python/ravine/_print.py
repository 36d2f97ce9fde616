"""How tensors are printed: PyTorch's layout, four digits unless told otherwise, long dimensions in part."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ravine._core import Tensor


class _Options:
    """What `set_printoptions` sets."""

    digits = 4
    line = 80
    # Beyond this many elements only the ends of each dimension are shown.
    threshold: float = 1000
    edge = 3
    scientific: bool | None = None


_options = _Options()
_PROFILES = {"default": (4, 1000, 3), "short": (2, 1000, 2), "full": (4, float("inf"), 3)}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Sets how tensors are printed; what is left out stays as it is, but `sci_mode`.

    Args:
        precision: digits after the point.
        threshold: with more elements than this, only the ends of each dimension are shown.
        edgeitems: how many at each end.
        linewidth: characters in a line.
        profile: "default", "short" or "full" values of the others.
        sci_mode: always (True) or never (False) with an exponent; chosen by the values without it.

    Raises:
        ValueError: there is no such profile, or a number is negative.

    >>> ravine.set_printoptions(precision=2)
    >>> ravine.tensor([1.12345])
    tensor([1.12])
    >>> ravine.set_printoptions(profile="default")
    """
    if profile is not None:
        if profile not in _PROFILES:
            from ravine.errors import ValueError

            raise ValueError(
                f"set_printoptions: there is no profile {profile!r}. Use 'default', 'short' or 'full'"
            )
        _options.digits, _options.threshold, _options.edge = _PROFILES[profile]
        _options.line = 80
    given = {"digits": precision, "threshold": threshold, "edge": edgeitems, "line": linewidth}
    for name, value in given.items():
        if value is None:
            continue
        if not isinstance(value, (int, float)) or value < 0:
            from ravine.errors import ValueError

            raise ValueError(f"set_printoptions: {value!r} is no number of 0 or more")
        setattr(_options, name, value)
    _options.scientific = sci_mode


def _float_format(values: list[float]) -> Callable[[float], str]:
    finite = [abs(v) for v in values if v == v and abs(v) != float("inf")]
    nonzero = [v for v in finite if v != 0]
    whole = all(v == int(v) for v in finite)
    largest, smallest = max(nonzero, default=0.0), min(nonzero, default=0.0)
    if whole:
        scientific = largest > 1e8
    else:
        scientific = largest / smallest > 1000 or largest > 1e8 or smallest < 1e-4
    if _options.scientific is not None:
        scientific = _options.scientific
    if scientific:
        return lambda v: f"{v:.{_options.digits}e}"
    if whole:
        return lambda v: f"{v:.0f}." if v == v and abs(v) != float("inf") else str(v)
    return lambda v: f"{v:.{_options.digits}f}"


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
        if extent > 2 * _options.edge:
            import ravine

            t = ravine.cat([*_ends(t, dim)], dim)
    return t._elements()


def _ends(t: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """The first and the last elements along a dimension."""
    edge = _options.edge
    return t.narrow(dim, 0, edge), t.narrow(dim, t.shape[dim] - edge, edge)


def _body(t: Tensor, show: Callable[[float], str], short: bool, indent: int) -> str:
    if t.ndim == 0:
        return show(t._elements()[0]).strip()
    extent = t.shape[0]
    cut = short and extent > 2 * _options.edge
    if t.ndim == 1:
        if cut:
            first, last = _ends(t, 0)
            cells = [*map(show, first._elements()), " ...", *map(show, last._elements())]
        else:
            cells = [show(v) for v in t._elements()]
        width = max((len(c) for c in cells), default=1)
        per_line = max(1, (_options.line - indent) // (width + 2))
        lines = [", ".join(cells[i : i + per_line]) for i in range(0, len(cells), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    edge = _options.edge
    rows = [*range(edge), None, *range(extent - edge, extent)] if cut else list(range(extent))
    parts = ["..." if r is None else _body(t[r], show, short, indent + 1) for r in rows]
    return "[" + ("," + "\n" * (t.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def show(t: Tensor) -> str:
    """`tensor([...], dtype=..., requires_grad=True)`."""
    from ravine._core import bool as boolean
    from ravine._core import get_default_dtype, int64

    name = type(t).__name__ if type(t).__name__ != "Tensor" else "tensor"
    plain = t.detach()
    tail = []
    if not plain.is_cpu:
        tail.append(f"device='{plain.device}'")
    if plain.is_meta or (plain.numel() == 0 and plain.ndim != 1):
        tail.append(f"size={tuple(plain.shape)}")
    default = get_default_dtype()
    if t.dtype not in (default, int64, boolean) or (plain.numel() == 0 and t.dtype is not default):
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
        short = plain.numel() > _options.threshold
        shown = _corners(plain) if short else plain._elements()
        body = _body(plain, _formatter(plain, shown), short, len("tensor("))
    if name != "tensor":
        return f"{name} containing:\n" + f"tensor({', '.join([body, *tail])})"
    return f"tensor({', '.join([body, *tail])})"
