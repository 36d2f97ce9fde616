"""summary, capture and the HTML of tensors: right numbers, and nothing left behind."""

import re

import pytest

import ravine
from ravine import _core, nn


class Running(nn.Module):
    """Counts its calls in a buffer and draws random numbers."""

    mean: ravine.Tensor

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", ravine.zeros(3))
        self.fc = nn.Linear(3, 5)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        with ravine.no_grad():
            self.mean.add_(x.mean(0))
            self.mean = self.mean * 2
        return self.drop(self.fc(x)), {"sum": x.sum()}


def test_numbers_of_a_summary():
    tied = nn.Linear(4, 4)
    model = nn.Sequential(nn.Linear(6, 4), nn.GELU(), tied, tied, nn.LayerNorm(4))
    model[0].bias.requires_grad_(False)
    table = ravine.summary(model, ravine.ones(2, 6))
    by_path = {row.path: row for row in table.rows}
    assert list(by_path) == ["Sequential", "0", "1", "2", "4"]
    assert [row.shape for row in table.rows] == ["(2, 4)"] * 5
    assert by_path["2"].calls == 2
    assert [row.parameters for row in table.rows] == [0, 28, 0, 20, 8]
    assert table.parameters == sum(p.numel() for p in model.parameters()) == 56
    assert (table.trainable, table.parameter_bytes, table.input_bytes) == (52, 224, 48)
    assert by_path["0"].trainable == 24
    assert table.adam_bytes - table.training_bytes == 2 * table.gradient_bytes == 2 * 52 * 4


def test_a_summary_changes_nothing():
    ravine.manual_seed(1)
    model = Running()
    model(ravine.ones(2, 3))[0].sum().backward()
    buffer, grad = model.mean, model.fc.weight.grad
    assert grad is not None
    before = (
        model.mean.tolist(),
        grad.tolist(),
        ravine.get_rng_state(),
        model.training,
        dict(model._forward_hooks),
    )
    table = ravine.summary(model, ravine.ones(2, 3))
    assert model.mean is buffer
    assert model.fc.weight.grad is grad
    after = (
        model.mean.tolist(),
        grad.tolist(),
        ravine.get_rng_state(),
        model.training,
        dict(model._forward_hooks),
    )
    assert after == before
    assert [row.shape for row in table.rows] == ["(2, 5), ()", "(2, 5)", "(2, 5)"]


def test_a_summary_computes_next_to_nothing():
    model = nn.Sequential(*[nn.Linear(300, 300) for _ in range(20)])
    x = ravine.ones(10, 300)
    ravine.eval(x, *model.parameters())
    ravine.synchronize()

    def kernels(work):
        before = _core.stats_table()["kernels_run"]
        result = work()
        ravine.synchronize()
        del result
        return _core.stats_table()["kernels_run"] - before

    assert kernels(lambda: ravine.summary(model, x)) <= kernels(lambda: model(x)) / 10


def test_a_failing_model_is_left_as_it_was():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 5))
    with pytest.raises(RuntimeError, match=r"Sequential\[1\]"):
        ravine.summary(model, ravine.ones(1, 2))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


@pytest.mark.parametrize("width", [64, 512])
def test_the_forecast_of_the_peak(width):
    """Within a tenth of what a training step takes."""
    ravine.manual_seed(0)
    layers = [layer for _ in range(6) for layer in (nn.Linear(width, width), nn.GELU())]
    model = nn.Sequential(*layers, nn.Linear(width, 10))
    x, labels = ravine.randn(256, width), ravine.zeros(256, dtype=ravine.int64)
    ravine.eval(x, labels, *model.parameters())
    ravine.synchronize()
    others = _core.stats_table()["bytes_live"] - sum(p.nbytes for p in model.parameters()) - x.nbytes
    optimizer = ravine.optim.Adam(model.parameters())
    forecast = ravine.summary(model, x).adam_bytes

    def step():
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), labels).backward()
        optimizer.step()

    step()
    step()
    ravine.synchronize()
    _core.reset_peak()
    step()
    ravine.synchronize()
    peak = _core.stats_table()["bytes_peak"] - others
    assert 0.9 < forecast / peak < 1.1, (forecast, peak)


def test_a_summary_without_inputs_lists_parameters():
    table = ravine.summary(nn.Sequential(nn.Linear(2, 3), nn.ReLU()))
    assert table.parameters == 9
    assert [row.shape for row in table.rows] == ["", "", ""]
    with pytest.raises(TypeError, match="expected a Module, got function"):
        ravine.summary(lambda x: x, ravine.ones(1))  # pyright: ignore[reportArgumentType]


def test_a_summary_as_text_and_html():
    table = ravine.summary(nn.Sequential(nn.Linear(2, 3)), ravine.ones(1, 2))
    assert repr(table) == str(table)
    assert "Linear 2->3" in str(table)
    html = table._repr_html_()
    assert html.count("<tr>") == 3
    assert "Linear 2-&gt;3" in html


def test_capture():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Sequential(nn.Linear(4, 2)))
    x = ravine.ones(5, 3)
    with ravine.capture(model, ["", "0", "[2][0]"], inputs=True) as found:
        y = model(x)
        model(x * 2)
    model(x)
    assert set(found) == {"", "0", "2.0"}
    assert len(found.outputs["0"]) == 2
    assert found.outputs[""][0] is y
    assert found.inputs["0"][0][0] is x
    assert found["2[0]"] is found["2.0"] is found.outputs["2.0"][1]
    assert not any(m._forward_hooks for m in model.modules())
    (grad,) = ravine.autograd.grad(y.sum(), found.outputs["0"][0])
    assert tuple(grad.shape) == (5, 4)
    with ravine.capture(model) as everything:
        model(x)
    assert list(everything) == ["0", "1", "2.0", "2", ""]
    with pytest.raises(KeyError, match=r"no module 'blocks.0'"):
        ravine.capture(model, ["blocks.0"])
    with pytest.raises(KeyError, match="was not asked for"):
        found["1"]
    with pytest.raises(TypeError, match="expected a Module"):
        ravine.capture(x)  # pyright: ignore[reportArgumentType]


def test_capture_ends_when_the_model_fails():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(3, 4))
    with pytest.raises(RuntimeError), ravine.capture(model) as found:
        model(ravine.ones(1, 3))
    assert list(found) == ["0"]
    assert not any(m._forward_hooks for m in model.modules())


def test_html_of_tensors():
    def html(t):
        return t._repr_html_()

    small = html(ravine.tensor([[1.0, 2.5], [-3.0, 4.0]], requires_grad=True))
    assert "shape (2, 2), float32, requires grad" in small
    assert re.findall(r">(-?\d\.\d{4})<", small) == ["1.0000", "2.5000", "-3.0000", "4.0000"]
    assert html(ravine.arange(100)).count("<td") == 9
    assert "…" in html(ravine.arange(100))
    assert html(ravine.ones(20, 3, dtype=ravine.int64)).count("<tr>") == 9
    assert "<svg" in html(ravine.rand(20, 30))
    assert "<svg" in html(ravine.rand(3, 20, 30))
    assert "the first 16 of 40" in html(ravine.randn(40, 20, 20))
    assert "<pre>" in html(ravine.tensor(3.0))
    assert "<pre>" in html(ravine.rand(2, 2, 2, 2))
    assert "shape (0, 3)" in html(ravine.zeros(0, 3))
    assert "grad_fn mul" in html(ravine.ones(2, requires_grad=True) * 2)
    assert "nan" in html(ravine.tensor([float("nan"), float("inf")]))
    assert "<b>Parameter</b>" in html(nn.Parameter(ravine.ones(2)))
