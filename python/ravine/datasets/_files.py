"""The embedded files."""

from __future__ import annotations

from pathlib import Path

__all__ = ["embedded", "embedded_text"]


def embedded(name: str) -> Path:
    """Where an embedded file lies."""
    return Path(__file__).parent / "files" / name


def embedded_text(name: str) -> str:
    """The content of an embedded text packed by gzip."""
    import gzip

    return gzip.decompress(embedded(name).read_bytes()).decode("utf-8")
