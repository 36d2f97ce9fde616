"""DLPack both ways with NumPy and torch: values, sharing, who may write, and that nothing leaks."""

import gc
import weakref

import numpy as np
import pytest

import ravine
from ravine import _core

SHAPES = [(), (0,), (1,), (3,), (2, 3), (0, 4), (2, 1, 5)]
NUMPY = ["bool", "uint8", "int32", "int64", "float16", "float32", "float64"]


def tensors(name):
    """Tensors of many shapes and layouts."""
    for shape in SHAPES:
        count = int(np.prod(shape))
        t = ravine.from_numpy((np.arange(count) % 3).reshape(shape)).to(getattr(ravine, name))
        yield t
        if len(shape) > 1:
            yield t.transpose(0, -1)
            yield t[:, ::2]
            yield t.flip(0)
        elif count > 1:
            yield t.expand(2, count)
            yield t.flip(0)


def as_numpy(t):
    return t.float().numpy() if t.dtype is ravine.bfloat16 else t.numpy()


@pytest.mark.parametrize("name", NUMPY)
def test_to_numpy(name):
    for t in tensors(name):
        a = np.from_dlpack(t)
        assert a.dtype == t.numpy().dtype
        assert a.shape == tuple(t.shape)
        np.testing.assert_array_equal(a, t.numpy())
        copied = np.from_dlpack(t, copy=True)
        np.testing.assert_array_equal(copied, t.numpy())
        if copied.flags.writeable:
            copied[...] = 1
        np.testing.assert_array_equal(a, t.numpy())


@pytest.mark.parametrize("name", NUMPY)
def test_from_numpy(name):
    for t in tensors(name):
        a = np.array(t)
        for view in (a, a.T, a[..., ::-1] if a.ndim else a):
            for copy in (None, True):
                taken = ravine.from_dlpack(view, copy=copy)
                assert taken.dtype.name == name
                np.testing.assert_array_equal(taken.numpy(), view)


@pytest.mark.parametrize("name", [*NUMPY, "bfloat16"])
def test_with_torch(torch, name):
    for t in tensors(name):
        for theirs in (torch.from_dlpack(t), torch.from_dlpack(t.clone(), copy=False)):
            assert str(theirs.dtype) == f"torch.{name}"
            assert tuple(theirs.shape) == tuple(t.shape)
            np.testing.assert_array_equal(theirs.double().numpy(), as_numpy(t))
        theirs = torch.from_dlpack(t)
        for strided in (theirs, theirs.mT if theirs.ndim > 1 else theirs):
            ours = ravine.from_dlpack(strided)
            assert ours.dtype is t.dtype
            np.testing.assert_array_equal(as_numpy(ours), strided.double().numpy())
            np.testing.assert_array_equal(as_numpy(ravine.tensor(strided)), strided.double().numpy())


def test_what_torch_writes_does_not_reach_the_tensor(torch):
    t = ravine.arange(4.0)
    theirs = torch.from_dlpack(t)
    theirs += 1
    assert t.tolist() == [0, 1, 2, 3]


def test_numpy_reads_the_memory_itself_and_may_not_write():
    t = ravine.arange(1000.0)
    a = np.from_dlpack(t)
    assert a.ctypes.data == t.data_ptr()
    with pytest.raises(ValueError, match="read-only"):
        a[0] = 1


def test_exported_memory_is_not_written_in_place():
    t = ravine.arange(1000.0)
    a = np.from_dlpack(t)
    address = t.data_ptr()
    t += 1
    assert t.tolist()[:2] == [1, 2]
    assert a[:2].tolist() == [0, 1]
    assert t.data_ptr() != address
    del a
    address = t.data_ptr()
    t += 1
    assert t.tolist()[:2] == [2, 3]
    assert t.data_ptr() == address


def test_what_may_change_is_copied():
    a = np.zeros(1000)
    t = ravine.from_dlpack(a)
    frozen = a.view()
    frozen.flags.writeable = False
    u = ravine.from_dlpack(frozen)  # read-only, but a view of what can be written
    a += 1
    assert t.sum().item() == 0
    assert u.sum().item() == 0


def test_read_only_and_handed_over_memory_is_shared():
    a = np.zeros(1000)
    shared = ravine.from_dlpack(a, copy=False)
    assert shared.data_ptr() == a.ctypes.data
    a.flags.writeable = False
    assert ravine.from_dlpack(a).data_ptr() == a.ctypes.data
    assert ravine.from_dlpack(a, copy=True).data_ptr() != a.ctypes.data
    own = ravine.arange(1000.0)
    assert ravine.from_dlpack(own).data_ptr() == own.data_ptr()


def test_shared_memory_is_never_written():
    a = np.zeros(1000)
    t = ravine.from_dlpack(a, copy=False)
    t += 1
    assert t.sum().item() == 1000
    assert a.sum() == 0


class Source:
    """Lends an array's memory, and can be watched."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class Watched(np.ndarray):
    """An array that weak references can point to."""


def watched():
    a = np.zeros(1000).view(Watched)
    return a, weakref.ref(a)


def test_shared_memory_goes_back():
    a, alive = watched()
    t = ravine.from_dlpack(a, copy=False)
    u = t[:10] * 2
    del a, t
    gc.collect()
    assert alive() is not None
    u.tolist()
    del u
    ravine.eval(ravine.zeros(1) + 1)  # at the next call into the engine
    gc.collect()
    assert alive() is None


def test_a_copy_does_not_hold_its_source():
    a, alive = watched()
    t = ravine.from_dlpack(a)
    del a
    ravine.eval(ravine.zeros(1) + 1)
    gc.collect()
    assert alive() is None
    assert t.sum().item() == 0


@pytest.mark.parametrize("version", [None, (1, 0)])
def test_a_dropped_capsule_frees_its_memory(version):
    def live():
        return _core.stats_table()["bytes_live"]

    t = ravine.arange(100_000.0)
    t.tolist()
    capsule = t.__dlpack__(max_version=version, copy=None)
    used = t.__dlpack__(max_version=version, copy=None)
    taken = ravine.from_dlpack(used)
    before = live()
    del t, capsule
    with pytest.raises(BufferError, match="used before"):
        ravine.from_dlpack(used)
    del used, taken
    ravine.eval(ravine.zeros(1) + 1)
    assert live() <= before - 400_000


def test_many_capsules_leak_nothing():
    def round_trips():
        for _ in range(50):
            t = ravine.arange(10_000.0)
            np.from_dlpack(t)
            ravine.from_dlpack(t.__dlpack__())
            t.__dlpack__(max_version=(1, 0))
        ravine.zeros(1).tolist()
        return _core.stats_table()["bytes_live"]

    first = round_trips()
    assert round_trips() <= first + 1000


def test_refusals():
    t = ravine.ones(3)
    with pytest.raises(BufferError, match=r"requires a gradient.*detach"):
        np.from_dlpack(ravine.ones(3, requires_grad=True))
    with pytest.raises(BufferError, match="stream=None"):
        t.__dlpack__(stream=1)
    with pytest.raises(BufferError, match="not on device"):
        t.__dlpack__(dl_device=(2, 0))
    with pytest.raises(BufferError, match="copy=False"):
        t.__dlpack__(copy=False)
    with pytest.raises(TypeError, match="unknown argument 'cpy'"):
        t.__dlpack__(cpy=False)  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError, match=r"list has no __dlpack__.*ravine.tensor"):
        ravine.from_dlpack([1, 2])
    with pytest.raises(TypeError, match="no dtype for elements"):
        ravine.from_dlpack(np.zeros(2, np.complex64))
    assert t.__dlpack_device__() == (1, 0)


def test_another_device_is_refused():
    class Elsewhere(Source):
        def __dlpack_device__(self):
            return (2, 0)

    with pytest.raises(BufferError, match="Move them to the CPU"):
        ravine.from_dlpack(Elsewhere(np.zeros(2)))


def test_old_producers_that_know_no_options():
    class Old(Source):
        def __dlpack__(self, stream=None):
            return self.array.__dlpack__()

    assert ravine.from_dlpack(Old(np.arange(3))).tolist() == [0, 1, 2]
