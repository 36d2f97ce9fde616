"""Another library may have set flush-to-zero on this thread: no number that comes in or goes out is lost."""

import struct

import pytest
import torch

import ravine

# Denormal in float32, in float64, and normal ones beside them.
SINGLE = [1e-40, -1e-40, 1.401298464324817e-45, 1.0]
DOUBLE = [1e-310, -5e-324, 1.0]
# Before anything is flushed: Python's own conversion flushes too.
ROUNDED = [struct.unpack("<f", struct.pack("<f", value))[0] for value in SINGLE]


@pytest.fixture
def flushing():
    if not torch.set_flush_denormal(True):
        pytest.fail("the processor cannot flush denormal numbers")
    yield
    torch.set_flush_denormal(False)


def bits(values):
    return [struct.pack("<d", value) for value in values]


def test_numbers_survive_creation_and_reading(flushing):
    rounded = ROUNDED
    x = ravine.tensor(SINGLE)
    y = ravine.tensor(DOUBLE, dtype=ravine.float64)
    assert bits(x.tolist()) == bits(rounded)
    assert bits(y.tolist()) == bits(DOUBLE)
    for i in range(len(SINGLE)):
        assert bits([x[i].item(), float(x[i])]) == bits([rounded[i]] * 2)
    for i in range(len(DOUBLE)):
        assert bits([y[i].item(), float(y[i])]) == bits([DOUBLE[i]] * 2)
    assert bits(ravine.full((1,), 1e-40).tolist()) == bits(rounded[:1])
    assert bits(ravine.tensor(DOUBLE, dtype=ravine.float64).to(ravine.float32).tolist()[2:]) == bits([1.0])
    assert bits(x.double().tolist()) == bits(rounded)
    assert bits(x.double().float().tolist()) == bits(rounded)
    assert ravine.tensor([6e-8], dtype=ravine.float16).tolist() == [2**-24]
    z = ravine.zeros(2)
    z[0] = 1e-40
    z[1:] = ravine.tensor([1e-40])
    assert bits(z.tolist()) == bits(rounded[:1] * 2)
    assert bits(ravine.tensor(ravine.tensor(SINGLE).numpy()).tolist()) == bits(rounded)


def test_comparisons_arithmetic_and_truth(flushing):
    x = ravine.tensor(SINGLE)
    y = ravine.tensor(DOUBLE, dtype=ravine.float64)
    assert (x != 0).tolist() == [True] * 4
    assert (y == 0).tolist() == [False] * 3
    assert (x > 0).tolist() == [True, False, True, True]
    assert (x == 1e-40).tolist() == [True, False, False, False]
    assert (y >= 1e-310).tolist() == [True, False, True]
    assert bool(x[0])
    assert bool(y[1])
    assert x.bool().all().item()
    assert x.nonzero().tolist() == [[0], [1], [2], [3]]
    assert (x * 1e38).tolist()[0] > 0
    assert (ravine.tensor([1e-20]) * 1e-20).item() > 0
    assert 1e-40 in x
    assert ravine.where(x > 0, 1e-40, 0.0).tolist()[0] > 0
    assert x.clamp(min=1e-40).tolist()[1] > 0


def test_print_and_format(flushing):
    torch.set_flush_denormal(False)
    plain = [
        repr(ravine.tensor(SINGLE)),
        repr(ravine.tensor(DOUBLE, dtype=ravine.float64)),
        repr(ravine.tensor(1e-40)),
    ]
    torch.set_flush_denormal(True)
    again = [
        repr(ravine.tensor(SINGLE)),
        repr(ravine.tensor(DOUBLE, dtype=ravine.float64)),
        repr(ravine.tensor(1e-40)),
    ]
    assert again == plain
    assert "9.9999e-41" in plain[0]
    assert "1.0000e-310" in plain[1]
    assert f"{ravine.tensor([1e-40]):.1e}" == "1.0e-40"


def test_the_state_of_the_thread_is_left_as_it_was(flushing):
    ravine.tensor(SINGLE).tolist()
    assert torch.tensor([1e-20]).mul(1e-20).item() == 0.0
