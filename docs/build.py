"""Builds the documentation as Markdown in docs/_site/: the pages of docs/ and a reference made from the code.

python docs/build.py            write docs/_site/
python docs/build.py --check    render into a temporary folder and report every broken link and path
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import pkgutil
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import ravine

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"

FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
INLINE = re.compile(r"`([^`\n]+)`")
REPO_PATH = re.compile(r"[\w.-]+(/[\w.-]+)+\.(rs|py|md|wgsl)")


def public_modules() -> Iterator[ModuleType]:
    """The package and its public modules, in order of name."""
    names = [found.name for found in pkgutil.walk_packages(ravine.__path__, "ravine.")]
    for name in ["ravine", *sorted(names)]:
        if not any(part.startswith("_") for part in name.split(".")):
            yield importlib.import_module(name)


def public_members(owner: Any) -> Iterator[tuple[str, Any]]:
    """The documented classes and functions that a module or class calls its own."""
    names = getattr(owner, "__all__", None) or [name for name in vars(owner) if not name.startswith("_")]
    for name in names:
        member = inspect.getattr_static(owner, name) if inspect.isclass(owner) else getattr(owner, name)
        member = member.__func__ if isinstance(member, staticmethod | classmethod) else member
        own = hasattr(owner, "__all__") or getattr(member, "__module__", None) == owner.__name__
        documented = inspect.isclass(member) or inspect.isroutine(member) or isinstance(member, property)
        if documented and (inspect.isclass(owner) or own) and inspect.getdoc(member):
            yield name, member


def entry(level: int, name: str, member: Any) -> str:
    """One heading with its signature and docstring."""
    doc = inspect.getdoc(member) or ""
    try:
        signature = str(inspect.signature(member))
    except (TypeError, ValueError):  # a property, or a routine that does not tell
        signature = ""
    return f"{'#' * level} `{name}`\n\n```text\n{name}{signature}\n```\n\n{prose(doc)}\n"


def prose(doc: str | None) -> str:
    """A docstring as Markdown: runs of `>>>` lines with what they print become code blocks."""
    paragraphs = re.split(r"\n\s*\n", doc or "")
    return "\n\n".join(f"```pycon\n{p}\n```" if p.lstrip().startswith(">>>") else p for p in paragraphs)


def module_page(module: ModuleType) -> str:
    """The reference page of one module."""
    parts = [f"# {module.__name__}\n\n{prose(inspect.getdoc(module))}\n"]
    for name, member in public_members(module):
        parts.append(entry(2, name, member))
        if inspect.isclass(member):
            parts += [entry(3, f"{name}.{inner}", method) for inner, method in public_members(member)]
    return "\n".join(parts)


def render(site: Path) -> None:
    """Writes every page into `site`, which is emptied first."""
    shutil.rmtree(site, ignore_errors=True)
    (site / "reference").mkdir(parents=True)
    for page in sorted(DOCS.glob("*.md")):
        # A rendered page lies one folder deeper than its source.
        text = page.read_text(encoding="utf-8").replace("](../", "](../../")
        (site / page.name).write_text(text, encoding="utf-8")
    modules = list(public_modules())
    for module in modules:
        (site / "reference" / f"{module.__name__}.md").write_text(module_page(module), encoding="utf-8")
    ops = [
        f"## `{op.name}`\n\n{prose(inspect.cleandoc(op.doc))}\n"
        for op in sorted(ravine.ops(), key=lambda op: op.name)
    ]
    (site / "reference" / "ops.md").write_text("\n".join(["# Ops\n", *ops]), encoding="utf-8")
    names = ["ops", *(module.__name__ for module in modules)]
    links = "\n".join(f"- [{name}](reference/{name}.md)" for name in names)
    title = f"# Reference of Ravine {ravine.__version__}"
    (site / "reference.md").write_text(f"{title}\n\n{links}\n", encoding="utf-8")


def broken_links(page: Path, site: Path) -> Iterator[str]:
    """Relative links of `page` that lead nowhere; a page of `site` counts as lying in docs/_site/."""
    folder = DOCS / "_site" / page.parent.relative_to(site) if page.is_relative_to(site) else page.parent
    text = INLINE.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
    for link in LINK.findall(text):
        target = Path(os.path.normpath(folder / link.split("#")[0]))
        if target.is_relative_to(DOCS / "_site"):
            target = site / target.relative_to(DOCS / "_site")
        if ":" not in link and not target.exists():
            yield f"broken link: {link}"


def missing_paths(page: Path) -> Iterator[str]:
    """Paths in backticks that look like files of the repository and are not."""
    for quoted in INLINE.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if REPO_PATH.fullmatch(quoted) and not (ROOT / quoted).exists():
            yield f"no such file: {quoted}"


def check() -> list[str]:
    """Renders everything and returns what is wrong with it."""
    root_pages = [ROOT / "README.md", ROOT / "CHANGELOG.md"]
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder).resolve()
        render(site)
        for page in [*root_pages, *sorted(site.rglob("*.md"))]:
            problems += [f"{page.name}: {why}" for why in broken_links(page, site)]
    for page in [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]:
        problems += [f"{page.name}: {why}" for why in missing_paths(page)]
    return problems


def main() -> int:
    """Builds, or with --check looks for mistakes; returns the exit status."""
    parser = argparse.ArgumentParser(description="Build Ravine's documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a broken link or path")
    if not parser.parse_args().check:
        render(DOCS / "_site")
        return 0
    problems = check()
    print(
        "\n".join(problems) or "docs: every link and path leads somewhere",
        file=sys.stderr if problems else None,
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
