"""Strides, storages, and forms in place of views, against torch."""

import numpy as np
import pytest
import torch

import ravine as rv

pytestmark = pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
LIBRARIES = (torch, rv)

VIEWS = [
    "x",
    "x.T",
    "x[1]",
    "x[:, 1:]",
    "x[::2, 1]",
    "x.unsqueeze(1)",
    "x.reshape(4, 3)",
    "x.transpose(0, 1)[1:]",
    "x.view(2, 2, 3).permute(2, 0, 1)",
    "x[None, 0].expand(5, 4)",
    "x.diagonal()",
    "x.flatten()[3:7]",
    "x[1:, 2:].T",
]


@pytest.mark.parametrize("text", VIEWS)
def test_strides_are_those_of_a_row_major_base(text):
    seen = []
    for m in LIBRARIES:
        view = eval(text, {"x": m.arange(12).reshape(3, 4).clone()})
        seen.append((view.stride(), view.storage_offset(), view.dim_order(), view.storage().tolist()))
        assert view.untyped_storage().nbytes() == 12 * 8
        assert [view.stride(d) for d in range(view.ndim)] == list(view.stride())
    if "expand" in text or "diagonal" in text:
        # What is not written through is a copy, or shows one element at many places.
        seen = [(s[0][-1],) for s in seen] if "diagonal" not in text else [0, 0]
    assert seen[0] == seen[1]


#: Forms in place, on a tensor of shape (2, 1, 3).
FORMS = [
    "x.squeeze_()",
    "x.squeeze_(1)",
    "x.squeeze_(0)",
    "x.unsqueeze_(0)",
    "x.unsqueeze_(-1)",
    "x.transpose_(0, 2)",
    "x.swapaxes_(0, 1)",
    "x.swapdims_(-1, 0)",
    "x.squeeze_(1).t_()",
    "x.detach_()",
    "x.as_strided_((3,), (2,))",
    "x.set_(m.ones(4))",
    "x.set_(m.arange(6.0), 2, (2, 2), (2, 1))",
    "x.set_()",
]


@pytest.mark.parametrize("text", FORMS)
def test_views_in_place(text):
    """They return the tensor itself, whose later writes go where torch's go."""
    seen = []
    for m in LIBRARIES:
        base = m.arange(12.0)
        x = base[:6].view(2, 1, 3) if "detach" not in text else m.arange(6.0).view(2, 1, 3).clone()
        earlier = x[0]
        assert eval(text, {"m": m, "x": x}) is x
        if "as_strided" not in text:
            x.mul_(10)
        seen.append((tuple(x.shape), x.tolist(), earlier.tolist(), base.tolist()))
    assert seen[0] == seen[1]


def test_a_base_that_turns_keeps_its_views():
    seen = []
    for m in LIBRARIES:
        x = m.arange(6.0).reshape(2, 3).clone()
        row = x[1]
        x.t_()
        row.fill_(9)
        x[0, 0] = 7
        seen.append((x.tolist(), row.tolist(), tuple(x.shape)))
    assert seen[0] == seen[1]


def test_gradients_go_through():
    seen = []
    for m in LIBRARIES:
        w = m.arange(6.0, requires_grad=True)
        y = (w * w).reshape(2, 3)
        y.t_().unsqueeze_(0)
        y.mul_(2)
        (y[0, 1] * m.tensor([1.0, 3.0])).sum().backward()
        seen.append(w.grad.tolist())
        leaf = m.ones(2, 3, requires_grad=True)
        with pytest.raises(RuntimeError, match="leaf"):
            leaf.t_()
        with m.no_grad():
            leaf.t_()
        assert (tuple(leaf.shape), leaf.requires_grad, leaf.is_leaf) == ((3, 2), True, True)
    assert seen[0] == seen[1]


def test_detach_in_place():
    for m in LIBRARIES:
        w = m.ones(2, requires_grad=True)
        y = w * 2
        y.detach_()
        assert (y.requires_grad, y.is_leaf, y.tolist()) == (False, True, [2.0, 2.0])
        w.detach_()
        assert not w.requires_grad


def test_resize():
    seen = []
    for m in LIBRARIES:
        x = m.arange(6.0)
        assert x.resize_(2, 2) is x
        assert tuple(m.ones(2).resize_((3, 1)).shape) == (3, 1)
        assert tuple(m.ones(2).resize_as_(m.ones(2, 5)).shape) == (2, 5)
        seen.append(x.tolist())
        with pytest.raises(RuntimeError):
            m.ones(2, requires_grad=True).resize_(3)
    assert seen[0] == seen[1]


def test_element_by_element():
    seen = []
    for m in LIBRARIES:
        x, y, z = m.arange(3.0), m.ones(3), m.full((3,), 2.0)
        x.apply_(lambda a: a * a + 1)
        x.map_(y, lambda a, b: a - b)
        x.map2_(y, z, lambda a, b, c: a * b + c)
        seen.append(x.tolist())
    assert seen[0] == seen[1]


def test_facts():
    for m in LIBRARIES:
        x = m.arange(6.0).reshape(2, 3).clone()
        name = m.__name__
        assert x.type() == "torch.FloatTensor"
        assert x.long().type() == "torch.LongTensor"
        assert x.type(f"{name}.DoubleTensor").dtype is m.float64
        assert x.type(m.int32).dtype is m.int32
        assert x.type_as(m.ones(1, dtype=m.int64)).dtype is m.int64
        assert x.H.tolist() == x.adjoint().tolist() == x.mT.tolist() == x.mH.tolist()
        assert (x.ndimension(), x.name, x.output_nr) == (2, None, 0)
        assert x.layout is m.strided
        assert not any(
            (
                x.is_sparse,
                x.is_quantized,
                x.is_mps,
                x.is_xpu,
                x.is_complex(),
                x.is_conj(),
            )
        )
        assert not any((x.is_shared(), x.is_pinned(), x.is_inference(), x.is_neg()))
        assert x.is_signed()
        assert not x.byte().is_signed()
        assert x.is_same_size(x * 2)
        assert not x.is_same_size(x.T)
        assert m.ones(1).is_nonzero()
        assert not m.is_nonzero(m.zeros(1, 1))
        with pytest.raises(RuntimeError, match=r"ambiguous|elements"):
            x.is_nonzero()
        assert x.T._base is not None
        assert x._base is None
        assert x.is_set_to(x)
        assert x.is_set_to(x.view(2, 3))
        assert not x.is_set_to(x.clone())
        assert x.storage().data_ptr() == x[1].storage().data_ptr() != x.clone().storage().data_ptr()
        assert tuple(x.new(2, 3).shape) == (2, 3)
        assert x.new([1, 2]).tolist() == [1.0, 2.0]
        assert x.new().numel() == 0
        assert x.share_memory_() is x
        assert x.conj().tolist() == x.resolve_conj().tolist() == x.real.tolist() == x.tolist()
        assert m.isreal(x).all()
        x.storage()[1] = 50
        assert x[0, 1] == 50
        np.testing.assert_array_equal(x.untyped_storage().tolist()[:4], [0, 0, 0, 0])
