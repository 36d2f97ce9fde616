"""Every example in the README, the pages of docs/ and the docstrings does what it says.

Blocks of one page that open with ```python run in order and share their names, as a reader would type
them; a block of `>>>` lines must also print what it shows.
"""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import ravine

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(page):
    """The page's Python blocks, each with the number of the line above it."""
    text = page.read_text(encoding="utf-8")
    return [(match[1], text.count("\n", 0, match.start(1))) for match in BLOCK.finditer(text)]


def run_doctest(test):
    output = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=output.append)
    assert result.failed == 0, "".join(output)


def docstring_tests():
    """A doctest for every docstring of the package, and for every op's text, that shows an example."""
    finder = doctest.DocTestFinder()
    names = [found.name for found in pkgutil.walk_packages(ravine.__path__, "ravine.")]
    for name in ["ravine", *sorted(names)]:
        if name.endswith("__main__"):
            continue
        module = importlib.import_module(name)
        # The package's own names (float, int, bool) would hide Python's.
        own = {"ravine": ravine} if name == "ravine" else None
        for test in finder.find(module, name, globs=own, extraglobs={"ravine": ravine}):
            if test.examples:
                yield pytest.param(test, id=test.name)
    parser = doctest.DocTestParser()
    for op in ravine.ops():
        test = parser.get_doctest(op.doc, {"ravine": ravine}, f"op {op.name}", None, 0)
        if test.examples:
            yield pytest.param(test, id=test.name)


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES if blocks(page)])
def test_page(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": page.stem}
    for code, line in blocks(page):
        if code.lstrip().startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(code, names, page.name, str(page), line)
            test.globs = names
            run_doctest(test)
        else:
            exec(compile("\n" * line + code, str(page), "exec"), names)


@pytest.mark.parametrize("test", list(docstring_tests()))
def test_docstring(test, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_doctest(test)
