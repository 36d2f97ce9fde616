"""Programs from the engine, and how far off a float32 result may be."""

import numpy as np

from ravine import _core


def meta(*arrays):
    return [(list(np.shape(x)), np.asarray(x).dtype.name) for x in arrays]


def group(inputs, steps, outputs, shape):
    """Elementwise ops; a step is (op, operands, dtype), its operands "in0", "t1" and the like, or numbers."""

    def operand(x):
        if not isinstance(x, str):
            return x
        return ("input", int(x[2:])) if x.startswith("in") else ("step", int(x[1:]))

    steps = [(op, [operand(x) for x in operands], dtype) for op, operands, dtype in steps]
    return (meta(*inputs), steps, outputs, list(shape))


def fused(inputs, steps, outputs=None):
    shape = np.broadcast_shapes(*(np.shape(x) for x in inputs))
    return _core.gpu_fuse(group(inputs, steps, [len(steps) - 1] if outputs is None else outputs, shape))


def program(op, attrs, data, *inputs, slots=(), staging=True):
    return _core.gpu_program(op, list(attrs), list(data), meta(*inputs), list(slots), staging)


def ulps(got, want):
    """The greatest distance from a float64 truth, in units in the last place of its float32.

    Results that are the same special value, or vanish where the truth is subnormal, are 0 apart.
    """
    got, want = np.asarray(got, np.float32), np.asarray(want, np.float64)
    with np.errstate(over="ignore"):
        nearest = want.astype(np.float32)
    unit = np.spacing(np.maximum(np.abs(nearest), np.finfo(np.float32).tiny)).astype(np.float64)
    with np.errstate(invalid="ignore"):
        distance = np.abs(got.astype(np.float64) - want) / unit
    same = (got == nearest) | (np.isnan(got) & np.isnan(nearest))
    flushed = (got == 0) & (np.abs(want) < np.finfo(np.float32).tiny)
    return float(np.max(np.where(same | flushed, 0.0, np.nan_to_num(distance, nan=np.inf)), initial=0.0))
