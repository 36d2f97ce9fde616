"""Pages of runs: one HTML file each, for light and dark, wide and narrow, without outside resources."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from html import escape
from pathlib import Path
from re import sub
from typing import NamedTuple

from ..io._atomic import replace
from .charts import own_ids, script
from .png import png

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from .result import Result

__all__ = [
    "Html",
    "Section",
    "bars",
    "definitions",
    "drawn",
    "page",
    "pictures",
    "run_page",
    "run_parts",
    "table",
    "text",
    "verdict",
    "write_page",
]


class Html(str):
    """Text that is HTML already; other text is escaped."""


class Section(NamedTuple):
    """A part of a page: a heading and what stands below it, as HTML."""

    title: str
    html: str


def text(lines: Iterable[str] | str) -> str:
    """Lines as they are, in a box; long ones are wrapped.

    >>> text(["a < b"])
    '<pre class="card">a &lt; b</pre>'
    """
    return f'<pre class="card">{escape(lines if isinstance(lines, str) else chr(10).join(lines))}</pre>'


def pictures(images: Iterable[Any], captions: Sequence[str] | None = None, *, small: bool = False) -> str:
    """Pictures side by side, as many as fit on a line.

    Args:
        images: each (H, W) or (H, W, 3), numbers from 0 (black) to 255: tensors, arrays or lists.
        captions: a text below each, or :class:`Html`.
        small: half as large.
    """
    figures = []
    for number, image in enumerate(images):
        caption = "" if captions is None else captions[number]
        source = b64encode(png(image)).decode()
        told = caption if isinstance(caption, Html) else escape(caption)
        plain = sub("<[^>]*>", " ", told).strip()
        below = f"<figcaption>{told}</figcaption>" if caption else ""
        figures.append(f'<figure><img alt="{plain}" src="data:image/png;base64,{source}">{below}</figure>')
    return f'<div class="card pictures{" small" if small else ""}">{"".join(figures)}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, scroll: bool = False) -> str:
    """A table of text, and of :class:`Html`; on a narrow screen its cells are broken, or it can be moved."""

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(f"<{tag}>{c if isinstance(c, Html) else escape(c)}</{tag}>" for c in row)

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    top = f"<thead><tr>{cells(head, 'th')}</tr></thead>"
    return f'<div class="card{" scroll" if scroll else ""}"><table>{top}<tbody>{body}</tbody></table></div>'


def bars(rows: Iterable[tuple[str, float, str]], *, line: float) -> str:
    """Horizontal bars (name, length, label) with a mark at ``line``."""
    rows = list(rows)
    full = 1.25 * max([line, *(length for _, length, _ in rows)])  # room for the labels

    def percent(length: float) -> str:
        return f"{100 * length / full:.1f}%"

    drawn = []
    for name, length, label in rows:
        bar = f'<i style="width:{percent(length)}"></i><u style="left:{percent(line)}"></u>'
        after = f'<b style="left:{percent(max(length, line))}">{escape(label)}</b>'
        drawn.append(f'<span>{escape(name)}</span><div class="bar">{bar}{after}</div>')
    return f'<div class="card bars">{"".join(drawn)}</div>'


def verdict(result: Result) -> Html:
    """A result and what was asked, coloured."""
    kind, sign = ("good", "✓") if result.reached else ("bad", "✗")
    return Html(
        f'<span class="{kind}">{sign} {escape(result.metric)} {result.value:.4f}</span> '
        f'<span class="soft">(asked: {escape(result.goal)})</span>'
    )


def run_parts(result: Result | None, charts: str, facts: dict[str, str], sections: Iterable[Section]) -> str:
    """What a page says of one run: the result, facts, the charts, and the run's own sections."""
    told = "".join(
        f'<li><span class="soft">{escape(k)}</span> <b>{escape(v)}</b></li>' for k, v in facts.items()
    )
    state = '<span class="soft">not finished</span>' if result is None else verdict(result)
    parts = [
        f"<p>{state}</p>",
        f'<ul class="facts">{told}</ul>',
        charts,
    ]
    parts += [f"<h3>{escape(section.title)}</h3>{section.html}" for section in sections]
    return "\n".join(parts)


def run_page(
    name: str,
    result: Result | None,
    charts: str,
    facts: dict[str, str],
    sections: Iterable[Section],
    about: dict[str, str],
    files: Iterable[str],
) -> str:
    """The page of one run, with links to its files; ``result`` is None as long as it goes on."""
    links = ", ".join(f'<a href="{file}">{file}</a>' for file in files)
    sections = [*sections, Section("About this run", definitions(about))] if about else sections
    body = f'{run_parts(result, charts, facts, sections)}\n<p class="soft">Beside this page: {links}</p>'
    return page(name, body, charts=True)


def definitions(told: dict[str, str]) -> str:
    """Names and what they stand for, in two columns."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in told.items())
    return f'<dl class="card">{rows}</dl>'


def page(title: str, body: str, *, charts: bool = False) -> str:
    """A whole HTML document; one with charts ends with the script that draws them.

    >>> page("A & B", "<p>hello</p>").splitlines()[0]
    '<!doctype html>'
    """
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_style()}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{body}\n</main>\n"
        f"{script() if charts else ''}</body>\n</html>\n"
    )


@cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def write_page(path: Path, content: str) -> None:
    """Write a file that somebody may be looking at: it is the old one or the new one at any moment."""
    replace(path, [content.encode("utf-8")])


def drawn(svg: str) -> str:
    """A picture of lines and text on a page, as large as it is: on a narrow screen it can be moved."""
    return f'<div class="card picture">{own_ids(svg)}</div>'
