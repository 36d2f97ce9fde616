"""Images side by side."""

from __future__ import annotations

from html import escape
from math import ceil, sqrt
from typing import Any

import ravine as rv

from .._core import Tensor
from ._picture import Picture, document, embedded
from ._png import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["image_grid"]

_MARGIN, _TITLE, _LABEL = 16, 36, 18
# Small images are shown enlarged, to about this many pixels.
_SHOWN = 64


def image_grid(
    images: Any,
    *,
    columns: int | None = None,
    normalize: bool | str = False,
    value_range: tuple[float, float] | None = None,
    padding: int = 2,
    scale: int | None = None,
    title: str = "",
    labels: Sequence[object] | None = None,
) -> Picture:
    """Images side by side, greyscale or in colour.

    Args:
        images: (H, W), (N, H, W) or (N, C, H, W) with C of 1 (grey), 3 (red, green, blue) or 4 (with
            opacity); or a list of images (H, W) or (C, H, W) of one size. uint8 goes from 0 to 255, floats
            from 0 to 1; what lies outside is clipped, and NaN is black.
        columns: how many stand side by side; by default the grid is about square.
        normalize: True stretches the values of all images together to the whole range, "each" those of each
            image for itself.
        value_range: what is black and what is white, for all images.
        padding: transparent pixels between images.
        scale: how many screen pixels an image's pixel takes; by default small images are enlarged.
        title: above the picture.
        labels: a text below each image.

    Returns:
        A picture with SVG and PNG; the PNG has the pixels without title and labels.

    Raises:
        ValueError: shapes, or the number of labels, do not fit.
        TypeError: images of a dtype that has no brightness.

    >>> import ravine
    >>> digits = ravine.rand(10, 1, 8, 8)
    >>> grid = ravine.viz.image_grid(digits, columns=5, labels=range(10))
    >>> grid.png[:4]
    b'\\x89PNG'
    """
    batch = _batch(images)
    count, _, height, width = batch.shape
    if labels is not None and len(labels) != count:
        raise ValueError(f"image_grid: {len(labels)} labels for {count} images. Give one for each")
    if columns is None:
        columns = ceil(sqrt(count * height / width))
    columns = max(1, min(int(columns), count))
    rows = ceil(count / columns)
    if scale is None:
        scale = max(1, _SHOWN // max(height, width))

    pixels = _bytes(batch, normalize, value_range)
    pixels = _enlarged(_with_opacity(pixels), scale)
    gap = max(0, int(padding))
    png = _png_of(pixels, rows, columns, gap)

    # In the SVG every image stands for itself, so that labels find room between the rows.
    step_x, step_y = width * scale + gap, height * scale + gap + (_LABEL if labels is not None else 0)
    top = _MARGIN + (_TITLE - _MARGIN if title else 0)
    parts = [f'<text class="title" x="{_MARGIN}" y="26">{escape(title)}</text>'] if title else []
    if labels is None:
        strip_width, strip_height = columns * step_x - gap, rows * step_y - gap
        parts.append(embedded(png, _MARGIN, top, strip_width, strip_height))
    else:
        for number in range(count):
            x = _MARGIN + number % columns * step_x
            y = top + number // columns * step_y
            one = _png_of(pixels[number : number + 1], 1, 1, 0)
            parts.append(embedded(one, x, y, width * scale, height * scale))
            parts.append(
                f'<text class="text" x="{x + width * scale / 2:g}" y="{y + height * scale + 13}"'
                f' text-anchor="middle">{escape(str(labels[number]))}</text>'
            )
    total_width = max(2 * _MARGIN + columns * step_x - gap, 2 * _MARGIN + 8 * len(title))
    total_height = top + rows * step_y - gap + _MARGIN
    name = title or f"{count} images"
    return Picture(document("ravine-images", total_width, total_height, name, parts), png, name)


def _batch(images: Any) -> Tensor:
    """The images as (N, C, H, W)."""
    if isinstance(images, (list, tuple)):
        if not images:
            raise ValueError("image_grid: there is no image")
        items = [rv.as_tensor(image).detach().to("cpu") for image in images]
        shapes = {tuple(item.shape) for item in items}
        if len(shapes) > 1:
            raise ValueError(
                f"image_grid: the images differ in shape: {sorted(shapes)}. Crop or pad them first"
            )
        batch = rv.stack(items)
    else:
        batch = rv.as_tensor(images).detach().to("cpu")
        if batch.ndim == 2:
            batch = batch.unsqueeze(0)
    if batch.ndim == 3:
        batch = batch.unsqueeze(1)
    shape = tuple(batch.shape)
    if batch.ndim != 4 or shape[1] not in (1, 3, 4) or 0 in shape:
        hint = ". Move the channels forward with .movedim(-1, 1)" if shape[-1] in (1, 3, 4) else ""
        raise ValueError(
            f"image_grid: images of shape {shape} are none of (H, W), (N, H, W), (N, 1, H, W), (N, 3, H, W), "
            f"(N, 4, H, W){hint}"
        )
    return batch


def _bytes(batch: Tensor, normalize: bool | str, value_range: tuple[float, float] | None) -> Tensor:
    """Brightness from 0 to 255 as uint8."""
    if normalize not in (True, False, "each"):
        raise ValueError(f"image_grid: normalize is True, False or 'each', not {normalize!r}")
    if batch.dtype is rv.bool:
        return batch.to(rv.uint8) * 255
    floats = batch.is_floating_point()
    if not normalize and value_range is None and not floats:
        return batch.clamp(0, 255).to(rv.uint8)
    values = batch.to(rv.float32)
    known = rv.where(values.abs() < float("inf"), values, 0.0)  # False for NaN too
    if value_range is not None:
        low, high = (rv.tensor(float(end), device="cpu") for end in value_range)
    elif normalize == "each":
        low, high = known.amin((1, 2, 3), keepdim=True), known.amax((1, 2, 3), keepdim=True)
    elif normalize:
        low, high = known.amin(), known.amax()
    else:
        low, high = (rv.tensor(end, device="cpu") for end in (0.0, 1.0))
    span = high - low
    unit = (values - low) / rv.where(span > 0, span, 1.0)
    unit = rv.where(unit.isnan(), 0.0, unit)
    return (unit.clamp(0, 1) * 255).round().to(rv.uint8)


def _with_opacity(pixels: Tensor) -> Tensor:
    """Grey with opacity or colours with opacity, as (N, H, W, C)."""
    if pixels.shape[1] != 4:
        opaque = rv.full((pixels.shape[0], 1, *pixels.shape[2:]), 255, dtype=rv.uint8, device="cpu")
        pixels = rv.cat([pixels, opaque], 1)
    return pixels.permute(0, 2, 3, 1)


def _enlarged(pixels: Tensor, scale: int) -> Tensor:
    count, height, width, channels = pixels.shape
    wide = pixels.reshape(count, height, 1, width, 1, channels).expand(-1, -1, scale, -1, scale, -1)
    return wide.reshape(count, height * scale, width * scale, channels)


def _png_of(pixels: Tensor, rows: int, columns: int, gap: int) -> bytes:
    """A grid of images (N, H, W, C) with transparent pixels between them."""
    count, height, width, channels = pixels.shape
    missing = rows * columns - count
    if missing:
        pixels = rv.cat([pixels, rv.zeros(missing, height, width, channels, dtype=rv.uint8, device="cpu")])
    spaced = rv.pad(pixels, (0, 0, 0, gap, 0, gap))
    grid = spaced.reshape(rows, columns, height + gap, width + gap, channels).permute(0, 2, 1, 3, 4)
    grid = grid.reshape(rows * (height + gap), columns * (width + gap), channels)
    grid = grid[: rows * (height + gap) - gap, : columns * (width + gap) - gap]
    return encode(bytes(grid), grid.shape[1], grid.shape[0], channels)
