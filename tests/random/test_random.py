"""Random numbers: equal seeds give equal numbers, draws are independent, and transforms know about them."""

import threading

import numpy as np
import pytest
import scipy.stats

import ravine as rv
from ravine import func

DRAWS = {
    "rand": lambda: rv.rand(1000),
    "randn": lambda: rv.randn(33, 7),
    "randint": lambda: rv.randint(-5, 5, (100,)),
    "randperm": lambda: rv.randperm(50),
    "dropout": lambda: rv.dropout(rv.ones(100), 0.3),
    "uniform_": lambda: rv.zeros(10).uniform_(-1, 1),
    "normal_": lambda: rv.zeros(11, dtype=rv.float64).normal_(2, 3),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_equal_seeds_give_equal_numbers(draw):
    rv.manual_seed(3)
    first, second = draw().numpy(), draw().numpy()
    assert not np.array_equal(first, second)
    rv.manual_seed(3)
    np.testing.assert_array_equal(draw().numpy(), first)
    rv.manual_seed(4)
    assert not np.array_equal(draw().numpy(), first)


def test_a_draw_that_nobody_looks_at_counts():
    rv.manual_seed(0)
    rv.randn(5)
    looked = rv.rand(3)
    rv.manual_seed(0)
    rv.randn(5).numpy()
    np.testing.assert_array_equal(rv.rand(3).numpy(), looked.numpy())


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_change_nothing(threads):
    before = rv.get_num_threads()
    rv.set_num_threads(threads)
    try:
        rv.manual_seed(11)
        got = [
            rv.rand(100_000).numpy(),
            rv.randn(100_001).numpy(),
            rv.randn(70_000, dtype=rv.float64).numpy(),
        ]
    finally:
        rv.set_num_threads(before)
    rv.manual_seed(11)
    want = [rv.rand(100_000).numpy(), rv.randn(100_001).numpy(), rv.randn(70_000, dtype=rv.float64).numpy()]
    for a, b in zip(got, want):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", [rv.float16, rv.bfloat16, rv.float32, rv.float64])
def test_uniform_numbers_stay_below_one(dtype):
    rv.manual_seed(0)
    x = rv.rand(200_000, dtype=dtype)
    assert x.dtype == dtype
    values = x.to(rv.float64).numpy()
    assert 0 <= values.min() < values.max() < 1
    assert abs(values.mean() - 0.5) < 0.005


@pytest.mark.parametrize("dtype", [rv.float32, rv.float64])
def test_distributions(dtype):
    rv.manual_seed(1)
    uniform, normal = rv.rand(100_000, dtype=dtype).numpy(), rv.randn(100_000, dtype=dtype).numpy()
    assert scipy.stats.kstest(uniform, "uniform").pvalue > 1e-3
    assert scipy.stats.kstest(normal, "norm").pvalue > 1e-3


def test_integers_cover_their_range_evenly():
    rv.manual_seed(2)
    x = rv.randint(-3, 4, (70_000,))
    assert x.dtype == rv.int64
    values, counts = np.unique(x.numpy(), return_counts=True)
    np.testing.assert_array_equal(values, np.arange(-3, 4))
    assert scipy.stats.chisquare(counts).pvalue > 1e-3
    assert rv.randint(5, (2, 3)).shape == (2, 3)
    assert rv.randint(5, size=(2,), dtype=rv.int32).dtype == rv.int32
    wide = rv.randint(-(2**62), 2**62, (1000,)).numpy()
    assert np.abs(wide).max() > 2**60
    with pytest.raises(ValueError, match="no integer"):
        rv.randint(3, 3, (1,))


def test_permutations():
    rv.manual_seed(5)
    order = rv.randperm(1000).numpy()
    np.testing.assert_array_equal(np.sort(order), np.arange(1000))
    state = rv.get_rng_state()
    seeded = rv.randperm(10, seed=7)
    np.testing.assert_array_equal(rv.randperm(10, seed=7).numpy(), seeded.numpy())
    assert not np.array_equal(rv.randperm(10, seed=2**64 - 1).numpy(), seeded.numpy())
    assert rv.get_rng_state() == state
    with pytest.raises(ValueError, match="0 or more"):
        rv.randperm(-1)


@pytest.mark.parametrize("state", [(0, 0), (2**64 - 1, 2**32 - 2), (42, 2**64 - 3)])
def test_permutations_are_the_order_of_keys(state):
    """Those that `randint` draws from the same state over all of int64, in as many blocks of the counter."""
    for n in [0, 1, 2, 3, 31, 32, 33, 1023, 1025, 4095, 4097, 16_385, 60_000, 300_000]:
        rv.set_rng_state(state)
        keys = rv.randint(-(2**63), 2**63 - 1, (n,)).numpy()
        rv.set_rng_state(state)
        np.testing.assert_array_equal(rv.randperm(n).numpy(), np.argsort(keys, kind="stable"))
        assert rv.get_rng_state() == (state[0], (state[1] + (n + 1) // 2) % 2**64)


def test_all_permutations_are_equally_likely():
    rv.manual_seed(12)
    draws = func.vmap(lambda _: rv.randperm(5), randomness="different")(rv.zeros(24_000)).numpy()
    _, counts = np.unique(draws, axis=0, return_counts=True)
    assert counts.size == 120
    assert scipy.stats.chisquare(counts).pvalue > 1e-3
    draws = func.vmap(lambda _: rv.randperm(40), randomness="different")(rv.zeros(8000)).numpy()
    table = np.stack([np.bincount(column, minlength=40) for column in draws.T])
    # Of 40 x 40 counts all rows and columns have the same sum.
    statistic = ((table - 200.0) ** 2 / 200).sum()
    assert scipy.stats.chi2.sf(statistic, 39 * 39) > 1e-3


def test_permutations_are_the_same_however_the_program_is_cut():
    def program(look):
        rv.manual_seed(13)
        orders = []
        for n in (5, 3000, 20_000):
            orders.append(rv.randperm(n) * 2)
            if look:
                orders[-1].sum().item()
        return [order.numpy() for order in orders]

    before = rv.get_num_threads()
    want = program(look=False)
    try:
        for threads in (1, 2, 5):
            rv.set_num_threads(threads)
            for a, b in zip(program(look=True), want):
                np.testing.assert_array_equal(a, b)
    finally:
        rv.set_num_threads(before)


def test_dropout_keeps_the_mean_and_masks_the_gradient():
    rv.manual_seed(6)
    x = rv.ones(100_000, requires_grad=True)
    y = rv.dropout(x, 0.25)
    y.sum().backward()
    kept = y.detach().numpy()
    np.testing.assert_array_equal(np.unique(kept), np.array([0, 4 / 3], np.float32))
    assert abs(kept.mean() - 1) < 0.01
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.numpy(), kept)


def test_dropout_at_its_ends():
    x = rv.rand(5).requires_grad_()
    assert rv.dropout(x, 0.0).tolist() == x.tolist()
    assert rv.dropout(x, 0.5, training=False).tolist() == x.tolist()
    y = rv.dropout(x, 1.0)
    y.sum().backward()
    assert y.tolist() == [0.0] * 5
    assert x.grad is not None
    assert x.grad.tolist() == [0.0] * 5
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        rv.dropout(x, 1.5)


def test_dropout_in_transforms():
    rv.manual_seed(7)
    x = rv.ones(200)
    different = func.vmap(lambda a: rv.dropout(a, 0.5), randomness="different")(rv.ones(3, 200)).numpy()
    assert not np.array_equal(different[0], different[1])
    same = func.vmap(lambda a: rv.dropout(a, 0.5), randomness="same")(rv.ones(3, 200)).numpy()
    np.testing.assert_array_equal(same[0], same[1])
    with pytest.raises(RuntimeError, match="randomness"):
        func.vmap(lambda a: rv.dropout(a, 0.5))(rv.ones(3, 200))
    # The backward pass of each element of the batch has that element's mask.
    slope = func.vmap(func.grad(lambda a: (rv.dropout(a, 0.5) ** 2).sum()), randomness="different")(
        rv.ones(3, 200)
    )
    assert set(np.unique(slope.numpy())) == {0.0, 8.0}
    _, tangent = func.jvp(lambda a: rv.dropout(a, 0.5) ** 2, (x,), (x,))
    assert set(np.unique(tangent.numpy())) == {0.0, 8.0}


def test_batches_meet_no_other_draw():
    """Two draws inside vmap share no number, and none with the draws around it."""
    rv.manual_seed(8)
    before = rv.rand(4)
    a, b = func.vmap(lambda _: (rv.rand(4), rv.rand(4)), randomness="different")(rv.zeros(5))
    after = rv.rand(4)
    every = np.concatenate([t.numpy().ravel() for t in (before, a, b, after)])
    assert len(np.unique(every)) == every.size


def test_nested_batches():
    rv.manual_seed(9)
    inner = func.vmap(lambda _: rv.randn(2), randomness="different")
    x = func.vmap(inner, randomness="different")(rv.zeros(3, 4)).numpy()
    assert x.shape == (3, 4, 2)
    assert len(np.unique(x)) == x.size


def test_other_threads_share_the_generator():
    rv.manual_seed(10)
    drawn = []
    workers = [threading.Thread(target=lambda: drawn.append(rv.rand(8).numpy())) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    rv.manual_seed(10)
    want = {tuple(rv.rand(8).tolist()) for _ in range(4)}
    assert {tuple(x.tolist()) for x in drawn} == want


def test_wrong_arguments_are_said():
    with pytest.raises(TypeError, match="floating"):
        rv.rand(3, dtype=rv.int64)
    with pytest.raises(TypeError, match="floating"):
        rv.zeros(3, dtype=rv.int64).normal_()
    with pytest.raises(ValueError, match="std"):
        rv.zeros(3).normal_(0, -1)
    with pytest.raises(ValueError, match="in order"):
        rv.zeros(3).uniform_(2, 1)
