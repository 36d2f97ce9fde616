"""What modules keep to beyond the rules that compilers check (those are in test_translations.py)."""

import json
import re

import numpy as np
import pytest

from gpu.examples import examples, passes
from gpu.host import SHADERS, module_text
from gpu.programs import fused, program

F32 = np.float32


PASSES = [pytest.param(step, id=name) for name, step in passes()]


def names_in(path):
    """What a file of WGSL declares at its top."""
    return set(re.findall(r"^(?:fn|struct|const|var(?:<\w+>)?) (\w+)", path.read_text(), re.MULTILINE))


def test_no_template_declares_what_the_prelude_has():
    prelude = [SHADERS / "prelude.wgsl", *sorted((SHADERS / "prelude").glob("*.wgsl"))]
    known = [name for path in prelude for name in names_in(path)]
    assert len(known) == len(set(known))
    for path in set(SHADERS.rglob("*.wgsl")).difference(prelude):
        assert names_in(path).isdisjoint(known), path


@pytest.mark.parametrize("step", PASSES)
def test_grids_are_folded(step):
    assert max(step["grid"]) <= 65_535


@pytest.mark.parametrize("step", PASSES)
def test_one_buffer_is_bound_once(step):
    places = [(b["buffer"], b["index"]) for b in step["bindings"]]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("step", PASSES)
def test_accumulators_are_named(step):
    """Arrays in registers are ten times slower where they are indexed."""
    text = re.sub(r"//.*", "", module_text(step))
    assert not re.search(r"^\s+var \w+\s*(:\s*|=\s*)array<", text, re.MULTILINE)


def test_first_lines_name_the_op():
    root = SHADERS.parent
    for file in SHADERS.rglob("*.wgsl"):
        if "prelude" not in (file.stem, file.parent.name):
            named = re.match(r"// (rust/core/src/\S+\.rs): ", file.read_text())
            assert named, file
            assert (root / named[1]).exists()


def test_shapes_and_numbers_share_a_module():
    """Pipelines are compiled for ranks, not for shapes: a schedule or a longer batch compiles nothing."""

    def texts(n, lr):
        x, w = np.zeros((n, 2 * n), F32), np.zeros(2 * n, F32)
        adam = program("adam_", [1, 0, 0], [1.0, lr, 0.9, 0.99, 1e-8, 0.0], w, w, w, w)
        several = [fused([x, w], [("mul", ["in0", lr], "float32")]), program("softmax", [0], [], x), adam]
        return [module_text(step) for text in several for step in json.loads(text)["passes"]]

    assert texts(5, 0.1) == texts(9, 0.2)


def test_loops_are_not_cut_short(host):
    """Mesa before 25 ends all loops of one invocation after 65,535 rounds, in silence: rows stay below."""
    x = np.ones((1, 1 << 20), F32)
    (got,) = host.run(program("softmax", [1], [], x), x)
    np.testing.assert_array_equal(got, 2.0**-20)


# A user's entry is all in a slot; the example of docs/adding-an-op.md is in no usual build; the last is
# part of other modules.
NO_TEMPLATES = {"own/entry.wgsl", "reduce/test_op.wgsl", "fault.wgsl"}


def templates():
    files = {path.relative_to(SHADERS).as_posix() for path in SHADERS.rglob("*.wgsl")}
    return {file for file in files if not file.startswith("prelude")} - NO_TEMPLATES


def test_every_template_is_among_the_examples():
    assert {
        step["template"] for text in examples().values() for step in json.loads(text)["passes"]
    } == templates()


def test_every_template_was_run(host):
    """By tests that compare with NumPy, which come before."""
    assert host.templates == templates()
