"""Every model computes on a GPU what it computes on the CPU, and so do its gradients."""

import numpy as np
import pytest

import ravine
from models.examples import EXAMPLES
from ravine._pytree import flatten

# Of the largest element: sums in another order, through all the layers of a model.
TOLERANCE = 1e-3


def computed(name, device):
    """The outputs and the parameters' gradients."""
    ravine.manual_seed(0)
    make, inputs = EXAMPLES[name]
    model, arguments = make().eval().to(device), inputs()
    moved = [a.to(device) if isinstance(a, ravine.Tensor) else a for a in arguments]
    outputs = [y for y in flatten(model(*moved))[0] if isinstance(y, ravine.Tensor)]
    # Not of squares: behind a norm these add up to a constant, and its gradient is rounding.
    scales = [ravine.randn(y.shape).to(device) for y in outputs]
    pairs = zip(outputs, scales, strict=True)
    ravine.stack([(y * scale).sum() for y, scale in pairs if y.requires_grad]).sum().backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    return [t.detach().cpu().numpy() for t in (*outputs, *gradients)]


@pytest.mark.parametrize("name", EXAMPLES)
def test_outputs_and_gradients(name):
    near, far = computed(name, "cpu"), computed(name, "gpu")
    assert len(near) == len(far)
    for a, b in zip(near, far, strict=True):
        np.testing.assert_allclose(b, a, rtol=TOLERANCE, atol=TOLERANCE * max(1e-3, abs(a).max(initial=0.0)))
