"""PNG files (ISO/IEC 15948) from bytes."""

from __future__ import annotations

import struct
import zlib

__all__ = ["encode"]

# Channels: the colour type, and how many bytes of a row are one pixel.
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def encode(pixels: bytes, width: int, height: int, channels: int) -> bytes:
    """A PNG file of 8 bits a channel.

    Args:
        pixels: rows from the top, pixels from the left, channels within a pixel.
        width: of a row in pixels, at least 1.
        height: at least 1.
        channels: 1 grey, 2 grey and opacity, 3 red, green and blue, 4 with opacity.

    Raises:
        ValueError: the sizes do not fit together.

    >>> encode(bytes([0, 255]), 2, 1, 1)[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    stride = width * channels
    if channels not in _COLOUR_TYPES or width < 1 or height < 1 or len(pixels) != stride * height:
        raise ValueError(f"png: {len(pixels)} bytes are no {width} x {height} picture of {channels} channels")
    # Each row is preceded by its filter: 0 stores the bytes as they are.
    rows = (b"\0" + pixels[start : start + stride] for start in range(0, stride * height, stride))
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"".join(rows), 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
