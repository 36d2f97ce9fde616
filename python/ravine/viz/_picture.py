"""What the functions of ravine.viz return, and the parts that their SVGs share."""

from __future__ import annotations

import os
from base64 import b64encode
from html import escape
from pathlib import Path

from ..io._atomic import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FONT", "Picture", "document", "embedded"]

FONT = "system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif"

# Class: its style, and what differs on a dark page. The colours are those of the loss curve.
CLASSES = {
    "page": ("fill:#ffffff", "fill:#14171b"),
    "title": ("fill:#1f2328;font-weight:600;font-size:15px", "fill:#e8ebee"),
    "text": ("fill:#59636e;font-size:12px", "fill:#9aa4ae"),
    "value": ("fill:#1f2328;font-size:12px", "fill:#e8ebee"),
    "frame": ("fill:none;stroke:#afb8c1", "stroke:#4a535c"),
}


class Picture:
    """A picture: shown by notebooks, printed as its kind and size, saved by :meth:`save`.

    Attributes:
        svg: a complete SVG document.
        png: the pixels alone as a PNG file, or None for pictures that are made of lines and text.
    """

    def __init__(self, svg: str, png: bytes | None = None, title: str = "picture") -> None:
        self.svg = svg
        self.png = png
        self.title = title

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a file; its ending says which: ``.svg``, ``.html``, or ``.png`` where there are pixels.

        A file that is there is replaced as a whole.

        Returns:
            The path.

        Raises:
            ValueError: another ending, or ``.png`` for a picture of lines and text.
            OSError: the file cannot be written.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind == ".svg":
            data = self.svg.encode()
        elif kind in (".html", ".htm"):
            data = self._page().encode()
        elif kind == ".png":
            if self.png is None:
                raise ValueError("save: this picture is made of lines and text. Save it as .svg or .html")
            data = self.png
        else:
            raise ValueError(f"save: no format belongs to {path.suffix!r}. Use .svg, .html or .png")
        replace(path, [data])
        return path

    def _page(self) -> str:
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            '<meta name="color-scheme" content="light dark">'
            f"<title>{escape(self.title)}</title>"
            "<style>body{margin:16px;background:light-dark(#ffffff,#14171b)}</style>"
            f"{self.svg}</html>\n"
        )

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_png_(self) -> bytes | None:
        return self.png

    def _repr_html_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        size = f"{len(self.svg):,} bytes of SVG"
        return f"<Picture {self.title!r}: {size}>"


def document(
    kind: str,
    width: float,
    height: float,
    title: str,
    parts: list[str],
    classes: Mapping[str, tuple[str, str]] | None = None,
) -> str:
    """A complete SVG with a page of its own colour, for light and dark, and a title for screen readers.

    Args:
        kind: the class of the picture, which its style rules are bound to.
        width: in pixels; the picture shrinks with the page.
        height: in pixels.
        title: escaped here.
        parts: the elements.
        classes: styles (light, dark) beside those that all pictures share.
    """
    styles = {**CLASSES, **(classes or {})}
    light = "".join(f".{kind} .{name}{{{style}}}" for name, (style, _) in styles.items())
    dark = "".join(f".{kind} .{name}{{{style}}}" for name, (_, style) in styles.items() if style)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
            f' width="{width:g}" height="{height:g}" style="max-width:100%;height:auto"'
            f' class="{kind}" role="img" font-family="{FONT}">',
            f"<title>{escape(title)}</title>"
            f"<style>{light}@media (prefers-color-scheme:dark){{{dark}}}</style>",
            f'<rect class="page" width="{width:g}" height="{height:g}" rx="8"/>',
            *parts,
            "</svg>\n",
        ]
    )


def embedded(png: bytes, x: float, y: float, width: float, height: float) -> str:
    """An SVG element that shows a PNG file with sharp pixels."""
    data = b64encode(png).decode("ascii")
    return (
        f'<image x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" preserveAspectRatio="none"'
        f' style="image-rendering:pixelated" href="data:image/png;base64,{data}"/>'
    )
