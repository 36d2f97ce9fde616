"""What scripts ask of dtypes, shapes and settings is what PyTorch answers."""

from __future__ import annotations

import itertools
import pickle

import pytest
import torch

import ravine

FLOATS = ("float16", "bfloat16", "float32", "float64")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
DTYPES = ("bool", *INTEGERS, *FLOATS)
LIBRARIES = (ravine, torch)


def name(dtype) -> str:
    return str(dtype).rpartition(".")[2]


@pytest.fixture(autouse=True)
def defaults():
    """Both libraries as they were."""
    yield
    for m in LIBRARIES:
        m.set_default_dtype(m.float32)
        m.set_printoptions(profile="default")


@pytest.mark.parametrize("dtype", FLOATS)
def test_finfo(dtype):
    ours, theirs = (m.finfo(getattr(m, dtype)) for m in LIBRARIES)
    for field in ("bits", "eps", "max", "min", "tiny", "smallest_normal", "resolution", "dtype"):
        assert getattr(ours, field) == getattr(theirs, field), field
    assert repr(ours) == repr(theirs)
    assert ours == ravine.finfo(getattr(ravine, dtype))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_iinfo(dtype):
    ours, theirs = (m.iinfo(getattr(m, dtype)) for m in LIBRARIES)
    for field in ("bits", "max", "min", "dtype"):
        assert getattr(ours, field) == getattr(theirs, field), field
    assert repr(ours) == repr(theirs)


def test_dtypes_combine():
    for a, b in itertools.product(DTYPES, DTYPES):
        kinds = [name(m.promote_types(getattr(m, a), getattr(m, b))) for m in LIBRARIES]
        assert kinds[0] == kinds[1], (a, b)
        can = [m.can_cast(getattr(m, a), getattr(m, b)) for m in LIBRARIES]
        assert can[0] == can[1], (a, b)
        for ranks in itertools.product((0, 1), (0, 1)):

            def mixed(m, a=a, b=b, ranks=ranks):
                x, y = (m.ones((2,) * r, dtype=getattr(m, d)) for d, r in zip((a, b), ranks, strict=True))
                return name(m.result_type(x, y))

            assert mixed(ravine) == mixed(torch), (a, b, ranks)
    for a, number in itertools.product(DTYPES, (True, 2, 2.5)):
        kinds = [name(m.result_type(m.ones(2, dtype=getattr(m, a)), number)) for m in LIBRARIES]
        assert kinds[0] == kinds[1], (a, number)
    for pair in itertools.product((True, 2, 2.5), (True, 2, 2.5)):
        assert name(ravine.result_type(*pair)) == name(torch.result_type(*pair)), pair


MADE = (
    "zeros(2)",
    "ones(2)",
    "empty(2)",
    "full((2,), 1.5)",
    "full((2,), 1)",
    "eye(2)",
    "rand(2)",
    "randn(2)",
    "linspace(0, 1, 3)",
    "logspace(0, 1, 3)",
    "arange(3)",
    "arange(3.0)",
    "tensor([1.0])",
    "tensor([1])",
    "tensor([True])",
    "tensor([])",
    "as_tensor([1.5])",
    "scalar_tensor(2)",
    "normal(0.0, 1.0, (2,))",
    "Tensor(2)",
    "Tensor([1, 2])",
    "tensor([1]) / 2",
    "tensor([1]) * 1.5",
    "tensor([1]).sqrt()",
    "nn.Linear(2, 2).weight",
    "nn.Embedding(2, 2).weight",
)


@pytest.mark.parametrize("default", FLOATS)
def test_the_default_dtype(default):
    for m in LIBRARIES:
        m.set_default_dtype(getattr(m, default))
        assert m.get_default_dtype() is getattr(m, default)
    for code in MADE:
        kinds = [name(eval(f"m.{code}", {"m": m}).dtype) for m in LIBRARIES]
        assert kinds[0] == kinds[1], code
    x = [m.tensor([0.25, 3.0]) for m in LIBRARIES]
    assert repr(x[0]) == repr(x[1])


def test_older_names_make_tensors():
    for kind in [
        "FloatTensor",
        "DoubleTensor",
        "HalfTensor",
        "BFloat16Tensor",
        "LongTensor",
        "IntTensor",
        "ShortTensor",
        "CharTensor",
        "ByteTensor",
        "BoolTensor",
    ]:
        for data in ((2, 3), ([1, 0],), ([[1, 2], [3, 0]],)):

            def made(m, kind=kind, data=data):
                t = getattr(m, kind)(*data)
                values = t.tolist() if isinstance(data[0], list) else None
                return tuple(t.shape), name(t.dtype), values, isinstance(t, getattr(m, kind)), t.type()

            assert made(ravine) == made(torch), (kind, data)
        half = ravine.ones(2, dtype=ravine.float16)
        assert isinstance(half, getattr(ravine, kind)) is (kind == "HalfTensor")
    x = ravine.ones(2)
    assert x.type("torch.LongTensor").dtype is ravine.int64
    assert x.type(ravine.FloatTensor) is x
    ravine.set_default_tensor_type("torch.DoubleTensor")
    assert ravine.zeros(1).dtype is ravine.float64
    ravine.set_default_tensor_type(ravine.FloatTensor)


def test_shapes():
    def asked(m):
        s = m.ones(2, 3, 4).shape
        return (
            s.numel(),
            s[1:].numel(),
            isinstance(s, m.Size),
            isinstance(s[:2], m.Size),
            isinstance(s + s, m.Size),
            isinstance(m.ones(2).size(), m.Size),
            tuple(s[::2]),
            s[-1],
            tuple(m.Size([5]) * 2),
            tuple(m.zeros(m.Size([2, 1])).shape),
            m.Size().numel(),
            s == (2, 3, 4),
            hash(s) == hash((2, 3, 4)),
            isinstance(pickle.loads(pickle.dumps(s)), m.Size),
        )

    assert asked(ravine) == asked(torch)


def test_shapes_broadcast():
    shapes = [(), (1,), (3,), (2, 1), (2, 3), (4, 1, 1), (0,), (2, 0)]
    for group in itertools.product(shapes, shapes):
        found = []
        for m in LIBRARIES:
            try:
                found.append(tuple(m.broadcast_shapes(*group)))
            except RuntimeError:
                found.append(None)
        assert found[0] == found[1], group
    assert tuple(ravine.broadcast_shapes(3, (2, 1))) == tuple(torch.broadcast_shapes(3, (2, 1)))


PRINTED = (
    "linspace(-1, 3, 7)",
    "tensor([1e-5, 1e3])",
    "arange(30).reshape(5, 6)",
    "arange(2000)",
    "ones(3, 3) / 3",
    "tensor(0.125)",
)


@pytest.mark.parametrize(
    "options",
    [
        {"precision": 2},
        {"sci_mode": True},
        {"sci_mode": False},
        {"profile": "short"},
        {"threshold": 5},
        {"edgeitems": 1, "threshold": 3},
        {"linewidth": 40},
        {"precision": 6, "linewidth": 60, "sci_mode": False},
    ],
)
def test_print_options(options):
    for m in LIBRARIES:
        m.set_printoptions(**options)
    for code in PRINTED:
        shown = [repr(eval(code, dict(vars(m), tensor=m.tensor, ones=m.ones))) for m in LIBRARIES]
        # An ellipsis on a line of its own is all that the layouts differ in.
        assert shown[0].split() == shown[1].split(), code


def test_typename_and_buffers():
    assert ravine.typename(ravine.ones(2)) == torch.typename(torch.ones(2))
    assert ravine.typename(3) == torch.typename(3)
    data = bytearray(range(32))
    for dtype in ("uint8", "int16", "float32", "int64", "bool", "bfloat16"):
        for options in ({}, {"count": 2}, {"offset": 8}, {"count": 1, "offset": 16}):
            ours, theirs = (m.frombuffer(data, dtype=getattr(m, dtype), **options) for m in LIBRARIES)
            assert repr(ours.tolist()) == repr(theirs.tolist()), (dtype, options)


def test_facts():
    for dtype in DTYPES:
        ours, theirs = (m.ones(1, dtype=getattr(m, dtype)) for m in LIBRARIES)
        for fact in ("is_signed", "is_complex", "is_conj", "is_neg", "is_inference", "is_nonzero"):
            assert getattr(ours, fact)() == getattr(theirs, fact)(), (dtype, fact)
            assert getattr(ravine, fact)(ours) == getattr(torch, fact)(theirs), (dtype, fact)
    assert [m.is_storage(m.ones(1)) for m in LIBRARIES] == [False, False]


def test_inference_mode_is_known():
    for m in LIBRARIES:
        with m.inference_mode():
            assert m.is_inference_mode_enabled()
            assert not m.is_grad_enabled()
            with m.inference_mode(False):
                assert not m.is_inference_mode_enabled()

        @m.inference_mode()
        def inside(m=m):
            return m.is_inference_mode_enabled()

        assert inside()
        assert not m.is_inference_mode_enabled()
        with m.inference_mode(False):
            assert m.is_grad_enabled()
