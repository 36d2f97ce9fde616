"""What every module must keep to, so that it runs on any WebGPU and not only on the driver at hand.

naga, which compiles here, takes more than browsers do: these checks stand in for the rules of theirs.
"""

import json
import re

import numpy as np
import pytest

from gpu.host import SHADERS, module_text
from gpu.programs import fused, group, program

F32 = np.float32


def examples():
    x, w = np.zeros((70, 70), F32), np.zeros(70, F32)
    after = group([x, w], [("add", ["in0", "in1"], "float32")], [0], x.shape)
    gates, state, weights = np.zeros((3, 2, 28), F32), np.zeros((2, 7), F32), np.zeros((28, 7), F32)
    states = np.zeros((3, 2, 7), F32)
    return {
        "fused": fused([x, w], [("add", ["in0", "in1"], "float32"), ("gelu", ["t0"], "float32")]),
        "fused by four": fused([x], [("pow", ["in0", 2.5], "float32"), ("gt", ["t0", 1], "bool")], [0, 1]),
        "int64": fused([np.zeros(3, np.int64)], [("remainder", ["in0", 7], "int64")]),
        "within": program("within", [0], [], x),
        "matmul": program("matmul", [], [], x, x, slots=[("store", after)]),
        "softmax": program("softmax", [1], [], x),
        "amax": program("amax", [0, 1], [], x),
        "sort": program("sort", [0, True], [], np.zeros(2000, np.int32)),
        "lstm": program("lstm_sequence", [1], [], gates, state, state, weights),
        "lstm backward": program(
            "lstm_sequence_backward", [0], [], states, state, states, gates, state, state, weights
        ),
        "gru": program("gru_sequence", [0], [], gates[..., :21], state, weights[:21], w[:7]),
        "gru backward": program(
            "gru_sequence_backward", [0], [], states, states, gates[..., :21], state, weights[:21], w[:7]
        ),
        "rnn": program("rnn_sequence", [0], [], states, state, weights[:7]),
        "rnn backward": program("rnn_sequence_backward", [1], [], states, states, states, state, weights[:7]),
        "adam": program("adam_", [2, 0, 0], [1.0, 0.1, 0.9, 0.99, 1e-8, 0.0], *[w, w] * 4),
        "slice_put": program("slice_put", [2, 1, 3, -1], [0, 5], x, np.zeros((2, 3), F32)),
    }


def passes():
    """One pass of each entry of each example."""
    found = {}
    for name, text in examples().items():
        for step in json.loads(text)["passes"]:
            found.setdefault(f"{name}-{step['template']}-{step['entry']}", step)
    return [pytest.param(step, id=name) for name, step in found.items()]


# What the header of a loop around a barrier may be made of.
UNIFORM = {"for", "var", "param", "BLOCK", "DEPTH", "width", "depth", "step", "k", "j"}


def code(step):
    return re.sub(r"//.*", "", module_text(step))


def blocks(text):
    """Every line with the headers of the blocks that it is in."""
    stack, header = [], ""
    for line in text.splitlines():
        for piece in re.split(r"([{}])", line):
            if piece == "{":
                stack.append(header)
            elif piece == "}":
                stack.pop()
            elif piece.strip():
                header = piece.strip()
                yield header, list(stack)


@pytest.mark.parametrize("step", passes())
def test_limits(step):
    text = code(step)
    assert len(step["bindings"]) <= 8
    sizes = [int(n) for n in re.findall(r"@workgroup_size\((\d+)\)", text)]
    assert sizes
    assert max(sizes) <= 256
    shared = re.findall(r"var<workgroup> \w+: array<([^>]+>?), (\d+)>", text)
    assert len(shared) == text.count("var<workgroup>")
    assert sum(int(n) * (16 if "vec4" in kind else 4) for kind, n in shared) <= 16 << 10
    assert max(step["grid"]) <= 65_535


@pytest.mark.parametrize("step", passes())
def test_one_buffer_is_bound_once(step):
    places = [(b["buffer"], b["index"]) for b in step["bindings"]]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("step", passes())
def test_barriers_are_in_uniform_flow(step):
    """Not in a branch, not after a return, and only in loops whose bounds are constants or params."""
    for function in re.split(r"\n(?=fn |@compute)", code(step)):
        returned = False
        for line, around in blocks(function):
            if "workgroupBarrier" in line:
                assert not returned
                for header in around:
                    assert not header.startswith(("if", "else", "while", "loop"))
                    if header.startswith("for"):
                        names = set(re.findall(r"(?<!\w)[A-Za-z_]\w*", header))
                        assert names <= UNIFORM
            returned |= line.startswith("return") and bool(around[1:])


@pytest.mark.parametrize("step", passes())
def test_language(step):
    text = code(step)
    assert "{{" not in text
    assert "enable " not in text
    assert "ptr<storage" not in text
    # Accumulators are named: arrays in registers are ten times slower where they are indexed.
    assert not re.search(r"^\s+var \w+\s*(:\s*|=\s*)array<", text, re.MULTILINE)
    # No constant that is infinite or NaN, or becomes it.
    for number in re.findall(r"(?<![\w.])\d+\.\d*(?:e[+-]?\d+)?", text):
        assert float(number) <= np.finfo(F32).max  # before it is rounded, as Tint has it
    assert not re.search(r"(?<!let )bitcast<f32>\(0x7f[8-f]", text)
    assert "/ 0.0" not in text


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
