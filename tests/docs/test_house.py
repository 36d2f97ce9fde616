"""How the house is built: who may name whom in the engine, and how long a file may be."""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "rust" / "core" / "src"
LINES = 600

# Below the graph: what these know of each other is all that they know.
FLOOR = {"array", "device", "dtype", "error", "interrupt", "reserve", "shape", "work"}
LOWER = ["array", "cpu", "device", "dtype", "error", "gpu", "shape", "work"]
UPPER = {"cell", "function", "graph", "op", "ops", "plan", "registry", "stream", "transform", "unit"}
# Macros that the crate exports.
MACROS = {"by_size", "dispatch", "dispatch_float", "tile_kernel"}

TESTS = re.compile(r"^#\[cfg\(test\)\]\n(?:pub(?:\(\w+\))? )?mod \w+ \{.*?^\}\n", re.DOTALL | re.MULTILINE)
COMMENTS = re.compile(r"//.*")


def files(room: str) -> list[Path]:
    """The Rust files of a room of the engine, unit tests left out."""
    found = [CORE / f"{room}.rs", *sorted((CORE / room).rglob("*.rs"))]
    return [path for path in found if path.exists() and path.name != "tests.rs"]


def parts(group: str) -> list[str]:
    """What a group of names holds: `a::{b, c}, d` is `a::{b, c}` and `d`."""
    found, depth, start = [], 0, 0
    for i, letter in enumerate(group):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            found.append(group[start:i])
            start = i + 1
    return [part.strip() for part in (*found, group[start:]) if part.strip()]


def closed(text: str, start: int) -> int:
    """Where the brace that opens at `start` closes."""
    depth = 0
    for i in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return i
    raise ValueError("a brace stays open")


def paths_in(text: str, root: str) -> set[str]:
    """The paths that follow `root::`, groups written out."""
    found: set[str] = set()
    for match in re.finditer(rf"(?<![\w:]){re.escape(root)}::", text):
        at = match.end()
        if text[at] == "{":
            found |= set(parts(text[at + 1 : closed(text, at)]))
        elif path := re.match(r"\w+(?:::\w+)*(?:::(?=\{))?", text[at:]):
            stem = path.group()
            if stem.endswith("::"):
                at += path.end()
                found |= {stem + part for part in parts(text[at + 1 : closed(text, at)])}
            else:
                found.add(stem)
    return found


def named(path: Path) -> set[str]:
    """The paths from the crate's root that a file names."""
    text = COMMENTS.sub("", TESTS.sub("", path.read_text(encoding="utf-8"))).replace("$crate", "crate")
    depth = len(path.relative_to(CORE).with_suffix("").parts) - (path.name == "mod.rs")
    return paths_in(text, "crate") | paths_in(text, "::".join(["super"] * depth))


def rooms(path: Path) -> set[str]:
    return {name.split("::")[0] for name in named(path)}


def test_paths_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "CORE", tmp_path)
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "cut.rs").write_text(
        "use crate::{a, b::{c, d}};\nuse super::super::e::{f, g};\nuse super::own;\n// crate::comment\n"
        "fn x() { crate::h::i(); }\n#[cfg(test)]\nmod tests {\n    use crate::j;\n}\n"
    )
    assert named(tmp_path / "plan" / "cut.rs") == {"a", "b::{c, d}", "e::f", "e::g", "h::i"}
    assert rooms(tmp_path / "plan" / "cut.rs") == set("abeh")


@pytest.mark.parametrize("room", ["stream", "plan", "transform"])
def test_who_records_plans_and_transforms_sees_devices_only(room):
    assert {str(path) for path in files(room) if "cpu" in rooms(path)} == set()


@pytest.mark.parametrize("room", LOWER)
def test_nothing_below_the_graph_knows_it(room):
    found = {str(path.relative_to(CORE)): rooms(path) & UPPER for path in files(room)}
    assert found
    assert {path: names for path, names in found.items() if names} == {}


def test_the_cpu_knows_arrays_and_launches():
    known = FLOOR | MACROS | {"cpu"}
    found = {str(path.relative_to(CORE)): rooms(path) - known for path in files("cpu")}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_launch_names_how_ops_run_and_no_more():
    (path,) = files("work")
    assert {name for name in named(path) if name.startswith(("cpu", "gpu"))} == {"cpu::Cpu", "gpu::Gpu"}


def test_files_are_short():
    written = [
        path
        for folder in ("rust", "python", "tests", "benches", "shaders")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".rs", ".py", ".wgsl")
    ]
    assert len(written) > 500
    long = {
        str(path.relative_to(ROOT)): count
        for path in written
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LINES
    }
    assert long == {}
