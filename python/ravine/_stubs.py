"""Writes the type stubs: of the registry, of class Tensor, and of each place that has declared functions.

python -m ravine._stubs            write all
python -m ravine._stubs --check    write nothing; print a diff and fail when a file is stale
"""

from __future__ import annotations

import argparse
import ast
import difflib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from ravine import _core, _surface
from ravine._declare import METHOD, PLACES, TOP, Source, names
from ravine._tensor import members

PACKAGE = Path(__file__).parent
HEAD = PACKAGE / "_stubs_head.pyi"

OPS_HEAD = """\
# Written by `python -m ravine._stubs` from the registry of the extension. Do not edit.

from collections.abc import Sequence
from typing import Any

from ravine._core import DeviceLike, Generator, Number, Tensor, dtype
"""

PLACE_NOTE = "# Written by `python -m ravine._stubs` from what is declared for this place. Do not edit.\n"

MODELS_NOTE = "# Written by `python -m ravine._stubs` from the files' `__all__`. Do not edit.\n"
CORE_NOTE = "# Written by `python -m ravine._stubs`. Do not edit: its head is `_stubs_head.pyi`.\n"

# Names that mean something else inside class Tensor, and the head's names for what they mean outside.
SHADOWED = {
    "bool": "_bool",
    "device": "_device",
    "dtype": "_dtype",
    "float": "_float",
    "int": "_int",
    "ndarray": "_ndarray",
    "type": "_type",
}
# One of them in an annotation, not as the name of a parameter.
SHADOWED_NAME = re.compile(rf"\b({'|'.join(SHADOWED)})\b(?!:)")
FIRST_PARAMETER = re.compile(r"^\(\w+(: [^,)]+)?")


def definition(name: str, signature: str, doc: str | None) -> str:
    """`def name(...) -> ...:` with its docstring."""
    arguments, _, returns = signature.rpartition(" -> ")
    # Which of several types comes back depends on the arguments; callers should not have to ask.
    if "|" in returns and "None" not in returns:
        returns = "Any"
    head = f"def {name}{arguments} -> {returns}:"
    return f"{head}\n{docstring(doc)}" if doc else f"{head} ...\n"


def method(name: str, signature: str, doc: str | None, returns: str | None = None) -> str:
    """As `definition`, for a function whose first parameter is `self`."""
    arguments, _, declared = SHADOWED_NAME.sub(lambda found: SHADOWED[found[0]], signature).rpartition(" -> ")
    arguments = FIRST_PARAMETER.sub("(self", arguments, count=1)
    return definition(name, f"{arguments} -> {returns or declared}", doc)


def docstring(doc: str) -> str:
    """A docstring, indented by four."""
    text = inspect.cleandoc(doc).replace("\\", "\\\\")
    quoted = f'"""{text}"""' if "\n" not in text else f'"""{text}\n"""'
    return textwrap.indent(quoted, "    ") + "\n"


def ops_stub() -> str:
    """The functions of the registry."""
    functions = sorted(_core.functions(), key=lambda f: f.__name__)
    listed = "\n".join(f'    "{f.__name__}",' for f in functions)
    definitions = [definition(f.__name__, with_out(f), f.__doc__) for f in functions]
    return "\n".join([OPS_HEAD, f"__all__ = [\n{listed}\n]\n", *definitions])


def with_out(function: _core.Function) -> str:
    """The signature with `out`, which the binding layer takes of functions that make tensors."""
    arguments, _, returns = function.signature.rpartition(" -> ")
    if function.__name__.endswith("_") or "Tensor" not in returns or function.places == [METHOD]:
        return function.signature
    parts = [part for part in (arguments[1:-1], "" if "*" in arguments else "*") if part]
    several = "Tensor | Sequence[Tensor] | None" if "tuple" in returns else "Tensor | None"
    return f"({', '.join([*parts, f'out: {several} = None'])}) -> {returns}"


def place_stub(place: str, module: Any = None) -> str:
    """A module whose functions are declared elsewhere; the classes that it has besides come with them."""
    public = getattr(module, "__all__", ())
    classes = {name: getattr(module, name) for name in public if isinstance(getattr(module, name), type)}
    sources = {name: source_of(function) for name, function in names(place).items()}
    sources |= {name: kind.__module__ for name, kind in classes.items()}
    found = sorted(sources.items())
    imports = [f"from {source} import {name} as {name}" for name, source in found]
    listed = "\n".join(f'    "{name}",' for name, _ in found)
    return "\n".join([PLACE_NOTE, *imports, "", f"__all__ = [\n{listed}\n]\n"])


def source_of(function: Any) -> str:
    """The module whose source, or stub, has a function."""
    return "ravine._ops" if isinstance(function, _core.Function) else function.__wrapped__.__module__


def declared_methods() -> Iterator[str]:
    """The methods that are functions, and that `_tensor.members` does not refine."""
    for name, function in names(METHOD).items():
        of_extension = isinstance(function, _core.Function)
        signature = function.signature if of_extension else signature_of(function)
        doc = inspect.getdoc(function) or ""
        if name not in members():
            # A method that writes into `self` returns it.
            returns = "Self" if name.endswith("_") else None
            yield method(name, signature, doc.split("\n\n")[0] if of_extension else doc, returns)


def python_methods() -> Iterator[str]:
    """The methods, properties and constants of `_tensor.members`."""
    for name, value in members().items():
        if isinstance(value, property):
            yield "@property\n" + method(name, signature_of(value.fget), value.__doc__)
        elif inspect.isfunction(value):
            yield method(name, signature_of(value), value.__doc__)
        elif isinstance(value, int):
            yield f"{name}: _int\n"


def signature_of(function: Any) -> str:
    """The signature as it is written in the source, where annotations are strings."""
    signature = inspect.signature(function)
    parameters = [
        p if p.annotation is p.empty else p.replace(annotation=Source(p.annotation))
        for p in signature.parameters.values()
    ]
    returns = Source(signature.return_annotation)
    return str(signature.replace(parameters=parameters, return_annotation=returns))


def core_stub() -> str:
    """The extension module."""
    head = HEAD.read_text(encoding="utf-8")
    tree = ast.parse(head)
    tensor = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Tensor")
    module = [name for name in vars(_core) if not name.startswith("__")]
    missing = [*absent(module, tree.body, "_core"), *absent(native_members(), tensor.body, "Tensor")]
    if missing:
        raise SystemExit(f"{HEAD.name} lacks what the extension has: {', '.join(missing)}")
    body = head[head.index("\n\n") + 2 :]
    members = "\n".join([*declared_methods(), *python_methods()])
    return f"{CORE_NOTE}\n{body}\n{textwrap.indent(members, '    ')}"


def native_members() -> list[str]:
    """What Rust alone puts on `Tensor`."""
    attached = {*members(), *names(METHOD)}
    # Not ours: CPython fills in the other half of a slot of operators.
    others = {"__rmatmul__", "__delitem__", "__doc__", "__module__"}
    return [name for name in vars(_core.Tensor) if name not in attached | others]


def absent(names: Iterable[str], body: list[ast.stmt], where: str) -> list[str]:
    """The names that no statement of `body` defines."""
    defined = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    defined |= {ast.unparse(node.target) for node in body if isinstance(node, ast.AnnAssign)}
    return [f"{where}.{name}" for name in names if name not in defined]


def models_stub() -> str:
    """The names that `ravine.models` finds in its files when they are asked for."""
    models: Any = import_module("ravine.models")
    lines = [MODELS_NOTE, "from ._base import Model as Model"]
    files = models.families()
    lines += [f"from . import {file} as {file}" for file in sorted(set(files.values()))]
    lines += [f"from .{file} import {name} as {name}" for name, file in sorted(files.items())]
    return "\n".join(lines) + "\n"


def stubs() -> Iterator[tuple[Path, str]]:
    """Every stub: where it lies, and its text."""
    for module in _surface.DECLARING:
        import_module(f"ravine.{module}")
    yield PACKAGE / "_ops.pyi", ops_stub()
    yield PACKAGE / "_core.pyi", core_stub()
    for place in PLACES:
        if place == TOP:
            # No module of its own: `ravine` has other names too, and takes these from the stub alone.
            yield PACKAGE / "_top.pyi", place_stub(place)
        elif place != METHOD:
            module = import_module(place)
            yield Path(str(module.__file__)).with_suffix(".pyi"), place_stub(place, module)
    yield PACKAGE / "models" / "__init__.pyi", models_stub()


def main() -> int:
    """Writes the stubs, or with --check compares them; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ravine._stubs", description="Write Ravine's type stubs.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a stub is stale")
    check = parser.parse_args().check
    stale = False
    for path, text in stubs():
        if not check:
            path.write_text(text, encoding="utf-8")
            continue
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        old, new = there.splitlines(), text.splitlines()
        for line in difflib.unified_diff(old, new, path.name, "generated", lineterm=""):
            stale = True
            print(line)
    if stale:
        print("The stubs are stale: run `python -m ravine._stubs`", file=sys.stderr)
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
