"""Pictures of numbers as PNG files."""

from __future__ import annotations

from ..viz._png import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["png"]


def png(image: Any) -> bytes:
    """A picture as a PNG file.

    Args:
        image: (H, W) for grey or (H, W, 3) for red, green and blue: a tensor, an array or nested lists of
            numbers from 0 to 255; others are clipped.

    Raises:
        ValueError: another shape, or no pixels.

    >>> png([[0, 255], [255, 0]])[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    rows = image.tolist() if hasattr(image, "tolist") else image
    if not rows or not isinstance(rows[0], (list, tuple)) or not rows[0]:
        raise ValueError("png: expected a picture (H, W) or (H, W, 3) with at least one pixel")
    colour = isinstance(rows[0][0], (list, tuple))
    width = len(rows[0])
    data = bytearray()
    for row in rows:
        values = [v for pixel in row for v in pixel] if colour else row
        if len(values) != width * (3 if colour else 1):
            raise ValueError("png: expected (H, W) or (H, W, 3), every row as long and every pixel alike")
        data.extend(0 if not v > 0 else 255 if v > 255 else round(v) for v in values)  # nan is black
    return encode(bytes(data), width, len(rows), 3 if colour else 1)
