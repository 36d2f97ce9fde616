"""The buffer protocol, NumPy's conversions, pickles and copies."""

import copy
import hashlib
import pickle

import numpy as np
import pytest

import ravine
from ravine import nn

NUMPY = ["bool", "uint8", "int32", "int64", "float16", "float32", "float64"]


def samples(name):
    dtype = getattr(ravine, name)
    yield ravine.tensor(1).to(dtype)
    yield ravine.zeros(0, 3, dtype=dtype)
    t = (ravine.arange(12) % 2).to(dtype).reshape(3, 4)
    yield from (t, t.T, t[:, 1::2], t[0].expand(2, 4), t.flip(1))


@pytest.mark.parametrize("name", NUMPY)
def test_buffer(name):
    for t in samples(name):
        expected = t.numpy()
        assert bytes(t) == expected.tobytes()
        view = memoryview(t)
        assert (view.shape, view.readonly, view.itemsize) == (expected.shape, True, t.itemsize)
        assert view.format == expected.data.format or t.dtype is ravine.int64
        np.testing.assert_array_equal(np.asarray(view), expected)
        # Consumers that know no strides get rows.
        assert hashlib.sha256(t).digest() == hashlib.sha256(expected.tobytes()).digest()


def test_buffer_holds_the_memory_and_the_values():
    t = ravine.arange(1000.0)
    view = memoryview(t)
    t += 1
    assert view[1] == 1
    assert t[1].item() == 2
    del t
    assert view[999] == 999
    with pytest.raises(TypeError, match="read-only"):
        view[0] = 1


def test_buffer_refusals():
    with pytest.raises(BufferError, match=r"requires a gradient.*detach"):
        memoryview(ravine.ones(2, requires_grad=True))
    with pytest.raises(BufferError, match="bfloat16"):
        memoryview(ravine.ones(2, dtype=ravine.bfloat16))


@pytest.mark.parametrize("name", NUMPY)
def test_numpy_conversions(name):
    for t in samples(name):
        shared = np.asarray(t)
        assert not shared.flags.writeable
        np.testing.assert_array_equal(shared, t.numpy())
        own = np.array(t, copy=True)
        assert own.flags.writeable
        assert np.array(t, copy=False).shape == tuple(t.shape)
        as_double = np.asarray(t, dtype="float64")
        assert as_double.dtype == np.float64
        np.testing.assert_array_equal(t.__array__(copy=True), own)
        if name != "float64":
            with pytest.raises(ValueError, match="copy"):
                np.array(t, dtype="float64", copy=False)
            with pytest.raises(ValueError, match="copy=None"):
                t.__array__("float64", copy=False)


def test_numpy_functions_take_tensors():
    t = ravine.arange(6.0).reshape(2, 3)
    assert np.sum(t) == 15
    assert np.stack([t, t]).shape == (2, 2, 3)
    with pytest.raises(RuntimeError, match=r"\.detach\(\)"):
        np.asarray(ravine.ones(2, requires_grad=True))
    with pytest.raises(TypeError, match=r"\.float\(\)"):
        np.asarray(ravine.ones(2, dtype=ravine.bfloat16))


def tensors():
    yield ravine.tensor(3)
    yield ravine.zeros(0, 3)
    yield ravine.ones(3, dtype=ravine.bfloat16)
    yield ravine.arange(6).reshape(2, 3).T
    yield ravine.ones(2, 3, requires_grad=True)
    yield nn.Parameter(ravine.arange(3.0))
    yield nn.Parameter(ravine.ones(2), requires_grad=False)
    yield nn.Buffer(ravine.ones(2), persistent=False)


def unpickled(x, protocol=pickle.DEFAULT_PROTOCOL):
    return pickle.loads(pickle.dumps(x, protocol))


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, unpickled])
def test_copies_of_tensors(duplicate):
    for t in tensors():
        made = duplicate(t)
        assert type(made) is type(t)
        assert (made.dtype, made.requires_grad, made.is_leaf) == (t.dtype, t.requires_grad, True)
        assert tuple(made.shape) == tuple(t.shape)
        assert made.tolist() == t.tolist()
        assert getattr(made, "persistent", None) == getattr(t, "persistent", None)


def test_every_pickle_protocol():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert unpickled(ravine.arange(3), protocol).tolist() == [0, 1, 2]


def test_deepcopy_as_torch(torch):
    def facts(m):
        w = m.ones(2, requires_grad=True)
        (w * w).sum().backward()
        twin = copy.deepcopy(w)
        with m.no_grad():
            twin.add_(1)
        try:
            copy.deepcopy(w * 2)
        except RuntimeError:
            refused = True
        else:
            refused = False
        pair = copy.deepcopy([w, w])
        return w.tolist(), twin.grad.tolist(), twin.grad is w.grad, refused, pair[0] is pair[1]

    assert facts(ravine) == facts(torch)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, unpickled])
def test_copies_of_modules(duplicate):
    ravine.manual_seed(0)
    tied = nn.Linear(4, 4)
    model = nn.Sequential(tied, nn.GELU(), nn.LayerNorm(4), tied)
    model[2].bias.requires_grad_(False)
    x = ravine.randn(2, 4)
    expected = model(x).tolist()
    made = duplicate(model)
    assert made(x).tolist() == expected
    assert made[0] is made[3]
    assert [n for n, _ in made.named_parameters()] == [n for n, _ in model.named_parameters()]
    assert [p.requires_grad for p in made.parameters()] == [p.requires_grad for p in model.parameters()]
    assert all(type(p) is nn.Parameter for p in made.parameters())
    if duplicate is not copy.copy:
        with ravine.no_grad():
            made[0].weight.zero_()
        assert model(x).tolist() == expected
    made(x).sum().backward()
    assert made[0].weight.grad is not None
