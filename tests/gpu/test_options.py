"""Options of functions on a GPU: values and derivatives are the CPU's."""

import numpy as np
import pytest

import ravine as rv

CALLS = {
    **{
        f"{reduce} {own}": lambda x, y, i, r=reduce, s=own: rv.scatter_reduce(x, 1, i, y, r, include_self=s)
        for reduce in ("prod", "mean", "amax", "amin")
        for own in (True, False)
    },
    "index_reduce": lambda x, y, i: rv.index_reduce(x, 0, i[0, :2], y, "prod"),
    "multiply": lambda x, y, i: x.scatter(1, i, y, reduce="multiply"),
    "alpha": lambda x, y, i: rv.sub(x, y, alpha=3),
    "trunc": lambda x, y, i: rv.div(x * 9, y, rounding_mode="trunc"),
    "decimals": lambda x, y, i: rv.round(x, decimals=1),
    "sorter": lambda x, y, i: rv.searchsorted(x, y, sorter=rv.argsort(x), side="right", out_int32=True),
    "take_along_dim": lambda x, y, i: rv.take_along_dim(x, i - 3, 1),
    "weights": lambda x, y, i: rv.cov(x, aweights=y[0].abs()),
    "unique": lambda x, y, i: rv.unique(i, dim=0),
    "as_strided": lambda x, y, i: rv.as_strided(x, (2, 2), (1, 2), 1),
    "out": lambda x, y, i: rv.add(x.detach(), 1, out=rv.empty(0, device=x.device)),
}


@pytest.mark.parametrize("name", CALLS)
def test_as_on_the_cpu(name):
    rng = np.random.default_rng(3)
    arrays = [rng.uniform(0.5, 2, (2, 3)).astype("float32") for _ in range(2)]
    places = np.array([[0, 0, 2], [1, 1, 0]])
    seen = []
    for device in ("cpu", "gpu"):
        x, y = (rv.tensor(a, device=device, requires_grad=True) for a in arrays)
        result = CALLS[name](x, y, rv.tensor(places, device=device))
        assert result.device.type == device
        found = [result]
        if result.requires_grad:
            found += [
                g
                for g in rv.autograd.grad((result * result).sum(), (x, y), allow_unused=True)
                if g is not None
            ]
        seen.append([t.detach().cpu().numpy() for t in found])
    for mine, theirs in zip(*seen, strict=True):
        np.testing.assert_allclose(theirs, mine, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name", [name for name in CALLS if name not in ("unique", "out", "weights", "sorter")]
)
def test_batched_as_a_loop(name):
    rng = np.random.default_rng(4)
    x, y = (rv.tensor(rng.uniform(0.5, 2, (3, 2, 3))) for _ in range(2))
    places = rv.tensor(rng.integers(0, 3, (3, 2, 3)))
    if name == "index_reduce":
        places = places % 2
    together = rv.func.vmap(CALLS[name])(x, y, places)
    for k in range(3):
        np.testing.assert_allclose(
            together[k].numpy(), CALLS[name](x[k].clone(), y[k], places[k]).numpy(), rtol=1e-12
        )
