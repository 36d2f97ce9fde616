"""Integer tensors beside Python numbers: what does not fit raises or counts as the number that it is, and
nothing is rounded on the way. Python's own integers are the truth."""

import math
import operator
import re
from typing import Any

import numpy as np
import pytest

import ravine as rv

RANGES = {
    "uint8": (0, 2**8 - 1),
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
}


def wrapped(number, dtype):
    low, high = RANGES[dtype]
    return (number - low) % (high - low + 1) + low


def fillings(dtype, number):
    """Every way to make or fill a tensor of two elements with a number."""
    own = getattr(rv, dtype)
    zeros = rv.zeros(2, dtype=own)
    mask, places = rv.tensor([True, True]), rv.tensor([0, 1])

    def assigned(key):
        x = zeros.clone()
        x[key] = number
        return x

    return {
        "tensor": lambda: rv.tensor([number, number], dtype=own),
        "tensor of a number": lambda: rv.tensor(number, dtype=own).expand(2),
        "tensor of arrays": lambda: rv.tensor(np.asarray(number), dtype=own).expand(2),
        "full": lambda: rv.full((2,), number, dtype=own),
        "full_like": lambda: rv.full_like(zeros, number),
        "new_full": lambda: zeros.new_full((2,), number),
        "new_tensor": lambda: zeros.new_tensor([number, number]),
        "fill_": lambda: zeros.clone().fill_(number),
        "copy_": lambda: zeros.clone().copy_(number),
        "masked_fill": lambda: zeros.masked_fill(mask, number),
        "masked_fill_": lambda: zeros.clone().masked_fill_(mask, number),
        "index_fill": lambda: zeros.index_fill(0, places, number),
        "index_put": lambda: rv.index_put(zeros, [places], number),
        "setitem": lambda: assigned(slice(None)),
        "setitem by index": lambda: assigned(places),
        "setitem by mask": lambda: assigned(mask),
        "pad": lambda: rv.pad(zeros[:0], (1, 1), value=number),
    }


def integer_fillings(dtype, number):
    """Those whose result would be float with a float."""
    own = getattr(rv, dtype)
    zeros, mask = rv.zeros(2, dtype=own), rv.tensor([True, True])

    def assigned():
        x = zeros.clone()
        x[:] = [number, number]
        return x

    return {
        "where": lambda: rv.where(mask, number, zeros),
        "scatter": lambda: zeros.scatter(0, rv.tensor([0, 1]), number),
        "maximum": lambda: rv.maximum(rv.full((2,), RANGES[dtype][0], dtype=own), number),
        "clamp": lambda: rv.full((2,), RANGES[dtype][0], dtype=own).clamp(min=number),
        "setitem of a list": assigned,
    }


def refusal(call):
    """What the ValueError of a call says; nothing if there was none."""
    try:
        call()
    except ValueError as error:
        return str(error)
    return ""


def test_creation_and_filling():
    for dtype, (low, high) in RANGES.items():
        for number in (low, high, 1, low + 1):
            for form, make in (fillings(dtype, number) | integer_fillings(dtype, number)).items():
                got = make()
                assert got.dtype.name == dtype, (form, dtype)
                assert got.tolist() == [number, number], (form, dtype, number)
        # A fraction is dropped, as by int().
        for number in (1.5, 0.99, 3.0, low + 0.5 if low else 0.5):
            for form, make in fillings(dtype, number).items():
                assert make().tolist() == [int(number)] * 2, (form, dtype, number)
        for number in (low - 1, high + 1, 2**63, -(2**63) - 1, 2**64, 2**70):
            forms = fillings(dtype, number) | integer_fillings(dtype, number)
            if np.asarray(number).dtype != np.int64:
                del forms["tensor of arrays"]  # of dtypes that do not exist here
            if number < low:
                del forms["clamp"]  # no bound at all
            for form, make in forms.items():
                assert re.search(f"is no value of ({dtype}|int64)", refusal(make)), (form, dtype, number)
        for number in (math.inf, -math.inf, math.nan, 2.0**63, 1e30, float(low) * 1.5 - 1.5):
            for form, make in fillings(dtype, number).items():
                assert f"is no value of {dtype}" in refusal(make), (form, dtype, number)


def test_numbers_beyond_int64():
    with pytest.raises(ValueError, match="9223372036854775808 is no value of int64"):
        rv.tensor([2**63])
    for number in (np.uint64(2**63), 2**63, -(2**63) - 1):
        with pytest.raises(ValueError, match="is no value of int64"):
            rv.tensor(number)
    assert rv.tensor([2**63], dtype=rv.float64).tolist() == [2.0**63]
    assert rv.tensor([2**63, 0.5]).tolist() == [2.0**63, 0.5]
    assert (rv.ones(1) + 2**64).tolist() == [2.0**64]
    with pytest.raises(ValueError, match="add: 9223372036854775808 is no value of int64"):
        rv.add(rv.tensor([1]), 2**63)
    with pytest.raises(IndexError):
        rv.ones(3)[2**64]


RELATIONS: tuple[Any, ...] = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)


def test_comparisons_compare_the_numbers():
    """Python compares integers with floats exactly."""
    compared = 0
    for dtype, (low, high) in (RANGES | {"bool": (0, 1)}).items():
        elements = sorted(
            {low, low + 1, 0, 1, min(10, high), high - 1, high, min(2**24 + 1, high), min(2**53 + 1, high)}
        )
        x = rv.tensor(elements, dtype=getattr(rv, dtype))
        numbers: list[Any] = [low - 1, high + 1, 256, 266, 2**64, -(2**64), 2**53 + 1, *elements]
        numbers += [
            math.inf,
            -math.inf,
            math.nan,
            0.5,
            -0.5,
            10.5,
            2.0**24,
            2.0**53,
            2.0**63,
            -(2.0**63),
            float(high),
        ]
        numbers += [np.float32(10.5), np.int64(high), np.uint8(255), True]
        for number in numbers:
            plain: Any = number.item() if isinstance(number, np.generic) else number
            for relation in RELATIONS:
                want = [relation(e, plain) for e in x.tolist()]
                got = relation(x, number)
                assert got.dtype is rv.bool
                assert got.tolist() == want, (dtype, relation.__name__, number)
                function = getattr(rv, relation.__name__)
                assert function(x, plain).tolist() == want, (dtype, relation.__name__, number)
                if not isinstance(number, np.generic):
                    mirrored = [relation(plain, e) for e in x.tolist()]
                    assert relation(number, x).tolist() == mirrored, (dtype, relation.__name__, number)
                compared += len(want)
                if isinstance(plain, int) and -(2**63) <= plain < 2**63:
                    # So do tensors without dimensions, whose dtype does not count in arithmetic.
                    assert relation(x, rv.tensor(int(plain))).tolist() == want, (dtype, number)
    assert compared > 5000


def test_comparisons_of_floats_round_the_number(torch):
    """To the tensor's dtype, as if it were stored there: x.fill_(c) == c."""
    numbers = (0.1, 1 / 3, 1e9, 65519.9, 65520.0, 2**24 + 1, 2**64, -0.1, math.inf, math.nan, 7)
    for dtype in ("float16", "bfloat16", "float32", "float64"):
        for number in numbers:
            x, t = (
                m.full((2,), number, dtype=getattr(m, dtype))
                if m is rv
                else m.tensor([number] * 2, dtype=getattr(m, dtype))
                for m in (rv, torch)
            )
            for relation in RELATIONS:
                if abs(number) < 2**63 or math.isnan(number) or math.isinf(number):
                    want = relation(t, number).tolist()
                    assert relation(x, number).tolist() == want, (dtype, relation.__name__, number)
                    assert relation(number, x).tolist() == relation(number, t).tolist()
                else:
                    assert (x == number).all()


def test_arithmetic_wraps_results_alone():
    """A number that the dtype does not hold takes part as it is; the result wraps, as all integers do."""
    shift = {
        operator.lshift: lambda a, b: a << min(b, 64),
        operator.rshift: lambda a, b: a >> min(b, 64),
    }
    operations = [operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod]
    operations += [operator.and_, operator.or_, operator.xor]
    for dtype, (low, high) in RANGES.items():
        if dtype == "int64":
            continue
        elements = sorted({low, low + 1, 0, 1, 3, 10, high - 1, high})
        x = rv.tensor(elements, dtype=getattr(rv, dtype))
        for number in (300, -1, 256, -300, 2**31, 2**40 + 7, -(2**40), high + 1, low - 1, 5):
            for operation in operations:
                want = [wrapped(operation(e, number), dtype) for e in elements]
                for other in (number, rv.tensor(number)):
                    got = operation(x, other)
                    assert got.dtype.name == dtype
                    assert got.tolist() == want, (dtype, operation.__name__, number)
                y = x.clone()
                getattr(operator, "i" + operation.__name__.strip("_"))(y, number)
                assert y.tolist() == want, (dtype, operation.__name__, number)
            for operation in (operator.add, operator.sub, operator.mul):
                mirrored = [wrapped(operation(number, e), dtype) for e in elements]
                assert operation(number, x).tolist() == mirrored, (dtype, operation.__name__, number)
        for places in (256, 257, 300, 2**40):
            for operation, truth in shift.items():
                want = [wrapped(truth(e, places), dtype) for e in elements]
                assert operation(x, places).tolist() == want, (dtype, operation.__name__, places)


def test_clamp_clamps():
    for dtype, (low, high) in RANGES.items():
        elements = sorted({low, low + 1, 0, 1, 10, high - 1, high})
        x = rv.tensor(elements, dtype=getattr(rv, dtype))
        for least in (None, low - 1, low - 300, -(2**70), low, 3):
            for most in (None, high + 1, high + 300, 2**70, high, 9):
                if least is None and most is None:
                    continue
                want = [
                    min(max(e, low if least is None else least), high if most is None else most)
                    for e in elements
                ]
                got = x.clamp(least, most)
                assert got.dtype.name == dtype
                assert got.tolist() == want, (dtype, least, most)
                assert x.clone().clamp_(least, most).tolist() == want, (dtype, least, most)
        for call in (lambda x, high=high: x.clamp(min=high + 1), lambda x, low=low: x.clamp(max=low - 1)):
            with pytest.raises(ValueError, match=f"clamp: .* is no value of {dtype}"):
                call(x)


def test_bounds_of_nan():
    """As torch: a bound of NaN gives NaN."""
    nan = math.nan
    for x in (rv.ones(2), rv.ones(2, dtype=rv.float16), rv.ones(2, dtype=rv.float64), rv.tensor([1, 2])):
        for bounds in (
            (nan, None),
            (None, nan),
            (nan, 3),
            (0, nan),
            (rv.tensor(nan), None),
            (None, rv.tensor([nan, nan])),
        ):
            assert all(math.isnan(v) for v in x.clamp(*bounds).tolist()), (x.dtype, bounds)
    mixed = rv.ones(2).clamp(min=rv.tensor([nan, 5.0]))
    assert math.isnan(mixed[0].item())
    assert mixed[1].item() == 5
    assert math.isnan(rv.tensor(nan).clamp(0, 1).item())


EXACT = [2**24 + 1, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), -(2**24) - 1, 0, 7]


def test_integers_stay_exact():
    """Nothing goes through a float, whatever it does to an integer."""
    x = rv.tensor(EXACT)
    for name in ("round", "ceil", "floor", "trunc", "clone", "positive"):
        got = getattr(rv, name)(x)
        assert got.dtype is rv.int64, name
        assert got.tolist() == EXACT, name
    assert rv.sign(x).tolist() == [(e > 0) - (e < 0) for e in EXACT]
    assert rv.abs(x).tolist() == [wrapped(abs(e), "int64") for e in EXACT]
    assert rv.neg(x).tolist() == [wrapped(-e, "int64") for e in EXACT]
    assert rv.square(x).tolist() == [wrapped(e * e, "int64") for e in EXACT]
    assert rv.sort(x)[0].tolist() == sorted(EXACT)
    assert rv.amax(x).item() == max(EXACT)
    assert rv.amin(x).item() == min(EXACT)
    assert x.max().item() == max(EXACT)
    assert rv.topk(x, 3)[0].tolist() == sorted(EXACT)[:-4:-1]
    assert rv.median(x).item() == sorted(EXACT)[3]
    assert x.sum().item() == wrapped(sum(EXACT), "int64")
    assert x.prod().item() == wrapped(math.prod(EXACT), "int64")
    assert x.cumsum(0).tolist() == [wrapped(sum(EXACT[: i + 1]), "int64") for i in range(len(EXACT))]
    assert x.cumprod(0).tolist() == [wrapped(math.prod(EXACT[: i + 1]), "int64") for i in range(len(EXACT))]
    for other in (3, -3, 2**31 + 1):
        assert rv.floor_divide(x, other).tolist() == [e // other for e in EXACT]
        assert rv.remainder(x, other).tolist() == [e % other for e in EXACT]
        assert rv.fmod(x, other).tolist() == [
            e - other * (abs(e) // abs(other)) * (1 if (e < 0) == (other < 0) else -1) for e in EXACT
        ]
        assert rv.maximum(x, rv.tensor(other)).tolist() == [max(e, other) for e in EXACT]
        assert rv.clamp(x, -7, 2**53 + 1).tolist() == [min(max(e, -7), 2**53 + 1) for e in EXACT]
    assert x.masked_fill(x == 7, 1.5).tolist() == [1 if e == 7 else e for e in EXACT]
    assert rv.where(x > 0, x, 0).tolist() == [max(e, 0) for e in EXACT]
    assert rv.unique(x).tolist() == sorted(EXACT)
    assert rv.cat([x, x]).tolist() == EXACT * 2
    assert x.flip(0).tolist() == EXACT[::-1]
    assert rv.searchsorted(rv.sort(x)[0], x).tolist() == [sorted(EXACT).index(e) for e in EXACT]


def test_powers():
    """As torch: a negative number as an integer's exponent raises, negative elements round towards 0."""
    for dtype in (rv.uint8, rv.int8, rv.int32, rv.int64, rv.bool):
        for name, call in (
            ("pow", lambda x: x**-1),
            ("pow", lambda x: rv.pow(x, -2)),
            ("pow_", lambda x: x.clone().pow_(-1)),
        ):
            with pytest.raises(ValueError, match=f"^{name}: an integer tensor has no power of -"):
                call(rv.tensor([1, 1], dtype=dtype))
    assert (rv.tensor([2, 1, -1, -3]) ** rv.tensor([-1, -2, -3, -1])).tolist() == [0, 1, -1, 0]
    assert (2 ** rv.tensor([-1, 3])).tolist() == [0, 8]
    assert (rv.tensor([2, 4]) ** -1.0).tolist() == [0.5, 0.25]
    assert (rv.tensor([2.0, 4.0]) ** -1).tolist() == [0.5, 0.25]
    assert (rv.tensor([10, 200], dtype=rv.uint8) ** 300).tolist() == [pow(10, 300, 256), pow(200, 300, 256)]
    two = rv.tensor([True, False]) ** 2
    assert two.dtype is rv.int64
    assert two.tolist() == [1, 0]


def test_reductions_in_a_dtype(torch):
    """The dtype asked for is that of the elements and of the result."""
    data = {
        "uint8": [10, 200, 250],
        "int64": [2**31, -5, 300],
        "float32": [1.5, 1.5, -2.75],
        "bool": [True, True, False],
    }
    compared = 0
    for source, values in data.items():
        x, t = (
            rv.tensor(values, dtype=getattr(rv, source)),
            torch.tensor(values, dtype=getattr(torch, source)),
        )
        for target in ("uint8", "int8", "int16", "int32", "int64", "float32", "float64", "bool"):
            if source == "float32" and target == "uint8":
                continue  # a negative float as uint8 means nothing
            for name, args in (
                ("sum", ()),
                ("sum", (0,)),
                ("prod", ()),
                ("prod", (0,)),
                ("cumsum", (0,)),
                ("cumprod", (0,)),
                ("nansum", ()),
                ("mean", ()),
            ):
                if name in ("cumprod", "cumsum", "nansum", "prod") and target == "bool":
                    continue  # torch has no such kernels
                if name == "mean" and target not in ("float32", "float64"):
                    with pytest.raises(TypeError):
                        x.mean(dtype=getattr(rv, target))
                    continue
                got = getattr(x, name)(*args, dtype=getattr(rv, target))
                want = getattr(t, name)(*args, dtype=getattr(torch, target))
                assert got.dtype.name == target, (name, source, target)
                assert got.tolist() == want.tolist(), (name, source, target)
                compared += 1
    assert compared > 150


def test_numbers_of_tensors():
    """`int` is Python's own."""
    with pytest.raises(OverflowError):
        int(rv.tensor(math.inf))
    with pytest.raises(OverflowError):
        int(rv.tensor(-math.inf))
    with pytest.raises(ValueError, match="NaN"):
        int(rv.tensor(math.nan))
    for number in (1e30, -1e30, 1.75, -1.75, 2.0**63):
        t = rv.tensor(number, dtype=rv.float64)
        assert int(t) == int(number)
        assert type(int(t)) is int
    assert int(rv.tensor(2**63 - 1)) == 2**63 - 1
    assert int(rv.tensor(True)) == 1
    x = rv.tensor([1.0, 2.0, 3.0])
    assert x[rv.tensor(1) :].tolist() == [2, 3]
    for bound in (1.5, math.inf, True):
        with pytest.raises(TypeError, match="it must hold an integer"):
            x[rv.tensor(bound) :]


def test_random_integers():
    for dtype, (low, high) in RANGES.items():
        own = getattr(rv, dtype)
        zeros = rv.zeros(50, dtype=own)
        last = min(high + 1, 2**63 - 1)
        for x in (
            rv.randint(low, last, (50,), dtype=own),
            rv.randint_like(zeros, low, last),
            zeros.clone().random_(low, last),
        ):
            assert x.dtype is own
            assert all(low <= e <= high for e in x.tolist())
        if dtype == "int64":
            continue
        for call in (
            lambda own=own, high=high: rv.randint(0, high + 2, (5,), dtype=own),
            lambda own=own, low=low: rv.randint(low - 1, 1, (5,), dtype=own),
            lambda zeros=zeros, high=high: rv.randint_like(zeros, 0, high + 2),
            lambda zeros=zeros, high=high: zeros.clone().random_(0, high + 2),
        ):
            with pytest.raises(ValueError, match=f"is no value of {dtype}"):
                call()
    with pytest.raises(ValueError, match="256 is no value of uint8"):
        rv.randperm(257, dtype=rv.uint8)
    assert sorted(rv.randperm(256, dtype=rv.uint8).tolist()) == list(range(256))
    with pytest.raises(ValueError, match="299 is no value of uint8"):
        rv.tril_indices(300, 1, dtype=rv.uint8)
