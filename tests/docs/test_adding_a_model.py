"""docs/adding-a-model.md, done as it says in a copy of the library: two files, and the tests find both."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-model.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```py\n# (\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The library and the tests that it needs, with the page's files; and what there was before."""
    folder = tmp_path_factory.mktemp("library")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "python", folder / "python", ignore=ignore)
    for part in ("models", "train"):
        shutil.copytree(ROOT / "tests" / part, folder / "tests" / part, ignore=ignore)
    for file in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / file, folder / file)
    files = dict(BLOCK.findall(PAGE))
    assert [Path(path).parent.name for path in files] == ["models", "models", "recipes"]
    for path, code in files.items():
        target = folder / path
        if target.exists():  # a line of a table
            text = target.read_text(encoding="utf-8")
            code = text.replace("\n}\n", f"\n{code}}}\n", 1)
            assert code != text
        target.write_text(code, encoding="utf-8")
    return folder


def run(copy, *arguments):
    """What Python prints with that library."""
    paths = f"{copy / 'python'}{os.pathsep}{copy / 'tests'}"
    env = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=copy, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def test_the_page_is_followed(copy):
    run(copy, "-m", "ravine._stubs")
    stub = (copy / "python" / "ravine" / "models" / "__init__.pyi").read_text(encoding="utf-8")
    assert "from .siren import Siren as Siren\n" in stub
    run(copy, "-m", "train.first_losses", "digit-siren")
    assert any(
        line.split()[0] == "digit-siren" for line in run(copy, "-m", "ravine.cli", "recipes").splitlines()
    )
    code = "import ravine; print(ravine.models.Siren(sizes=(2, 4, 1)).arguments)"
    assert run(copy, "-c", code) == "{'sizes': (2, 4, 1), 'frequency': 30.0}\n"
    out = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/models", "-k", "Siren or example")
    assert "5 passed" in out, out
    out = run(
        copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/train/test_recipes.py", "-k", "siren"
    )
    assert "passed" in out
    assert "failed" not in out


def test_the_recipe_reaches_what_it_asks(copy, tmp_path):
    out = run(copy, "-m", "ravine.cli", "train", "digit-siren", "--out", tmp_path / "run")
    assert re.fullmatch(r"digit-siren: decibels \d+\.\d+ \(asked: >= 60\), 400 steps, .* s\n", out)


def test_the_code_is_written_as_all_of_it_is(copy):
    files = [copy / path for path in dict(BLOCK.findall(PAGE)) if path.startswith("python")]
    for options in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *options, *files]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_two_files_are_all(copy):
    named = {
        path.relative_to(copy).as_posix()
        for path in (*copy.rglob("*.py"), *copy.rglob("*.pyi"), *copy.rglob("*.toml"))
        if re.search(r"\b(siren|Siren|digit-siren)\b", path.read_text(encoding="utf-8"))
    }
    assert {path for path in named if path.startswith("python")} == {
        "python/ravine/models/siren.py",
        "python/ravine/models/__init__.pyi",  # generated
        "python/ravine/recipes/digit_siren.py",
    }
