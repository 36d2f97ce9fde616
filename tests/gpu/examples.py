"""Programs of every template and of fused groups: what modules must keep to is tested on these."""

import json

import numpy as np

from gpu.host import module_text
from gpu.programs import fused, group, program
from ravine import _core

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
        "halves by four": fused([x.astype(np.float16)], [("mul", ["in0", 0.1], "bfloat16")]),
        "halves moved": _core.gpu_halves(5, 1, 3),
        "halves by two": fused([w[:, None].astype(np.float16), w], [("add", ["in0", "in1"], "float16")]),
        "int64": fused([np.zeros(3, np.int64)], [("remainder", ["in0", 7], "int64")]),
        "within": program("within", [0], [], x),
        "matmul": program("matmul", [], [], x, x, slots=[("store", after)]),
        "matmul in registers": program("matmul", [], [], x, x, slots=[("store", after)], staging=False),
        "matmul of few rows": program("matmul", [], [], x[:3], x),
        "matmul of halves": program("matmul", [], [], x.astype(np.float16), x.astype(np.float16)),
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
        "nonzero": program("nonzero", [7], [], np.zeros((3, 5), np.bool_)),
        "one_hot": program("one_hot", [7], [], index),
        "class_labels": program("class_labels", [7, 0], [-100], index),
        "searchsorted": program("searchsorted", [True], [], w, w),
        "overlap_add": program("overlap_add", [0, 4, 2, 1, 12], [], table),
        "arange": program("arange", [8, 5], [0.5, 0.1]),
        "random_normal": program("random_normal", [0, 8, 5], [3, 0]),
        "standard_gamma": program("standard_gamma", [], [], w, np.zeros(70, np.int64)),
        "poisson": program("poisson", [], [], w, np.zeros(70, np.int64)),
        "binomial": program("binomial", [], [], w, w, np.zeros(70, np.int64)),
        "standard_von_mises": program("standard_von_mises", [], [], w, np.zeros(70, np.int64)),
        **attentions(),
        **convolutions(),
    }


def attentions():
    x, long, mask = np.zeros((70, 70), F32), np.zeros((2000, 70), F32), np.zeros((70, 70), bool)
    fours = np.zeros((70, 72), F32)
    forward, backward, numbers = "scaled_dot_product_attention", "attention_backward", [0.1, 1.25]
    return {
        "attention": program(forward, [True, False, False], numbers, x, x, x),
        "attention with all masks": program(forward, [False, True, True], numbers, x, x, x, mask, mask),
        "attention in segments": program(
            forward, [False, True, False], numbers, x, long, long, np.zeros((70, 2000), F32)
        ),
        "attention in registers": program(
            forward, [True, False, False], numbers, *[fours] * 3, staging=False
        ),
        "attention backward": program(backward, [True, False, False, False], numbers, x, x, x, x),
        "attention backward in registers": program(
            backward, [True, False, False, False], numbers, *[fours] * 4, staging=False
        ),
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
    """One pass of each module of each example, by a name that several may have."""
    found = {}
    for name, text in examples().items():
        for step in json.loads(text)["passes"]:
            found.setdefault((name, step["entry"], module_text(step)), step)
    return [(f"{name}-{step['template']}-{entry}", step) for (name, entry, _), step in found.items()]
