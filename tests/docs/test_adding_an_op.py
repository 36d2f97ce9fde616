"""docs/adding-an-op.md shows the code as it is, and its op turns up wherever ops are listed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "adding-an-op.md"
BLOCK = re.compile(r"^```(?:rust|wgsl)\n// (\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
TEST = re.compile(r"^(tests/\S+?::\w+)\[(.*)\]$", re.MULTILINE)
# An op that the registry always has, of the same class as the new one.
KNOWN = "tanh"
# A structured one along a dimension. Tests written for one op, as those in test_plain.py, are not counted.
STRUCTURED = "cumsum"


ROW = "rust/core/src/ops/elementwise/test_op.rs"
FILES = [
    "rust/core/src/ops/reduce/test_op.rs",
    "rust/core/src/cpu/scan/test_op.rs",
    "shaders/reduce/test_op.wgsl",
]


def test_the_page_shows_the_code_as_it_is():
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert [path for path, _ in blocks] == [ROW, *FILES]
    for path, code in blocks:
        whole = (ROOT / path).read_text(encoding="utf-8")
        assert whole.endswith(code), f"the page leaves something out of {path}"
        # What it does not show says nothing about the op.
        hidden = whole.removesuffix(code)
        assert re.fullmatch(r"(//.*\n|use [^;]*;\n|\n)*", hidden), (
            f"{path} has more above what the page shows"
        )


def sources():
    """The text of every file of the engine, the shaders, the package and its tests."""
    for folder in ("rust", "shaders", "python", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".rs", ".wgsl", ".py", ".pyi", ".toml") and path != Path(__file__):
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_an_op_takes_few_files():
    """A row; or a file, a kernel and a shader, and a line in the lists of their rooms."""
    named = {path for path, text in sources() if re.search(r"ewma|EWMA|scan::averages::", text)}
    assert named == {FILES[0], "rust/core/src/ops/reduce/mod.rs"}
    lists = {path for path, text in sources() if re.search(r"\btest_op\b", text)} - {ROW, *FILES}
    # Tests of every shader know that this one is in no usual build.
    lists -= {"tests/gpu/test_loops.py", "tests/gpu/test_modules.py"}
    assert lists == {f"rust/core/src/{room}/mod.rs" for room in ("ops/elementwise", "ops/reduce", "cpu/scan")}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package whose extension was built with the op; its folder."""
    target = ROOT / "target" / "test-op"
    command = ["cargo", "build", "--release", "--quiet", "-p", "ravine-py", "--features", "test-op"]
    env = {**os.environ, "CARGO_TARGET_DIR": str(target), "PYO3_PYTHON": sys.executable}
    built = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr[-4000:]
    folder = tmp_path_factory.mktemp("with-op")
    ignore = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(ROOT / "python" / "ravine", folder / "ravine", ignore=ignore)
    (library,) = (
        p for name in ("lib_core.so", "lib_core.dylib") if (p := target / "release" / name).exists()
    )
    shutil.copy(library, folder / "ravine" / "_core.abi3.so")
    return folder


def run(package, *arguments):
    """What Python prints with that package."""
    env = {**os.environ, "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def test_users_find_the_op(package):
    run(
        package,
        "-c",
        """if True:
        import ravine
        (record,) = [op for op in ravine.ops() if op.name == "softsign"]
        assert record.doc.strip().startswith("Softsign")
        x = ravine.tensor([-1.0, 0.0, 3.0], requires_grad=True)
        y = ravine.softsign(x)
        assert y.tolist() == x.softsign().tolist() == [-0.5, 0.0, 0.75]
        y.sum().backward()
        assert x.grad.tolist() == [0.25, 1.0, 0.0625]
        assert ravine.ones(2).softsign_().tolist() == [0.5, 0.5]
        x = ravine.tensor([1.0, 0.0, 0.0], requires_grad=True)
        y = ravine.ewma(x, 0.5)
        assert y.tolist() == x.ewma(0.5).tolist() == [1.0, 0.5, 0.25]
        y.sum().backward()
        assert x.grad.tolist() == [1.75, 0.75, 0.5]
        """,
    )


def test_the_stubs_have_it(package):
    run(package, "-m", "ravine._stubs")
    functions = (package / "ravine" / "_ops.pyi").read_text(encoding="utf-8")
    assert "def softsign(input: Tensor, *, out: Tensor | None = None) -> Tensor:" in functions
    assert "def softsign_(input: Tensor) -> Tensor:" in functions
    assert '    "softsign",\n' in functions
    methods = (package / "ravine" / "_core.pyi").read_text(encoding="utf-8")
    assert "    def softsign(self) -> Tensor:" in methods
    assert "    def softsign_(self) -> Self:" in methods
    run(package, "-m", "ravine._stubs", "--check")


def test_the_reference_has_it(package, tmp_path):
    run(
        package,
        "-c",
        f"""if True:
        import sys
        from pathlib import Path
        sys.path.insert(0, "docs")
        import build
        build.render(Path({str(tmp_path)!r}) / "site")
        """,
    )
    for page in ("ops", "ravine"):
        text = (tmp_path / "site" / "reference" / f"{page}.md").read_text(encoding="utf-8")
        assert "# `softsign`\n" in text
        assert "(Turian, Bergstra and Bengio, 2009)" in text


def test_every_generated_test_has_it(package):
    """The same tests exist for the new op as for one that has always been there, and they pass."""
    generated = ["tests/ops", "tests/docs/test_examples.py"]
    listing = run(package, "-m", "pytest", *generated, "--collect-only", "-q")
    tests: dict[str, set[str]] = {}
    for name, label in TEST.findall(listing):
        tests.setdefault(re.sub(r"^op ", "", label), set()).add(name)
    assert len(tests[KNOWN]) >= 5
    assert tests["softsign"] == tests[KNOWN]
    assert tests["ewma"] == tests[STRUCTURED]
    chosen = [
        f"{name}[{'op ' if 'examples' in name else ''}{op}]"
        for op in ("softsign", "ewma")
        for name in sorted(tests[op])
    ]
    out = run(package, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen)
    assert f"{len(chosen)} passed" in out, out
