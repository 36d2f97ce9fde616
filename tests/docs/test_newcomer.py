"""A newcomer's path: the wheel into an empty virtual environment, then the README pasted into Python.

pip installs the wheel there without an index. NumPy, its one requirement, is put beside it as pip would.
The wheel is built as the Makefile does, which compiles nothing after `make build`.
"""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def run(*command, cwd, **options):
    """What a command prints; without variables that would let it see this environment."""
    hidden = ("PYTHON", "VIRTUAL_ENV", "CONDA", "PIP_", "RAVINE_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=env, capture_output=True, text=True, **options)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    dist = tmp_path_factory.mktemp("dist")
    maturin = [sys.executable, "-m", "maturin", "build", "--release", "--quiet", "--out", dist]
    env = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    env.pop("CONDA_PREFIX", None)
    built = subprocess.run([*map(str, maturin)], cwd=ROOT, env=env, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr[-4000:]
    (found,) = dist.glob("ravine-*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The interpreter of an empty environment with the wheel and NumPy in it."""
    home = tmp_path_factory.mktemp("newcomer")
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    packages = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip()
    )
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps"]
    run(*pip, wheel, cwd=home)
    copy_of_numpy(packages)
    return python


def copy_of_numpy(packages):
    """NumPy's own files, as its RECORD lists them."""
    numpy = importlib.metadata.distribution("numpy")
    for file in numpy.files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file.locate(), target)


def test_numpy_is_all_that_the_wheel_asks_for(python, tmp_path):
    asked = run(
        python,
        "-c",
        "import importlib.metadata as m; print(*[r for r in m.requires('ravine') if 'extra ==' not in r])",
        cwd=tmp_path,
    )
    assert re.fullmatch(r"numpy\b[^ ]*\n", asked)
    run(sys.executable, "-m", "pip", "--python", python, "check", cwd=tmp_path)


def test_the_readme_pasted_into_python(python, tmp_path):
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    examples = BLOCK.findall(page)
    assert examples
    for code in examples:
        # Typed as into a prompt: what follows an indented block needs an empty line before it.
        pasted = re.sub(r"\n(?=\S)", "\n\n", re.sub(r"\n+", "\n", code))
        typed = run(python, "-W", "error", "-i", cwd=tmp_path, input=pasted)
        script = run(python, "-W", "error", "-c", code, cwd=tmp_path)
        assert typed.strip().endswith(script.strip())


WAYS = re.split(r"^## ", (ROOT / "docs" / "first-models.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[
    1:
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.partition("\n")[0])
def test_a_first_model_is_trained_and_used(way, python, tmp_path):
    """As a newcomer would, with the recipe at its small scale."""
    (command,) = re.findall(r"^```sh\nravine (train \S+)", way, re.MULTILINE)
    (code,) = re.findall(r"^```py\n(.*?)^```", way, re.DOTALL | re.MULTILINE)
    assert len(code.split("\n\n")) <= 2
    assert len([line for line in code.splitlines() if line]) + 1 <= 10
    ravine = python.with_name("ravine.exe" if os.name == "nt" else "ravine")
    done = subprocess.run([ravine, *command.split(), "--scale", "smoke"], cwd=tmp_path, capture_output=True)
    assert done.returncode in (0, 3), done.stderr.decode()
    (line,) = run(python, "-W", "error", "-c", code, cwd=tmp_path).splitlines()
    named = re.findall(r"\S+\.svg", line)
    assert (tmp_path / named[0]).exists() if named else " of 360 test pictures are read" in line


def test_the_command_line_is_there(python, tmp_path):
    command = python.with_name("ravine.exe" if os.name == "nt" else "ravine")
    assert "train" in run(command, "--help", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []
