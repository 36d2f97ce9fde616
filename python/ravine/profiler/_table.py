"""Tables of text, and numbers with units."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["bytes_text", "count_text", "rate_text", "share_text", "shortened", "table", "time_text"]


def time_text(microseconds: float) -> str:
    """A time in the unit that suits it.

    >>> time_text(12.3456), time_text(123_456), time_text(2_500_000)
    ('12.346us', '123.456ms', '2.500s')
    """
    if microseconds >= 1e6:
        return f"{microseconds / 1e6:.3f}s"
    if microseconds >= 1e3:
        return f"{microseconds / 1e3:.3f}ms"
    return f"{microseconds:.3f}us"


def bytes_text(n: float) -> str:
    """A size in the unit that suits it.

    >>> bytes_text(512), bytes_text(1536), bytes_text(3 << 30)
    ('512 B', '1.50 KiB', '3.00 GiB')
    """
    if n < 1 << 10:
        return f"{n:.0f} B"
    for power, unit in ((30, "GiB"), (20, "MiB")):
        if n >= 1 << power:
            return f"{n / (1 << power):.2f} {unit}"
    return f"{n / (1 << 10):.2f} KiB"


def count_text(n: float) -> str:
    """A count with a letter for its thousands.

    >>> count_text(0), count_text(999), count_text(2_500_000)
    ('--', '999', '2.50M')
    """
    if n == 0:
        return "--"
    for scale, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if n >= scale:
            return f"{n / scale:.2f}{unit}"
    return f"{n:.0f}"


def rate_text(n: float, microseconds: float) -> str:
    """Billions a second.

    >>> rate_text(4_000_000, 1000.0), rate_text(0, 1.0)
    ('4.00', '--')
    """
    return f"{n / microseconds / 1e3:.2f}" if n and microseconds else "--"


def share_text(part: float, whole: float) -> str:
    """A part in percent.

    >>> share_text(1.0, 8.0), share_text(1.0, 0.0)
    ('12.50%', '--')
    """
    return f"{part / whole:.2%}" if whole else "--"


def shortened(text: str, width: int | None) -> str:
    """The beginning of a text that is too long.

    >>> shortened("scaled_dot_product_attention", 12)
    'scaled_do...'
    """
    return text if width is None or len(text) <= width else text[: max(width - 3, 0)] + "..."


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need to be, the first one to the left.

    >>> print(table(["name", "n"], [["add", "10"]]))
    ----  --
    name   n
    ----  --
    add   10
    ----  --
    """
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    rule = "  ".join("-" * width for width in widths)

    def line(cells: Sequence[str]) -> str:
        first, *others = (
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join([first, *others])

    return "\n".join([rule, line(titles), rule, *map(line, rows), rule])
