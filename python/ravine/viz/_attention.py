"""Where a model looks."""

from __future__ import annotations

from html import escape
from typing import Any

import ravine as rv

from ..errors import ValueError
from ._heatmap import SEQUENTIAL, colour_bar, colour_table
from ._picture import Picture, document, embedded
from ._png import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["attention"]

_WIDE = 680  # about how wide all maps together are
_TOP, _GAP = 44, 20
_SHOWN = {"\n": "⏎", " ": "␣", "\t": "⇥", "": "∅"}


def attention(
    weights: Any,
    *,
    queries: Sequence[object] | None = None,
    keys: Sequence[object] | None = None,
    title: str = "",
    columns: int | None = None,
) -> Picture:
    """Attention weights as maps, a row for each query and a column for each key.

    All maps share their colours, from 0 to the greatest weight.

    Args:
        weights: (Q, K) one map; (H, Q, K) one for each head; (L, H, Q, K) layers below each other.
        queries: a text for each query, the tokens that look; by default those of the keys if there are as
            many.
        keys: a text for each key, the tokens that are looked at.
        title: above the picture.
        columns: how many heads stand side by side; for layers always all of them.

    Raises:
        ValueError: another number of dimensions, no elements, or texts that do not fit.

    >>> import ravine
    >>> weights = ravine.softmax(ravine.randn(2, 3, 3), -1)
    >>> ravine.viz.attention(weights, keys=["the", "cat", "sat"], title="layer 0")
    <Picture 'layer 0': ... bytes of SVG>
    """
    data = rv.as_tensor(weights).detach().to("cpu", rv.float32)
    if data.ndim not in (2, 3, 4) or data.numel() == 0:
        raise ValueError(
            f"attention: weights (Q, K), (H, Q, K) or (L, H, Q, K) with elements, got {tuple(data.shape)}. "
            "Choose one sample of a batch"
        )
    rows, width = data.shape[-2:]
    if queries is None and keys is not None and rows == width:
        queries = keys
    for name, texts, extent in (("keys", keys, width), ("queries", queries, rows)):
        if texts is not None and len(texts) != extent:
            shape = tuple(data.shape)
            raise ValueError(
                f"attention: {len(texts)} {name} for weights {shape}. Give one for each of {extent}"
            )
    heads = 1 if data.ndim == 2 else data.shape[-3]
    maps = data.reshape(-1, rows, width)
    if data.ndim == 4:
        captions = [f"layer {k // heads}, head {k % heads}" for k in range(len(maps))]
        columns = heads
    else:
        captions = [f"head {k}" for k in range(heads)] if heads > 1 else [""]
        columns = max(1, min(columns or min(heads, 4), heads))
    return _drawn(maps, captions, _texts(queries, rows), _texts(keys, width), columns, title)


def _texts(given: Sequence[object] | None, extent: int) -> list[str]:
    """What is written; symbols that are not seen get a sign."""
    if given is None:
        return [str(k) for k in range(extent)]
    return [_SHOWN.get(text := str(item), text) for item in given]


def _drawn(
    maps: rv.Tensor, captions: list[str], queries: list[str], keys: list[str], columns: int, title: str
) -> Picture:
    count, rows, width = maps.shape
    finite = maps[maps.isfinite()]
    high = finite.amax().item() if finite.numel() else 0.0
    high = high if high > 0 else 1.0
    table = colour_table(SEQUENTIAL)
    known = maps.isnan().logical_not()
    index = (rv.where(known, maps / high, 0.0).clamp(0, 1) * 255).round().to(rv.int64)
    pixels = rv.where(known.unsqueeze(-1), table[index], 0).to(rv.uint8)

    cell = max(2.0, min(26.0 if count == 1 else 18.0, _WIDE / columns / max(width, 1), 460 / rows))
    every = max(1, -int(-10 // cell))  # texts stand at least ten pixels apart
    beside = 12 + 7.0 * max(len(text) for text in queries[::every])
    long = max(len(text) for text in keys[::every])
    turned = long * 7 > cell * every - 2
    below = 14 + (6.5 * long if turned else 10)
    above = 18 if captions[0] else 0
    wide, tall = cell * width, cell * rows
    step_x = max(wide, 7 * max(map(len, captions))) + _GAP
    step_y = above + tall + _GAP
    top = _TOP if title else 16
    lines = -(-count // columns)
    parts = [f'<text class="title" x="16" y="26">{escape(title)}</text>'] if title else []
    for k in range(count):
        column, row = k % columns, k // columns
        x, y = 16 + beside + column * step_x, top + row * step_y + above
        if above:
            parts.append(f'<text class="value" x="{x:g}" y="{y - 6:g}">{escape(captions[k])}</text>')
        parts.append(embedded(encode(bytes(pixels[k]), width, rows, 4), x, y, wide, tall))
        parts.append(f'<rect class="frame" x="{x:g}" y="{y:g}" width="{wide:g}" height="{tall:g}"/>')
        if column == 0:
            for i in range(0, rows, every):
                at = f'x="{x - 6:g}" y="{y + (i + 0.5) * cell + 4:.1f}" text-anchor="end"'
                parts.append(f'<text class="text" {at}>{escape(queries[i])}</text>')
        if k + columns >= count:
            for j in range(0, width, every):
                at_x, at_y = x + (j + 0.5) * cell, y + tall + 14
                how = 'text-anchor="middle"'
                if turned:
                    at_x += 4
                    how = f'text-anchor="end" transform="rotate(-90 {at_x:.1f} {at_y - 6:g})"'
                    at_y -= 6
                parts.append(f'<text class="text" x="{at_x:.1f}" y="{at_y:g}" {how}>{escape(keys[j])}</text>')
    right = 16 + beside + min(columns, count) * step_x - _GAP
    parts += colour_bar(table, 0.0, high, right + 16, top + above, max(60.0, min(tall, 160.0)))
    bottom = max(top + lines * step_y - _GAP + below, top + above + 72) + 8
    name = title or "attention"
    total = max(right + 84, 32 + 8.5 * len(title))
    return Picture(document("ravine-attention", total, bottom, name, parts), None, name)
