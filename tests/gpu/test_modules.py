"""What every module must keep to, so that it runs on any WebGPU and not only on the driver at hand.

naga, which compiles here, takes more than browsers do: these checks stand in for the rules of theirs.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from gpu.host import SHADERS, module_text
from gpu.programs import fused, group, program

F32 = np.float32


def examples():
    x, w = np.zeros((70, 70), F32), np.zeros(70, F32)
    after = group([x, w], [("add", ["in0", "in1"], "float32")], [0], x.shape)
    index, table = np.zeros((3, 1), np.int64), np.zeros((5, 4), F32)
    gates, state, weights = np.zeros((3, 2, 28), F32), np.zeros((2, 7), F32), np.zeros((28, 7), F32)
    states = np.zeros((3, 2, 7), F32)
    return {
        "fused": fused([x, w], [("add", ["in0", "in1"], "float32"), ("gelu", ["t0"], "float32")]),
        "fused by four": fused([x], [("pow", ["in0", 2.5], "float32"), ("gt", ["t0", 1], "bool")], [0, 1]),
        "int64": fused([np.zeros(3, np.int64)], [("remainder", ["in0", 7], "int64")]),
        "within": program("within", [0], [], x),
        "matmul": program("matmul", [], [], x, x, slots=[("store", after)]),
        "matmul in registers": program("matmul", [], [], x, x, staging=False),
        "matmul of few rows": program("matmul", [], [], x[:3], x),
        "softmax": program("softmax", [1], [], x),
        "softmax in parts": program("softmax", [1], [], np.zeros((1, 100_000), F32)),
        "cross_entropy": program("cross_entropy", [1], [0, 0.1], x, np.zeros(70, np.int64)),
        "layer_norm": program("layer_norm", [1, True, True], [0.1], x, w, w),
        "layer_norm_backward": program("layer_norm_backward", [1, True, True], [0.1], x, x, w),
        "batch_norm": program("batch_norm_backward", [True, True], [0.1], x, x, w, w, w),
        "amax": program("amax", [0, 1], [], x),
        "sum of integers": program("sum", [0, 0], [], np.zeros(70_000, np.int32)),
        "argmax": program("argmax", [0, 0], [], x),
        "cumsum": program("cumsum", [0], [], np.zeros(70_000, F32)),
        "running_extremum": program("running_extremum", [1, 1], [], np.zeros((2, 9), np.int64)),
        "linear_recurrence": program("linear_recurrence", [0], [], w, w),
        "sort": program("sort", [0, True], [], np.zeros(2000, np.int32)),
        "sort of int64": program("sort", [0, True], [], np.zeros(2000, np.int64)),
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
        "sgd": program("sgd_", [9, 0, 0, 0], [0.1, 0.0, 0.0, 0.0], *[w] * 18),
        "amsgrad": program("amsgrad_", [2, 1, 1], [1.0, 0.1, 0.9, 0.99, 1e-8, 0.1], *[w] * 10),
        "adamax": program("adamax_", [1, 1], [1.0, 0.1, 0.9, 0.99, 1e-8, 0.1], *[w] * 4),
        "lion": program("lion_", [2, 0], [0.1, 0.9, 0.99, 0.1], *[w] * 6),
        "scale": program("scale_", [9], [], *[w] * 9, w[0]),
        "normalized_step": program("normalized_step_momentum_", [2], [0.1], *[w] * 6, w[0]),
        "total_norm": program("total_norm", [0], [], *[x] * 9),
        "largest magnitude": program("total_norm", [1], [], w),
        "cat": program("cat", [1], [], *[x] * 9),
        "slice_put": program("slice_put", [2, 1, 3, -1], [0, 5], x, np.zeros((2, 3), F32)),
        "index": program("index", [0, 0, 0, 1], [], table, index, index[0]),
        "index_put": program("index_put", [0, 0, 0], [], table, np.zeros((3, 1, 4), F32), index),
        "embedding_backward": program("embedding_backward", [0, -1, 9], [], np.zeros((3, 1, 4), F32), index),
        "nonzero": program("nonzero", [70], [], np.zeros((70, 70), bool)),
        "one_hot": program("one_hot", [7], [], index),
        "class_labels": program("class_labels", [7, 0], [-100], index),
        "searchsorted": program("searchsorted", [True], [], w, w),
        "overlap_add": program("overlap_add", [0, 4, 2, 1, 12], [], table),
        "arange": program("arange", [8, 5], [0.5, 0.1]),
        "random_normal": program("random_normal", [0, 8, 5], [3, 0]),
        **attentions(),
        **convolutions(),
    }


def attentions():
    x, long, mask = np.zeros((70, 70), F32), np.zeros((2000, 70), F32), np.zeros((70, 70), bool)
    forward, backward, numbers = "scaled_dot_product_attention", "attention_backward", [0.1, 1.25]
    return {
        "attention": program(forward, [True, False, False], numbers, x, x, x),
        "attention with all masks": program(forward, [False, True, True], numbers, x, x, x, mask, mask),
        "attention in segments": program(
            forward, [False, True, False], numbers, x, long, long, np.zeros((70, 2000), F32)
        ),
        "attention backward": program(backward, [True, False, False, False], numbers, x, x, x, x),
        "attention backward with all masks": program(
            backward, [False, True, True, True], numbers, x, x, x, x, x, mask
        ),
    }


def convolutions():
    plain, window = [1, 1, 0, 0, 0, 0, 1, 1, 1], [35, 2, 2, 0, 1]
    images, kernels = np.zeros((3, 9, 70, 70), F32), np.zeros((9, 9, 1, 1), F32)
    planes, taps = np.zeros((70, 70), F32), np.zeros((35, 35), np.uint8)
    whole = [1, 70, 70, 0, 1]
    long = np.zeros((70, 70), np.int64)
    return {
        "conv2d": program("conv2d", plain, [], images, kernels),
        "conv2d to one channel": program("conv2d", plain, [], images, kernels[:1]),
        "conv2d_input": program("conv2d_input", [*plain, 70, 70], [], images, kernels),
        "conv2d_weight": program("conv2d_weight", [*plain, 1, 1], [], images, images),
        "max_pool2d": program("max_pool2d", window * 2, [], planes),
        "max_pool2d of int64": program("max_pool2d", whole * 2, [], long),
        "max_pool_gather": program("max_pool_gather", window * 2, [], long, taps),
        "max_pool_scatter": program(
            "max_pool_scatter", [*window * 2, 70, 70], [], np.zeros((35, 35), F32), taps
        ),
        "avg_pool2d": program("avg_pool2d", [*whole * 2, 0, 0], [], planes),
        "avg_pool2d_backward": program(
            "avg_pool2d_backward", [*window * 2, 0, 0, 70, 70], [], np.zeros((35, 35), F32)
        ),
    }


def passes():
    """One pass of each module of each example."""
    found = {}
    for name, text in examples().items():
        for step in json.loads(text)["passes"]:
            found.setdefault((name, step["entry"], module_text(step)), step)
    return [
        pytest.param(step, id=f"{name}-{step['template']}-{entry}")
        for (name, entry, _), step in found.items()
    ]


def names_in(path):
    """What a file of WGSL declares at its top."""
    return set(re.findall(r"^(?:fn|struct|const|var(?:<\w+>)?) (\w+)", path.read_text(), re.MULTILINE))


def test_no_template_declares_what_the_prelude_has():
    prelude = [SHADERS / "prelude.wgsl", *sorted((SHADERS / "prelude").glob("*.wgsl"))]
    known = [name for path in prelude for name in names_in(path)]
    assert len(known) == len(set(known))
    for path in set(SHADERS.rglob("*.wgsl")).difference(prelude):
        assert names_in(path).isdisjoint(known), path


# What the header of a loop around a barrier may be made of: `start` and `end` come from a workgroup's place.
UNIFORM = {
    "for",
    "var",
    "param",
    "BLOCK",
    "DEPTH",
    "SEGMENT",
    "CHUNK",
    "SHARES",
    "width",
    "depth",
    "step",
    "k",
    "j",
    "start",
    "end",
}


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
    sizes = {"vec2": 8, "vec3": 16, "vec4": 16}
    assert sum(int(n) * sizes.get(kind[:4], 4) for kind, n in shared) <= 16 << 10
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


# The example of docs/adding-an-op.md, in no usual build.
NO_TEMPLATES = {"reduce/test_op.wgsl"}


def templates():
    files = {path.relative_to(SHADERS).as_posix() for path in SHADERS.rglob("*.wgsl")}
    return {file for file in files if not file.startswith("prelude")} - NO_TEMPLATES


def test_every_template_is_among_the_examples():
    assert {
        step["template"] for text in examples().values() for step in json.loads(text)["passes"]
    } == templates()


def test_every_template_was_run(host, request):
    """By tests that compare with NumPy: it comes after all of them."""
    users = {path for path in Path(__file__).parent.glob("test_*.py") if "host.run(" in path.read_text()}
    chosen = request.config.option
    if chosen.keyword or chosen.markexpr or not users <= {item.path for item in request.session.items}:
        pytest.skip("some of the tests that run templates were not asked for")
    assert host.templates == templates()
