"""detect_anomaly finds the op that made the first NaN, where it was called."""

import pytest

import ravine
from engine.windows import window
from ravine import _core, autograd, nn, optim
from ravine.errors import AnomalyError


@pytest.fixture(autouse=True)
def off_again():
    before = _core.get_window()
    yield
    assert not autograd.is_anomaly_enabled()
    assert _core.get_window() == before


@pytest.mark.parametrize("size", [2, 5000])
@pytest.mark.parametrize("dtype", [ravine.float32, ravine.float64, ravine.float16, ravine.bfloat16])
def test_the_op_that_made_it(size, dtype):
    def compute():
        x = ravine.ones(size, dtype=dtype)
        y = x - 2
        z = ravine.log(y)
        return z * 0

    compute()
    with (
        autograd.detect_anomaly(),
        pytest.raises(AnomalyError, match=r"log: the result of shape .* no input has") as caught,
    ):
        compute()
    assert caught.traceback[-1].name == "compute"
    assert "ravine.log(y)" in str(caught.traceback[-1].statement)


def test_a_structured_op_and_a_view():
    with autograd.detect_anomaly():
        with pytest.raises(AnomalyError, match=r"softmax: .*\(2,\)"):
            ravine.full((2,), -float("inf")).softmax(0)
        with pytest.raises(AnomalyError, match=r"full: .*\(2,\)"):
            ravine.full((2,), float("nan"))
        with pytest.raises(AnomalyError, match=r"permute: input 0 of shape \(2, 3\) has NaN in it already"):
            ravine.tensor([[float("nan")] * 3] * 2).permute(1, 0)


def test_the_derivative_names_the_forward_op_and_its_module():
    class Root(nn.Module):
        def forward(self, x):
            return x.sqrt()

    x = ravine.zeros(3, requires_grad=True)
    with autograd.detect_anomaly():
        y = (nn.Sequential(Root())(x) * 0).sum()
        with pytest.raises(
            AnomalyError, match=r"in the derivative of sqrt, .* \[in Sequential\[0\] \(Root\)\]"
        ):
            y.backward()


def test_data_with_nan():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    batch = ravine.tensor([[1.0, float("nan")]])
    with (
        autograd.detect_anomaly(),
        pytest.raises(AnomalyError, match=r"input 0 of shape \(1, 2\) .*isnan.*Linear 2->2"),
    ):
        model(batch)


def test_a_failed_step_leaves_the_parameters_as_they_were():
    w = nn.Parameter(ravine.ones(3000))
    optimizer = optim.SGD([w], lr=0.1)
    w.grad = ravine.full((3000,), float("nan"))
    with autograd.detect_anomaly(), pytest.raises(AnomalyError, match="sgd_"):
        optimizer.step()
    assert w.sum().item() == 3000


def test_healthy_code_computes_the_same_bits():
    def step():
        ravine.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 3))
        optimizer = optim.Adam(model.parameters())
        for _ in range(3):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(ravine.randn(5, 4)), ravine.tensor([0, 1, 2, 0, 1])).backward()
            optimizer.step()
        return [bytes(p.detach()) for p in model.parameters()]

    expected = step()
    with autograd.detect_anomaly():
        assert step() == expected


def test_what_was_recorded_before_is_not_searched():
    pending = ravine.zeros(3) / 0
    with autograd.detect_anomaly():
        ravine.eval(ravine.ones(3) + 1)
    assert pending.isnan().all().item()


def test_modes_nest_and_end():
    with window(64):
        with autograd.set_detect_anomaly(True):
            assert autograd.is_anomaly_enabled()
            with autograd.set_detect_anomaly(False):
                assert _core.get_window() == 64
                ravine.eval(ravine.zeros(1) / 0)
            assert _core.get_window() == 1
            with autograd.detect_anomaly(check_nan=False):
                (ravine.zeros(1) / 0).tolist()
            assert autograd.is_anomaly_enabled()
        autograd.set_detect_anomaly(True)
        assert _core.get_window() == 1
        autograd.set_detect_anomaly(False)
        assert _core.get_window() == 64
