"""`ravine selftest` passes where kernels are right, and finds those that are wrong."""

import io

import numpy as np
import pytest

import ravine
from ravine import _ops, cli
from ravine.errors import DeviceError
from ravine.nn import functional as F
from ravine.selftest import _checks, selftest
from ravine.selftest._bench import Bench

FAMILIES = {
    "elementwise",
    "special values",
    "int64",
    "matmul",
    "reductions",
    "softmax",
    "cross-entropy",
    "norms",
    "attention",
    "convolution",
    "pooling",
    "recurrent",
    "sorting",
    "indexing",
    "random",
    "optimizers",
}


def test_the_report_of_a_device_that_is_right():
    ravine.manual_seed(7)
    ravine.rand(3)
    state = ravine.get_rng_state()
    out = io.StringIO()
    report = selftest("cpu", quick=True, stream=out)
    assert ravine.get_rng_state() == state
    assert report.passed
    assert {check.family for check in report.checks} == FAMILIES
    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["ravine", "system", "processor", "device"]
    assert sum(line.endswith("pass") for line in lines) == len(FAMILIES)
    assert {speed.unit for speed in report.speeds} == {"GB/s", "GFLOP/s", "us"}
    assert all(speed.value > 0 for speed in report.speeds)
    assert lines[-1] == f"{len(report.checks)} kernels checked, all within what is stated"


def test_every_elementwise_function_of_the_registry_is_checked():
    from ravine import _core
    from ravine.selftest._references import known

    names = {
        r["name"]
        for r in _core.registry_table()
        if r.get("class") == "elementwise" and r["signature"] and known(r["reference"])
    }
    checked = {check.name for check in _checks.elementwise(Bench("cpu", True))}
    assert checked == names - {"cast"}
    assert len(checked) > 60


def wrong(family):
    return {check.name for check in family(Bench("cpu", True)) if not check.passed}


def test_a_wrong_function_is_found(monkeypatch):
    tanh = _ops.tanh
    monkeypatch.setattr(_ops, "tanh", lambda input: tanh(input) * (1 + 2.0**-20))
    assert wrong(_checks.elementwise) == {"tanh"}
    assert wrong(_checks.special_values) == set()
    monkeypatch.setattr(_ops, "tanh", lambda input: tanh(input.nan_to_num()))
    assert wrong(_checks.elementwise) == set()
    assert wrong(_checks.special_values) == {"tanh"}


def corner(y):
    """The last element, a little off."""
    mask = ravine.zeros_like(y)
    mask[(-1,) * y.ndim] = 1e-2
    return y + mask


WRONG = {
    "a corner of a convolution": (
        F,
        "conv2d",
        lambda real: lambda *a, **k: corner(real(*a, **k)),
        "convolutions",
    ),
    "NaN in attention": (
        F,
        "scaled_dot_product_attention",
        lambda real: lambda *a, **k: real(*a, **k) * float("nan"),
        "attention",
    ),
    "one too many rows": (F, "layer_norm", lambda real: lambda x, n: ravine.cat([real(x, n), x[:1]]), "rows"),
    "an index off by one": (F, "embedding", lambda real: lambda i, w: real((i + 1) % 50, w), "ordering"),
    "unstable sorting": (
        ravine.Tensor,
        "sort",
        lambda real: lambda x, d: (real(x, d)[0], real(x.flip(d), d)[1]),
        "ordering",
    ),
    "draws from less than all of an interval": (
        ravine,
        "rand",
        lambda real: lambda *a, **k: real(*a, **k) * 0.98,
        "random",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_kernel_is_found(monkeypatch, name):
    owner, attribute, change, family = WRONG[name]
    monkeypatch.setattr(owner, attribute, change(getattr(owner, attribute)))
    found = wrong(getattr(_checks, family))
    assert 1 <= len(found) <= 6


def test_a_wrong_derivative_is_found(monkeypatch):
    real = F.group_norm
    monkeypatch.setattr(F, "group_norm", lambda x, n: real(x.detach(), n) + 0 * x)
    assert wrong(_checks.rows) == {"group_norm, derivative"}


def test_a_wrong_optimizer_is_found(monkeypatch):
    real = ravine.optim.Adam
    monkeypatch.setattr(ravine.optim, "Adam", lambda p, lr: real(p, lr=lr, betas=(0.9, 0.99)))
    assert wrong(_checks.optimizers) == {"Adam"}


def test_the_command_says_by_its_status_what_it_found(monkeypatch, capsys):
    assert cli.main(["selftest", "--quick", "--every"]) == 0
    assert capsys.readouterr().out.count(" pass") > 200
    real = F.max_pool2d

    def refuses(*args):
        raise DeviceError("max_pool2d: is not there")

    monkeypatch.setattr(F, "max_pool2d", refuses)
    monkeypatch.setattr(_ops, "exp", lambda input: input.exp() + np.float32(1e-3))
    assert cli.main(["selftest", "--quick"]) == 1
    out = capsys.readouterr().out
    assert "raised DeviceError: max_pool2d: is not there  FAIL" in out
    assert "elementwise: exp " in out
    assert out.splitlines()[-1].endswith("2 FAILED")
    assert real is not F.max_pool2d
    assert cli.main(["selftest", "--device", "meta"]) == 2
