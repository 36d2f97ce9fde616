"""Samples for what has none of its own in the registry: functions of several ops, and ops without a function.

No list of ops has to be kept in step here: `test_coverage.py` fails for a name that neither the registry nor
one of these tables covers, and for one that the registry covers by now.
"""

from __future__ import annotations

from typing import Any

from ops.composed_layers import LAYERS
from ops.composed_special import SPECIAL
from ops.samples import SUM, SUMS, Samples

#: Functions that record several ops.
COMPOSED: dict[str, Samples] = {
    **LAYERS,
    **SPECIAL,
    "clamp": Samples(
        "np.clip(input, -np.inf if min is None else min, np.inf if max is None else max)",
        (
            "f(2, 3), -1.5, 2.5",
            "f(3), None, 0.5",
            "f(3), 0.25",
            "f(2, 3), f(3), 4.0",
            "f(), -1.0, f()",
            "f(0), 1.0",
        ),
    ),
    "flip": Samples("np.flip(input, dims)", ("f(2, 3), (0,)", "f(2, 3), (0, 1)", "f(7), 0", "f(0, 3), (1,)")),
    "transpose": Samples(
        "np.swapaxes(input, dim0, dim1)", ("f(2, 3), 0, 1", "f(2, 3, 4), -1, 0", "f(0, 2), 0, 1")
    ),
    "unsqueeze": Samples("np.expand_dims(input, dim)", ("f(3), 0", "f(2, 3), -1", "f(), 0", "f(0), 1")),
    "squeeze": Samples("np.squeeze(input, dim)", ("f(1, 3, 1)", "f(1, 3), 0", "f(1, 3, 1), (0, 2)", "f(1)")),
    "flatten": Samples(
        "input.reshape(input.shape[:start_dim] + (-1,) + (input.shape[end_dim:][1:])) "
        "if input.ndim else input.ravel()",
        ("f(2, 3, 4)", "f(2, 3, 4), 1", "f(2, 3, 4), 0, -2", "f()", "f(0, 3)"),
    ),
    "movedim": Samples("np.moveaxis(input, source, destination)", ("f(2, 3, 4), 0, -1", "f(2, 3), 1, 0")),
    "mean": Samples(
        "np.mean(input, axis=dim, keepdims=keepdim)",
        ("f(2, 3)", "f(2, 3, 4), 1", "f(2, 3, 4), (0, 2), keepdim=True", "f(3, 1100), -1", "f()"),
        accuracy=SUM,
        plain=True,
    ),
    "var": Samples(
        "np.var(input, axis=dim, ddof=1 if correction is None else correction, keepdims=keepdim)",
        ("f(2, 3)", "f(2, 3, 4), 1", "f(2, 3, 4), (0, 2), keepdim=True, correction=0", "f(3, 1100), -1"),
        (-3.0, 3.0),
        SUMS,
        plain=True,
    ),
    "std": Samples(
        "np.std(input, axis=dim, ddof=1 if correction is None else correction, keepdims=keepdim)",
        ("f(2, 3)", "f(2, 3, 4), 1", "f(2, 3, 4), (0, 2), keepdim=True, correction=0", "f(3, 1100), -1"),
        (-3.0, 3.0),
        SUMS,
        plain=True,
    ),
    "logsumexp": Samples(
        "scipy.special.logsumexp(input, axis=dim, keepdims=keepdim)",
        ("f(2, 3), 1", "f(2, 3, 4), (0, 2), keepdim=True", "f(3, 1100), -1", "f(70, 33), 0"),
        accuracy=SUM,
        plain=True,
    ),
    "logcumsumexp": Samples(
        "np.logaddexp.accumulate(input, axis=dim) if np.ndim(input) else input",
        ("f(7), 0", "f(), 0", "f(0), 0", "f(3, 5), 0", "f(2, 3, 5), -2", "f(3, 1100), -1"),
        accuracy=SUM,
    ),
    "stack": Samples(
        "np.stack(tensors, dim)", ("[f(3), f(3)]", "[f(2, 3), f(2, 3), f(2, 3)], 1", "[f(), f()], -1")
    ),
    "split": Samples(
        "np.split(input, list(range(split_size_or_sections, input.shape[dim], split_size_or_sections)) if "
        "isinstance(split_size_or_sections, int) else np.cumsum(split_size_or_sections)[:-1], dim)",
        ("f(7), 3", "f(2, 6), 2, 1", "f(7, 2), [3, 0, 4]"),
    ),
    "chunk": Samples(
        "(lambda size: np.split(input, list(range(size, input.shape[dim], size)), dim))"
        "(-(-input.shape[dim] // chunks))",
        ("f(7), 3", "f(2, 6), 2, 1", "f(5), 4"),
    ),
    "max": Samples(
        "np.max(input) if dim is None else np.maximum(input, dim) if isinstance(dim, np.ndarray) else "
        "(np.max(input, dim, keepdims=keepdim), np.argmax(input, dim, keepdims=keepdim))",
        ("f(2, 3)", "f(2, 3), 1", "f(2, 3, 4), -2, True", "f(2, 3), f(3)"),
    ),
    "min": Samples(
        "np.min(input) if dim is None else np.minimum(input, dim) if isinstance(dim, np.ndarray) else "
        "(np.min(input, dim, keepdims=keepdim), np.argmin(input, dim, keepdims=keepdim))",
        ("f(2, 3)", "f(2, 3), 1", "f(2, 3, 4), -2, True", "f(2, 3), f(3)"),
    ),
    "tril": Samples("np.tril(input, diagonal)", ("f(3, 4)", "f(2, 4, 3), 1", "f(4, 4), -2", "f(0, 3)")),
    "triu": Samples("np.triu(input, diagonal)", ("f(3, 4)", "f(2, 4, 3), 1", "f(4, 4), -2", "f(0, 3)")),
    "pad": Samples(
        "np.pad(input, ((0, 0),) * (input.ndim - len(pad) // 2) + tuple(zip(pad[-2::-2], pad[::-2])), "
        "constant_values=value)",
        ("f(3), (1, 2)", "f(2, 3), (1, 0, 0, 2), value=1.5", "f(2, 3, 4), (0, 1)", "f(0, 2), (1, 1)"),
    ),
    "argsort": Samples(
        "np.argsort(-input if descending else input, axis=dim, kind='stable')",
        ("f(7)", "f(3, 5), 0", "f(2, 3, 5), 1, True", "i(4, 9, low=-3, high=3), 1"),
        vjp="constant",
    ),
    "index_select": Samples(
        "np.take(input, index, dim)",
        (
            "f(3, 4), 0, i(5, low=0, high=3)",
            "f(3, 4), -1, i(2, low=0, high=3)",
            "f(7), 0, i(0, low=0, high=7)",
        ),
    ),
    "cumprod": Samples(
        "np.cumprod(input, axis=dim) if np.ndim(input) else input",
        ("f(7), 0", "f(), 0", "f(0), 0", "f(3, 5), 0", "f(2, 3, 5), -2", "f(3, 30), 1", "b(9), 0"),
        (0.6, 1.5),
        ("ulp", 30.0),
    ),
    "repeat": Samples(
        "np.tile(input, repeats)", ("f(2, 3), (2, 3)", "f(3), (2, 1, 2)", "f(), (3,)", "f(0, 2), (2, 2)")
    ),
    "tile": Samples("np.tile(input, dims)", ("f(2, 3), (2,)", "f(3), (2, 1, 2)", "f(), (3,)", "f(1), (0,)")),
    "roll": Samples(
        "np.roll(input, shifts, dims)",
        ("f(2, 3), 1", "f(5), -7, 0", "f(4, 5), (1, -2), (0, 1)", "f(0, 3), 1, 0", "f(), 2"),
    ),
    "rot90": Samples(
        "np.rot90(input, k, dims)", ("f(2, 3)", "f(2, 3, 4), -1, (0, 2)", "f(3, 2), 2", "f(3, 2), 3")
    ),
    "fliplr": Samples("np.fliplr(input)", ("f(2, 3)", "f(3, 4, 2)")),
    "flipud": Samples("np.flipud(input)", ("f(4)", "f(3, 2)")),
    "diagonal": Samples(
        "np.diagonal(input, offset, dim1, dim2)",
        ("f(3, 4)", "f(3, 4), 2", "f(4, 3), -1", "f(2, 3, 4), 1, 2, 0", "f(2, 2), 7", "f(0, 3)"),
    ),
    "diag": Samples("np.diag(input, diagonal)", ("f(3)", "f(2), -1", "f(3, 4), 1", "f(0), 1")),
    "diagflat": Samples("np.diagflat(input, offset)", ("f(3)", "f(2, 2), -1", "f()")),
    "diag_embed": Samples(
        "np.apply_along_axis(lambda v: np.diag(v, offset), -1, input)",
        ("f(3)", "f(2, 3), 1", "f(2, 2, 3), -2"),
    ),
    "trace": Samples("np.trace(input)", ("f(3, 3)", "f(2, 4)", "f(30, 30)"), accuracy=SUM),
    "mm": Samples("np.matmul(input, mat2)", ("f(2, 3), f(3, 4)", "f(0, 3), f(3, 2)"), (-2.0, 2.0), SUM),
    "bmm": Samples(
        "np.matmul(input, mat2)", ("f(2, 3, 4), f(2, 4, 5)", "f(1, 2, 0), f(1, 0, 3)"), (-2.0, 2.0), SUM
    ),
    "mv": Samples("np.matmul(input, vec)", ("f(2, 3), f(3)",), (-2.0, 2.0), SUM),
    "dot": Samples("np.dot(input, tensor)", ("f(5), f(5)", "f(0), f(0)"), (-2.0, 2.0), SUM),
    "vdot": Samples("np.vdot(input, other)", ("f(5), f(5)",), (-2.0, 2.0), SUM),
    "inner": Samples(
        "np.inner(input, other)", ("f(2, 3), f(4, 3)", "f(3), f(3)", "f(2, 4, 3), f(3)"), (-2.0, 2.0), SUM
    ),
    "outer": Samples("np.outer(input, vec2)", ("f(2), f(3)", "f(0), f(3)")),
    "kron": Samples("np.kron(input, other)", ("f(2, 3), f(2, 2)", "f(2), f(3, 2)")),
    "cross": Samples(
        "np.cross(input, other, axis=dim)",
        ("f(2, 3), f(2, 3), 1", "f(3, 4), f(3, 4), 0"),
        accuracy=SUMS,
        plain=True,
    ),
    "addmm": Samples(
        "beta * input + alpha * (mat1 @ mat2)",
        ("f(2, 4), f(2, 3), f(3, 4)", "f(4), f(2, 3), f(3, 4), beta=2, alpha=3"),
        (-2.0, 2.0),
        SUMS,
        plain=True,
    ),
    "addmv": Samples(
        "beta * input + alpha * (mat @ vec)", ("f(2), f(2, 3), f(3)",), (-2.0, 2.0), SUMS, plain=True
    ),
    "baddbmm": Samples(
        "beta * input + alpha * (batch1 @ batch2)",
        ("f(2, 4), f(3, 2, 5), f(3, 5, 4), beta=2",),
        (-2.0, 2.0),
        SUMS,
        plain=True,
    ),
    "take": Samples(
        "np.take(input, index)",
        ("f(2, 3), i(4, low=-6, high=5)", "f(7), i(2, 2, low=0, high=6)", "f(3), i(0, low=0, high=2)"),
    ),
    "take_along_dim": Samples(
        "np.take_along_axis(input, indices, dim)",
        ("f(3, 4), i(3, 2, low=0, high=3), 1", "f(3, 4), i(1, 4, low=0, high=2), 0"),
    ),
    "scatter": Samples(
        "(lambda out: (np.put_along_axis(out, index, src, dim), out)[1])(np.array(input))",
        ("f(3, 4), 1, i(3, 1, low=0, high=3), f(3, 1)", "f(3, 4), 0, i(1, 4, low=0, high=2), f(1, 4)"),
    ),
    "index_add": Samples(
        "(lambda out: (np.add.at(out, (slice(None),) * dim + (index,), alpha * source), out)[1])"
        "(np.array(input))",
        ("f(3, 4), 0, i(5, low=0, high=2), f(5, 4)", "f(3, 4), 1, i(2, low=0, high=3), f(3, 2), alpha=2"),
        accuracy=SUMS,
        plain=True,
    ),
    "index_copy": Samples(
        "(lambda out: (out.__setitem__((slice(None),) * dim + (index,), source), out)[1])(np.array(input))",
        ("f(3, 4), 0, i(5, low=0, high=2), f(5, 4)", "f(3, 4), 1, i(1, low=0, high=3), f(3, 1)"),
    ),
    "masked_scatter": Samples(
        "(lambda out: (np.place(out, mask, source), out)[1])(np.array(input))",
        ("f(2, 3), b(2, 3), f(6)", "f(7), b(7), f(9)"),
    ),
    "topk": Samples(
        "(lambda order: (np.take_along_axis(input, order, dim), order))"
        "(np.take(np.argsort(-input if largest else input, axis=dim, kind='stable'), range(k), dim))",
        ("f(7), 3", "f(3, 5), 2, 0", "f(2, 3, 5), 1, 1, False", "f(4, 900), 5"),
    ),
    "msort": Samples("np.sort(input, axis=0)", ("f(7)", "f(5, 3)")),
    "quantile": Samples(
        "np.quantile(input, q, axis=dim, method=interpolation, keepdims=keepdim)",
        ("f(7), 0.3", "f(3, 5), 0.5, 0", "f(2, 6), 0.75, 1, True"),
        accuracy=SUMS,
        plain=True,
    ),
    "norm": Samples(
        "(np.sum(np.abs(input) ** (2 if p == 'fro' else p), axis=dim, keepdims=keepdim)"
        " ** (1 / (2 if p == 'fro' else p)))",
        ("f(2, 3)", "f(7), 1", "f(3, 4), 3, 0", "f(2, 5), 2.5, 1, True", "f(30, 40)"),
        (0.3, 3.0),
        SUMS,
        plain=True,
    ),
    "cdist": Samples(
        "np.linalg.norm(x1[..., :, None, :] - x2[..., None, :, :], p, -1)",
        ("f(3, 4), f(5, 4)", "f(2, 3, 4), f(2, 2, 4), 1.0"),
        accuracy=SUMS,
        plain=True,
    ),
    "cov": Samples(
        "np.cov(input, ddof=correction)",
        ("f(3, 5)", "f(2, 4), correction=0", "f(5)"),
        (-3.0, 3.0),
        SUMS,
        plain=True,
    ),
    "var_mean": Samples(
        "(np.var(input, axis=dim, ddof=1 if correction is None else correction, keepdims=keepdim), "
        "np.mean(input, axis=dim, keepdims=keepdim))",
        ("f(2, 3)", "f(2, 3, 4), (0, 2), correction=0, keepdim=True"),
        (-3.0, 3.0),
        SUMS,
        plain=True,
    ),
    "std_mean": Samples(
        "(np.std(input, axis=dim, ddof=1 if correction is None else correction, keepdims=keepdim), "
        "np.mean(input, axis=dim, keepdims=keepdim))",
        ("f(2, 3)", "f(2, 3, 4), 1"),
        (-3.0, 3.0),
        SUMS,
        plain=True,
    ),
    "frac": Samples("input - np.trunc(input)", ("f(2, 3)", "f()", "f(0)")),
    "lerp": Samples(
        "input + weight * (end - input)",
        ("f(2, 3), f(3), 0.3", "f(3), f(3), 0.8", "f(3), f(3), f(2, 3)"),
        accuracy=SUMS,
        plain=True,
    ),
    "addcmul": Samples(
        "input + value * tensor1 * tensor2",
        ("f(2, 3), f(3), f(2, 1), value=2", "f(), f(3), f()"),
        accuracy=SUMS,
        plain=True,
    ),
    "addcdiv": Samples(
        "input + value * tensor1 / tensor2",
        ("f(2, 3), f(3), f(2, 1), value=2",),
        (0.5, 3.0),
        SUMS,
        plain=True,
    ),
    "xlogy": Samples(
        "scipy.special.xlogy(input, other)", ("f(2, 3), f(3)", "2.0, f(3)"), (0.2, 5.0), ("ulp", 3.0)
    ),
    "clamp_min": Samples("np.maximum(input, min)", ("f(2, 3), 0.5", "f(2, 3), f(3)")),
    "clamp_max": Samples("np.minimum(input, max)", ("f(2, 3), 0.5", "f(2, 3), f(3)")),
    "swapaxes": Samples("np.swapaxes(input, axis0, axis1)", ("f(2, 3, 4), 0, 2",)),
    "swapdims": Samples("np.swapaxes(input, dim0, dim1)", ("f(2, 3, 4), 0, -1",)),
    "moveaxis": Samples(
        "np.moveaxis(input, source, destination)", ("f(2, 3, 4), 0, -1", "f(2, 3, 4), (0, 1), (1, 2)")
    ),
    "unflatten": Samples(
        "input.reshape(input.shape[:dim] + tuple(sizes) + input.shape[dim:][1:])",
        ("f(3, 6), 1, (2, -1)", "f(4, 3), 0, (2, 2)"),
    ),
    "broadcast_to": Samples("np.broadcast_to(input, size)", ("f(3), (2, 3)", "f(2, 1), (4, 2, 3)")),
    "hstack": Samples("np.hstack(tensors)", ("[f(2, 3), f(2, 1)]", "[f(2), f(3)]", "[f(), f()]")),
    "vstack": Samples("np.vstack(tensors)", ("[f(2, 3), f(1, 3)]", "[f(3), f(3)]")),
    "dstack": Samples("np.dstack(tensors)", ("[f(2, 3), f(2, 3)]", "[f(3), f(3)]")),
    "column_stack": Samples("np.column_stack(tensors)", ("[f(3), f(3, 2)]",)),
    "tensor_split": Samples("np.array_split(input, indices_or_sections, dim)", ("f(7), 3", "f(2, 4), 3, 1")),
    "hsplit": Samples("np.hsplit(input, indices_or_sections)", ("f(2, 4), 2", "f(3), [1]")),
    "vsplit": Samples("np.vsplit(input, indices_or_sections)", ("f(4, 2), 2",)),
    "dsplit": Samples("np.dsplit(input, indices_or_sections)", ("f(2, 3, 4), [1]",)),
    "nansum": Samples(
        "np.nansum(input, axis=dim, keepdims=keepdim)", ("f(2, 3)", "f(2, 3), 1, True"), accuracy=SUM
    ),
    "nanmean": Samples(
        "np.nanmean(input, axis=dim, keepdims=keepdim)",
        ("f(2, 3)", "f(2, 3), 1, True"),
        accuracy=SUM,
        plain=True,
    ),
    "cummax": Samples(
        "(lambda v: (v, np.array([[max(k for k in range(j + 1) if r[k] == r[:j + 1].max()) "
        "for j in range(len(r))] for r in input.reshape(-1, input.shape[-1])]).reshape(input.shape)))"
        "(np.maximum.accumulate(input, -1))",
        ("f(7), 0", "f(3, 5), 1"),
    ),
    "cummin": Samples(
        "(lambda v: (v, np.array([[max(k for k in range(j + 1) if r[k] == r[:j + 1].min()) "
        "for j in range(len(r))] for r in input.reshape(-1, input.shape[-1])]).reshape(input.shape)))"
        "(np.minimum.accumulate(input, -1))",
        ("f(7), 0", "f(3, 5), 1"),
    ),
}


def _put(input: Any, key: Any, value: Any) -> Any:
    result = input.clone()
    result[key] = value
    return result


def _index(input: Any, indices: Any) -> Any:
    return input[tuple(indices)]


def _slice(input: Any, key: Any) -> Any:
    return input[key]


#: Ops that are called by syntax.
STAND_INS: dict[str, Samples] = {
    "slice": Samples(
        "input[key]",
        (
            "f(7), slice(1, 6, 2)",
            "f(7), slice(None, None, 3)",
            "f(3, 4), (slice(None), 1)",
            "f(3, 4), (slice(2, 0), slice(0, 0))",
            "f(2, 3, 4), (Ellipsis, -1)",
            "f(0, 3), slice(0, 5)",
        ),
        call=_slice,
    ),
    "slice_put": Samples(
        "(lambda out: (out.__setitem__(key, value), out)[1])(np.array(input))",
        (
            "f(7), slice(1, 6, 2), f(3)",
            "f(7), slice(None, None, 2), f(4)",
            "f(3, 4), (slice(None), 1), f(3)",
            "f(3, 4), (slice(0, 2), slice(1, 3)), f(2)",
            "f(3, 4), (0, 0), f()",
            "f(3, 4), slice(3, 1), f(0, 4)",
        ),
        call=_put,
    ),
    "index": Samples(
        "input[tuple(indices)]",
        (
            "f(3, 4), [i(5, low=-3, high=2)]",
            "f(3, 4), [i(5, 1, low=0, high=3), i(3, low=-4, high=3)]",
            "f(3, 4, 2), [slice(None), i(5, low=0, high=3)]",
            "f(3, 4, 2), [i(2, low=0, high=3), slice(None), i(2, low=0, high=1)]",
            "f(7), [i(0, low=0, high=7)]",
        ),
        call=_index,
    ),
}

#: What has no samples, with the reason or the test that covers it.
UNSAMPLED: dict[str, str] = {
    "alias": "what transforms put before their inputs: every case of test_derivatives and test_batching",
    "detach": "no values of its own: tests/invariant/test_programs.py",
    "rebind": "a write under no_grad: tests/invariant/test_programs.py",
    "leaf": "a value from outside: every test",
    "within": "a check that hands its input on: tests/ops/test_domains.py",
    "to": "moves values between devices: tests/engine/test_devices.py",
    "Function": "a user's autograd.Function: tests/ops/test_function.py",
    "layer_norm_backward": "the derivative of layer_norm: tests/ops/test_derivatives.py",
    "conv2d_input": "the derivative of conv2d: tests/ops/test_derivatives.py",
    "conv2d_weight": "the derivative of conv2d: tests/ops/test_derivatives.py",
    "overlap_add": "the derivative of unfold: tests/ops/test_derivatives.py",
    "max_pool_scatter": "the derivative of max_pool2d: tests/ops/test_derivatives.py",
    "max_pool_gather": "the derivative of max_pool2d: tests/ops/test_derivatives.py",
    "avg_pool2d_backward": "the derivative of avg_pool2d: tests/ops/test_derivatives.py",
    "softmax_backward": "the derivative of softmax: tests/ops/test_derivatives.py",
    "log_softmax_backward": "the derivative of log_softmax: tests/ops/test_derivatives.py",
    "rms_norm_backward": "the derivative of rms_norm: tests/ops/test_derivatives.py",
    "group_norm_backward": "the derivative of group_norm: tests/ops/test_derivatives.py",
    "batch_norm_train": "batch_norm_moments: tests/ops/test_values.py",
    "batch_norm_backward": "the derivative of batch_norm_moments: tests/ops/test_derivatives.py",
    "batch_norm_track_": "running statistics: tests/parity/test_norm_parity.py",
    "bce": "binary_cross_entropy: tests/ops/test_values.py",
    "bce_logits": "binary_cross_entropy_with_logits: tests/ops/test_values.py",
    "cross_entropy_backward": "the derivative of cross_entropy: tests/ops/test_derivatives.py",
    "embedding_backward": "the derivative of embedding: tests/ops/test_derivatives.py",
    "attention_backward": "the derivative of scaled_dot_product_attention: tests/ops/test_derivatives.py",
    "class_labels": "part of cross_entropy: tests/ops/test_values.py",
    "index_put_accumulate": "index_put(accumulate=True): tests/ops/test_values.py",
    "rnn_sequence_backward": "the derivative of rnn_sequence: tests/ops/test_derivatives.py",
    "lstm_sequence_backward": "the derivative of lstm_sequence: tests/ops/test_derivatives.py",
    "gru_sequence_backward": "the derivative of gru_sequence: tests/ops/test_derivatives.py",
    "sgd_": "an optimizer's update: tests/optim/test_updates.py",
    "sgd_momentum_": "an optimizer's update: tests/optim/test_updates.py",
    "accumulate_": "running means of lists: tests/nn/test_parameters.py",
    "adadelta_": "an optimizer's update: tests/parity/test_optim_parity.py",
    "adagrad_": "an optimizer's update: tests/parity/test_optim_parity.py",
    "adamax_": "an optimizer's update: tests/parity/test_optim_parity.py",
    "amsgrad_": "an optimizer's update: tests/parity/test_optim_parity.py",
    "nadam_": "an optimizer's update: tests/parity/test_optim_parity.py",
    "radam_": "an optimizer's update: tests/parity/test_optim_parity.py",
    "rmsprop_": "an optimizer's update: tests/parity/test_optim_parity.py",
    "rmsprop_of_two_": "an optimizer's update: tests/parity/test_optim_parity.py",
    "rmsprop_of_three_": "an optimizer's update: tests/parity/test_optim_parity.py",
    "lion_": "an optimizer's update: tests/optim/test_formulas.py",
    "normalized_step_": "an optimizer's update: tests/optim/test_formulas.py",
    "normalized_step_momentum_": "an optimizer's update: tests/optim/test_formulas.py",
    "adam_": "an optimizer's update: tests/optim/test_updates.py",
    "scale_": "clipping gradients: tests/optim/test_updates.py",
    "total_norm": "clipping gradients: tests/optim/test_updates.py",
    "rand": "random: tests/random/test_random.py",
    "randn": "random: tests/random/test_random.py",
    "randint": "random: tests/random/test_random.py",
    "random_mask": "random: tests/random/test_random.py",
    "randperm": "random: tests/random/test_random.py",
    "rand_like": "random: tests/random/test_random.py",
    "randn_like": "random: tests/random/test_random.py",
    "uniform_": "random: tests/random/test_random.py",
    "normal_": "random: tests/random/test_random.py",
    "dropout": "random: tests/random/test_random.py",
    "airy_slope": "the derivative of airy_ai: tests/ops/test_derivatives.py",
    "gamma_lower": "behind igamma: tests/ops/test_values.py",
    "gamma_upper": "behind igammac: tests/ops/test_values.py",
    "igamma_slope": "a derivative of igamma: tests/parity/test_special_parity.py",
    "zeta_slope": "a derivative of zeta: tests/parity/test_special_parity.py",
    "beside": "behind nextafter: tests/parity/test_special_parity.py",
    "binary_exponent": "behind frexp: tests/parity/test_special_parity.py",
    **dict.fromkeys(
        ("chebyshev_t", "hermite_h", "hermite_he", "gegenbauer", "laguerre"),
        "behind orthogonal polynomials: tests/ops/test_values.py",
    ),
    **dict.fromkeys(
        (
            "chebyshev_polynomial_v",
            "chebyshev_polynomial_w",
            "shifted_chebyshev_polynomial_v",
            "shifted_chebyshev_polynomial_w",
            "frexp",
            "nextafter",
            "float_power",
        ),
        "torch is the reference: tests/parity/special_calls.py",
    ),
    "linear_recurrence": "behind cumprod and prod: tests/parity/test_tensor_parity.py",
    "running_extremum": "behind cummax and cummin: tests/parity/test_tensor_parity.py",
    **dict.fromkeys(
        (
            "positive",
            "sgn",
            "deg2rad",
            "rad2deg",
            "logit",
            "sinc",
            "heaviside",
            "nan_to_num",
            "isinf",
            "isfinite",
            "isposinf",
            "isneginf",
            "isclose",
            "clip",
            "kthvalue",
            "median",
            "unique",
            "unique_consecutive",
            "bucketize",
            "repeat_interleave",
            "masked_select",
            "scatter_reduce",
            "index_reduce",
            "index_fill",
            "count_nonzero",
            "aminmax",
            "corrcoef",
            "bincount",
            "histc",
            "atleast_1d",
            "atleast_2d",
            "atleast_3d",
            "broadcast_tensors",
            "meshgrid",
            "cartesian_prod",
            "block_diag",
            "argwhere",
            "linspace",
            "logspace",
            "tril_indices",
            "triu_indices",
            "combinations",
            "einsum",
        ),
        "torch is the reference: tests/parity/test_tensor_parity.py",
    ),
    **dict.fromkeys(
        (
            "cholesky",
            "cholesky_ex",
            "det",
            "eig",
            "eigh",
            "geqrf",
            "inv",
            "inv_ex",
            "ldl_factor",
            "ldl_factor_ex",
            "ldl_solve",
            "linalg_cholesky",
            "linalg_cofactors",
            "linalg_cofactors_along",
            "linalg_det",
            "linalg_eig",
            "linalg_eigh",
            "linalg_ldl",
            "linalg_ldl_solve",
            "linalg_lu",
            "linalg_matrix_exp",
            "linalg_pinv",
            "linalg_qr",
            "linalg_slogdet",
            "linalg_solve",
            "linalg_svd",
            "linalg_triangular",
            "lu",
            "lu_factor",
            "lu_factor_ex",
            "lu_permutation",
            "lu_solve",
            "lu_unpack",
            "matrix_exp",
            "pinv",
            "qr",
            "slogdet",
            "solve",
            "solve_ex",
            "solve_triangular",
            "svd",
            "svdvals",
        ),
        "held to the laws of decompositions: tests/linalg/test_laws.py, and tests/linalg/test_derivatives.py",
    ),
    **dict.fromkeys(
        ("bernoulli", "bernoulli_", "multinomial", "exponential_", "random_", "randint_like", "normal"),
        "random: tests/random/test_draws.py",
    ),
    **dict.fromkeys(
        (
            "_sample_dirichlet",
            "_standard_gamma",
            "_standard_gamma_grad",
            "_standard_von_mises",
            "binomial",
            "cauchy_",
            "geometric_",
            "log_normal_",
            "poisson",
        ),
        "random: tests/random/test_samplers.py",
    ),
}
