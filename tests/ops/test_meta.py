"""`meta`: every op for nothing, with the shapes and dtypes that it has on the CPU, forward and backward."""

from __future__ import annotations

import pytest

import ravine
from ops.registry import Op, listed, parametrized, tensor
from ravine.errors import DeviceError, DTypeError

# Their shapes depend on values, or they look at values to check them.
LOOKS = {
    "allclose": "the answer is a bool",
    "bincount": "as many results as the largest number says",
    "equal": "the answer is a bool",
    "histc": "the range is that of the values",
    "index": "a mask marks as many elements as it holds True",
    "masked_scatter": "a mask must not mark more than there is",
    "masked_select": "a mask marks as many elements as it holds True",
    "multinomial": "weights are checked at the call",
    "nonzero": "as many results as there are elements other than 0",
    "one_hot": "as many classes as the largest label says",
    "repeat_interleave": "as many results as the counts add up to",
    "unique": "as many results as there are distinct values",
    "unique_consecutive": "as many results as there are runs",
}


def outcome(op: Op, case, dtype: str, device: str):
    """Shapes and dtypes of the results and of the gradients; None where the op refuses the dtype."""
    inputs = []
    for values, make in zip(case.draw(0, dtype), case.makes):
        own = dtype if make.kind == case.first else values.dtype.name
        leaf = tensor(values, own).to(device)
        inputs.append(leaf.requires_grad_() if leaf.is_floating_point() else leaf)
    try:
        with ravine.device(device):
            results = listed(op.run(case.fill(inputs)))
    except DTypeError:
        return None
    results = [r for r in results if isinstance(r, ravine.Tensor)]
    assert all(r.device == device for r in results)
    found = [(tuple(r.shape), r.dtype) for r in results]
    if loss := [r.sum() for r in results if r.requires_grad]:
        leaves = [x for x in inputs if x.requires_grad]
        grads = ravine.autograd.grad(sum(loss), leaves, allow_unused=True)
        found += [None if g is None else (tuple(g.shape), g.dtype) for g in grads]
        assert all(g is None or g.device == device for g in grads)
    return found


@pytest.mark.parametrize("op", parametrized(), ids=lambda op: op.name)
def test_meta_has_the_shapes_of_the_cpu(op):
    looked = 0
    cases = list(op.cases())
    for case in cases:
        for dtype in case.dtypes:
            wanted = outcome(op, case, dtype, "cpu")
            try:
                got = outcome(op, case, dtype, "meta")
            except DeviceError as error:
                assert "no values to look at" in str(error), case.text
                looked += 1
                continue
            assert got == wanted, (case.text, dtype)
    # Nothing is listed that works.
    assert (looked > 0) == (op.name in LOOKS), f"{op.name}: {looked} samples look at values"


def test_what_is_listed_exists():
    names = {op.name for op in parametrized()}
    assert {*LOOKS} - names <= {"allclose", "equal"}
