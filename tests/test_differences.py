"""docs/differences.md, entry by entry: what Ravine does, and that torch does something else."""

import re
from pathlib import Path

import numpy as np
import pytest

import ravine

PAGE = Path(__file__).parents[1] / "docs" / "differences.md"


def test_every_entry_of_the_page_has_a_test():
    entries = re.findall(r"^\*\*(\w+)\.\*\*", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    tests = [name.removeprefix("test_") for name in globals() if name.startswith("test_")]
    assert entries
    assert sorted(entries) == sorted(t for t in tests if t != "every_entry_of_the_page_has_a_test")


def test_later_writes_do_not_change_gradients(torch):
    def gradient(m):
        p = m.tensor([1.0, 2.0], requires_grad=True)
        loss = (p * p).sum()
        with m.no_grad():
            p.mul_(10)
        loss.backward()
        return p.grad.tolist()

    assert gradient(ravine) == [2.0, 4.0]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        gradient(torch)


def test_writes_to_data_do_not_change_gradients(torch):
    def gradient(m):
        p = m.tensor([1.0], requires_grad=True)
        loss = (p * p).sum()
        p.data.mul_(10)
        loss.backward()
        return p.grad.item()

    assert gradient(ravine) == 2.0
    assert gradient(torch) == 20.0


def test_a_write_may_read_its_own_target(torch):
    def shifted(m):
        x = m.tensor([1.0, 2.0, 3.0])
        x[1:] = x[:-1]
        return x.tolist()

    assert shifted(ravine) == [1.0, 1.0, 2.0]
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        shifted(torch)


def test_a_tensor_written_over_forgets_its_history(torch):
    def cleared(m):
        x = m.ones(2, requires_grad=True)
        y = x * 2
        y.zero_()
        return y.requires_grad

    assert not cleared(ravine)
    assert cleared(torch)


def test_a_detached_handle_stays_detached(torch):
    def written(m):
        x = m.zeros(2)
        d = x.detach()
        d.add_(m.ones(2, requires_grad=True))
        return d.requires_grad, x.requires_grad, x.tolist()

    assert written(ravine) == (False, False, [1.0, 1.0])
    assert written(torch) == (True, False, [1.0, 1.0])


def test_expanded_views_are_not_written(torch):
    def written(m):
        m.zeros(3).expand(1, 3).add_(1)

    written(torch)
    with pytest.raises(ravine.Error, match="expanded"):
        written(ravine)


def test_grad_leaves_every_grad_alone(torch):
    def filled(m):
        x = m.ones(2, requires_grad=True)
        y = x * 2
        y.retain_grad()
        m.autograd.grad((y * 3).sum(), x)
        return y.grad is not None

    assert not filled(ravine)
    assert filled(torch)


def test_layout_is_the_engines_affair(torch):
    def same(m):
        t = m.zeros(2, 3).T
        return t.is_contiguous(), t.contiguous() is t

    assert same(ravine) == (True, True)
    assert same(torch) == (False, False)


def test_reshape_is_always_a_view(torch):
    def written(m):
        x = m.zeros(2, 3)
        x.T.reshape(6).add_(1)
        return x.sum().item()

    assert written(ravine) == 6.0
    assert written(torch) == 0.0


def test_numpy_is_read_only(torch):
    def changed(m):
        t = m.zeros(2)
        a = t.numpy()
        t.add_(1)
        return a.flags.writeable, a.tolist()

    assert changed(ravine) == (False, [0.0, 0.0])
    assert changed(torch) == (True, [1.0, 1.0])
    source = np.zeros(2)
    t = ravine.from_numpy(source)
    source += 1
    assert t.tolist() == [0.0, 0.0]


def test_empty_is_zero():
    assert ravine.empty(1000).abs().sum().item() == 0


def test_gelu_of_minus_infinity(torch):
    assert ravine.gelu(ravine.tensor(-np.inf)).item() == 0
    assert np.isnan(torch.nn.functional.gelu(torch.tensor(-np.inf)).item())


def test_conditions_are_bool(torch):
    def chosen(m):
        return m.where(m.tensor([1, 0], dtype=m.uint8), m.zeros(2), m.ones(2)).tolist()

    with pytest.raises(ravine.Error):
        chosen(ravine)
    with pytest.warns(UserWarning, match="uint8"):
        assert chosen(torch) == [0.0, 1.0]


def test_unread_errors_do_not_raise():
    x, wrong = ravine.zeros(3), ravine.tensor([5]) + 0
    unread = x[wrong]
    del unread
    read = x[wrong]
    with pytest.raises(ravine.errors.IndexError):
        read.tolist()
