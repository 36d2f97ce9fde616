"""Where a norm stands in a perceptron, and what layer norm and batch norm are worth: measured anew."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import ravine
from ravine import models

DOCS = Path(__file__).parents[2] / "docs"


def normed(z, axis, scale, shift):
    z = (z - z.mean(axis, keepdims=True)) / np.sqrt(z.var(axis, keepdims=True) + 1e-5)
    return z * scale + shift


@pytest.mark.parametrize("norm", ["layer", "batch"])
def test_a_norm_stands_between_the_linear_map_and_the_activation(norm):
    ravine.manual_seed(0)
    net = models.MLP(sizes=(5, 7, 6, 3), activation="tanh", norm=norm).double()
    for p in net.parameters():
        p.detach().normal_()
    w = {name: value.numpy() for name, value in net.state_dict().items()}
    for shape in ((9, 5), (4, 3, 5)):  # the batch is all that stands before the features
        x = ravine.randn(*shape, dtype=ravine.float64)
        h = x.numpy().reshape(-1, 5)
        for n in (0, 1):
            z = h @ w[f"layers.{n}.weight"].T + w[f"layers.{n}.bias"]
            axis = -1 if norm == "layer" else 0
            h = np.tanh(normed(z, axis, w[f"norms.{n}.weight"], w[f"norms.{n}.bias"]))
        expected = h @ w["layers.2.weight"].T + w["layers.2.bias"]
        found = net(x).detach().numpy()
        np.testing.assert_allclose(found.reshape(-1, 3), expected, rtol=1e-10, atol=1e-12)
    net.eval()  # each sample alone
    np.testing.assert_allclose(net(x[:1]).detach().numpy(), net(x)[:1].detach().numpy(), rtol=1e-12)


def test_row_107_the_table_of_norms_is_what_runs_give():
    """Each share within 4 points (the standard error of a share of 360 is 2), and the law that it shows."""
    made = runpy.run_path(str(DOCS / "norms.py"))
    result = made["measured"]()
    assert result.reached, str(result)
    head, *rows = made["cells"](result.sections[0].html)
    written = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in made["PAGE"].read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    assert written[0] == head == ["norm", "batches of 2", "batches of 8", "batches of 64"]
    shares = {row[0]: [float(cell) for cell in row[1:]] for row in rows}
    for name, *cells in written[2 : 2 + len(rows)]:
        assert [float(cell) for cell in cells] == pytest.approx(shares[name], abs=0.04), name
    # A batch norm is behind at 2, and both are ahead of none where the batch is large enough.
    assert shares["batch"][0] < shares["none"][0] < shares["layer"][0]
    assert min(shares["batch"][1:] + shares["layer"][1:]) > shares["none"][1]
    assert abs(shares["batch"][2] - shares["layer"][2]) < 0.03


def test_a_norm_that_is_not_there():
    with pytest.raises(ValueError, match=r"unknown norm 'group'\. There are: none, layer, batch"):
        models.MLP(sizes=(2, 3, 1), norm="group")
