"""`ravine selftest` on a GPU."""

import io

import ravine
from ravine.nn import functional as F
from ravine.selftest import _checks, selftest
from ravine.selftest._bench import Bench


def test_the_report_names_the_adapter_and_everything_is_within_what_is_stated():
    out = io.StringIO()
    report = selftest("gpu", quick=True, stream=out)
    assert [check for check in report.checks if not check.passed] == []
    assert report.errors == {}
    text = out.getvalue()
    adapter = ravine.gpu.devices()[0]
    assert adapter.name in text
    assert ("software" in text) == adapter.is_software
    assert f"binding_bytes {adapter.limits['binding_bytes']:,}" in text
    assert "device     gpu:0" in text


def test_a_wrong_kernel_is_found(monkeypatch):
    real = F.cross_entropy
    monkeypatch.setattr(F, "cross_entropy", lambda x, y: real(x, y) * 1.001)
    failed = {check.name for check in _checks.rows(Bench("gpu:0", True)) if not check.passed}
    assert failed == {"mean", "derivative"}
