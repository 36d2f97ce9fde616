"""What a decoder makes of a plane of its latent space."""

from __future__ import annotations

from html import escape
from statistics import NormalDist
from typing import Any

import ravine as rv

from ..errors import ValueError
from ._images import image_grid
from ._picture import Picture, document, embedded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["latent_grid"]

_LEFT, _TOP, _BELOW = 52, 44, 48


def latent_grid(
    decode: Callable[[rv.Tensor], Any],
    *,
    steps: int = 12,
    span: float | None = 2.0,
    title: str = "",
    x_label: str = "first latent",
    y_label: str = "second latent",
    value_range: tuple[float, float] | None = None,
) -> Picture:
    """Decoded pictures over a square of two latent variables, the first to the right, the second upwards.

    Args:
        decode: from points (n, 2) to n pictures, as :func:`image_grid` takes them. For more variables than
            two, put the plane into the space first: ``lambda z: model.decode(z @ directions)``.
        steps: pictures in a row.
        span: the square reaches from ``-span`` to ``span`` in even steps. None takes the quantiles
            ``(k + 1/2) / steps`` of the standard normal instead, so that each picture stands for as much of
            the prior as any other (Kingma and Welling, 2014).
        title: above the picture.
        x_label: below the columns.
        y_label: beside the rows.
        value_range: what is black and what is white; by default 0 and 1.

    Raises:
        ValueError: fewer than 2 steps, a span that is not positive, or another number of pictures.

    >>> import ravine
    >>> stripes = lambda z: (z[:, :1, None] * ravine.linspace(-1, 1, 8)).expand(-1, 8, 8)
    >>> ravine.viz.latent_grid(stripes, steps=4, value_range=(-2, 2))
    <Picture 'latent grid': ... bytes of SVG>
    """
    if steps < 2:
        raise ValueError(f"latent_grid: steps must be at least 2, got {steps}")
    if span is not None and not 0 < span < float("inf"):
        raise ValueError(f"latent_grid: span must be a positive number or None, got {span}")
    if span is None:
        places = [NormalDist().inv_cdf((k + 0.5) / steps) for k in range(steps)]
    else:
        places = [span * (2 * k / (steps - 1) - 1) for k in range(steps)]
    line = rv.tensor(places)
    across, up = line.repeat(steps), line.flip(0).repeat_interleave(steps)
    with rv.no_grad():
        images = decode(rv.stack([across, up], 1))
    if len(images) != steps**2:
        raise ValueError(f"latent_grid: decode made {len(images)} pictures of {steps**2} points")
    grid = image_grid(images, columns=steps, padding=0, value_range=value_range)
    assert grid.png is not None
    pixel = (int.from_bytes(grid.png[16:20], "big"), int.from_bytes(grid.png[20:24], "big"))
    scale = max(1.0, 380 / max(pixel))
    width, height = pixel[0] * scale, pixel[1] * scale
    parts = [f'<text class="title" x="16" y="26">{escape(title)}</text>'] if title else []
    top = _TOP if title else 16
    parts.append(embedded(grid.png, _LEFT, top, width, height))
    parts.append(f'<rect class="frame" x="{_LEFT}" y="{top}" width="{width:g}" height="{height:g}"/>')
    every = max(1, -(-steps // 12))
    for k in range(0, steps, every):
        x, y = _LEFT + (k + 0.5) * width / steps, top + height - (k + 0.5) * height / steps
        text = f"{places[k]:.1f}".replace("-0.0", "0.0")
        below = f'x="{x:.1f}" y="{top + height + 16:g}" text-anchor="middle"'
        beside = f'x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end"'
        parts.append(f'<text class="text" {below}>{text}</text><text class="text" {beside}>{text}</text>')
    at = f'x="{_LEFT + width / 2:g}" y="{top + height + 36:g}" text-anchor="middle"'
    parts.append(f'<text class="text" {at}>{escape(x_label)}</text>')
    middle = top + height / 2
    turn = f'transform="rotate(-90 16 {middle:g})"'
    parts.append(
        f'<text class="text" x="16" y="{middle:g}" text-anchor="middle" {turn}>{escape(y_label)}</text>'
    )
    name = title or "latent grid"
    total = max(_LEFT + width + 16, 32 + 8.5 * len(title))
    return Picture(document("ravine-latent", total, top + height + _BELOW, name, parts), grid.png, name)
