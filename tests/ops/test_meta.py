"""`meta`: every op for nothing, with the shapes and dtypes that it has on the CPU, forward and backward."""

from __future__ import annotations

import pytest

import ravine
from ops.registry import Op, listed, parametrized, tensor
from ravine.errors import DeviceError, DTypeError

# Samples of these look at values: as many classes as the largest label says, a result per element not 0.
LOOKS = {"nonzero", "one_hot"}

X = ravine.ones(3)
# Functions of other records that look, and why: their shapes depend on values, or they answer with a number.
ALSO = [
    lambda x: ravine.bincount(x.long()),
    lambda x: ravine.masked_select(x, x > 0),
    lambda x: x[x > 0],
    lambda x: ravine.multinomial(x, 1),
    lambda x: ravine.repeat_interleave(x, x.long()),
    lambda x: ravine.unique(x),
    lambda x: ravine.unique_consecutive(x),
    lambda x: ravine.allclose(x, x),
    lambda x: ravine.equal(x, x),
    lambda x: x.sum().item(),
    lambda x: x.tolist(),
    lambda x: bool(x.sum()),
    lambda x: x.cpu(),
]


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
        grads = ravine.autograd.grad(ravine.stack(loss).sum(), leaves, allow_unused=True)
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
            except DeviceError:
                looked += 1
                continue
            assert got == wanted, (case.text, dtype)
    # Nothing is listed that works.
    assert (looked > 0) == (op.name in LOOKS), f"{op.name}: {looked} samples look at values"


@pytest.mark.parametrize("look", ALSO)
def test_what_depends_on_values_says_so(look):
    with pytest.raises(DeviceError, match="no values to look at"):
        look(X.to("meta"))
