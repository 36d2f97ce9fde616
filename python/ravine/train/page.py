"""Pages of runs: one HTML file each, for light and dark, wide and narrow, without outside resources."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import NamedTuple
from zlib import crc32

from ..io._atomic import replace
from .png import png

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import Any

    from .result import Result

__all__ = [
    "Html",
    "Section",
    "bars",
    "page",
    "pictures",
    "drawn",
    "run_page",
    "run_parts",
    "table",
    "text",
    "verdict",
    "write_page",
]

# The colours are those of the curves.
_STYLE = """
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1f2328;--soft:#59636e;--line:#e1e5ea;
--good:#1a7f37;--bad:#b54708;--blue:#2463c9}
@media(prefers-color-scheme:dark){:root{--page:#0d1014;--card:#14171b;--ink:#e8ebee;--soft:#9aa4ae;
--line:#262b31;--good:#4ac26b;--bad:#f0975c;--blue:#6ea8fe}}
*{box-sizing:border-box}
body{margin:0;padding:2rem 1rem 4rem;background:var(--page);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
main{max-width:52rem;margin:0 auto}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .4rem}
h2{font-size:1.25rem;margin:2.6rem 0 .8rem}
h3{font-size:1rem;margin:1.6rem 0 .6rem}
p{margin:.5rem 0}
a{color:var(--blue)}
.soft{color:var(--soft)}
.good{color:var(--good)}
.bad{color:var(--bad)}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;overflow-x:auto}
.card svg{display:block;width:100%;min-width:20rem}
pre.card{margin:0;padding:.9rem 1.1rem;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;
white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.45rem .9rem;border-top:1px solid var(--line);white-space:nowrap}
@media(max-width:40rem){th,td{white-space:normal;overflow-wrap:anywhere;padding:.45rem .4rem;font-size:.85rem}
  th:last-child,td:last-child{white-space:nowrap}}
thead th{border-top:0;color:var(--soft);font-weight:500}
.facts{display:flex;flex-wrap:wrap;gap:.2rem 1.6rem;margin:.6rem 0 1.2rem;padding:0;list-style:none}
.facts b{font-weight:600;font-variant-numeric:tabular-nums}
.pictures{display:flex;flex-wrap:wrap;gap:.8rem;padding:1rem}
figure{margin:0;width:6rem}
figure img{display:block;width:100%;image-rendering:pixelated;border-radius:4px;background:#000;
outline:1px solid var(--line)}
figcaption{font-size:12px;line-height:1.35;color:var(--soft);margin-top:.3rem;overflow-wrap:anywhere}
.small figure{width:3rem}
.bars{display:grid;grid-template-columns:minmax(7rem,auto) 1fr;gap:.5rem 1rem;padding:1rem;align-items:center;
font-size:14px}
.bar{position:relative;height:1.5rem}
.bar i{position:absolute;inset:0 auto 0 0;background:var(--blue);border-radius:3px;opacity:.85}
.bar u{position:absolute;top:-.25rem;bottom:-.25rem;width:2px;background:var(--soft)}
.bar b{position:absolute;top:0;padding-left:.4rem;font-weight:600;font-variant-numeric:tabular-nums}
"""


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
        captions: a text below each.
        small: half as large.
    """
    figures = []
    for number, image in enumerate(images):
        caption = "" if captions is None else captions[number]
        source = b64encode(png(image)).decode()
        below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        figures.append(
            f'<figure><img alt="{escape(caption)}" src="data:image/png;base64,{source}">{below}</figure>'
        )
    return f'<div class="card pictures{" small" if small else ""}">{"".join(figures)}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of text, and of :class:`Html`."""

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(f"<{tag}>{c if isinstance(c, Html) else escape(c)}</{tag}>" for c in row)

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    top = f"<thead><tr>{cells(head, 'th')}</tr></thead>"
    return f'<div class="card"><table>{top}<tbody>{body}</tbody></table></div>'


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


def run_parts(result: Result | None, curve: str, facts: dict[str, str], sections: Iterable[Section]) -> str:
    """What a page says of one run: the result, facts, the curve, and the run's own sections."""
    told = "".join(
        f'<li><span class="soft">{escape(k)}</span> <b>{escape(v)}</b></li>' for k, v in facts.items()
    )
    state = '<span class="soft">not finished</span>' if result is None else verdict(result)
    parts = [
        f"<p>{state}</p>",
        f'<ul class="facts">{told}</ul>',
        drawn(curve),
    ]
    parts += [f"<h3>{escape(section.title)}</h3>{section.html}" for section in sections]
    return "\n".join(parts)


def run_page(
    name: str,
    result: Result | None,
    curve: str,
    facts: dict[str, str],
    sections: Iterable[Section],
    files: Iterable[str],
) -> str:
    """The page of one run, with links to its files; ``result`` is None as long as it goes on."""
    links = ", ".join(f'<a href="{file}">{file}</a>' for file in files)
    body = f'{run_parts(result, curve, facts, sections)}\n<p class="soft">Beside this page: {links}</p>'
    return page(name, body)


def page(title: str, body: str) -> str:
    """A whole HTML document.

    >>> page("A & B", "<p>hello</p>").splitlines()[0]
    '<!doctype html>'
    """
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def write_page(path: Path, content: str) -> None:
    """Write a file that somebody may be looking at: it is the old one or the new one at any moment."""
    replace(path, [content.encode("utf-8")])


def drawn(svg: str) -> str:
    """A picture of lines and text on a page."""
    return f'<div class="card">{_own_ids(svg)}</div>'


def _own_ids(svg: str) -> str:
    """The picture with names of its own for what it refers to: a page may hold several."""
    own = f"plot-{crc32(svg.encode()):08x}"
    return svg.replace('id="plot"', f'id="{own}"').replace("url(#plot)", f"url(#{own})")
