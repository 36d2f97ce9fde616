"""IterableDataset, loading without batches, and the datasets and samplers that complete PyTorch's list."""

# pyright: reportArgumentType=false, reportIndexIssue=false, reportAttributeAccessIssue=false

import collections
import threading
import time

import numpy as np
import pytest

import ravine as rv
from ravine.utils.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    WeightedRandomSampler,
    default_convert,
    get_worker_info,
    sample_seed,
)

WORKERS = [0, 1, 3]


class Numbers(IterableDataset):
    def __init__(self, size=10):
        self.size = size

    def __iter__(self):
        info = get_worker_info()
        step = 1 if info is None else info.num_workers  # as programs for processes split a stream
        yield from range(0, self.size, step)


@pytest.mark.parametrize("num_workers", WORKERS)
def test_a_stream_comes_whole_and_in_order(num_workers):
    options = {"num_workers": num_workers}
    for _ in range(2):
        loader = DataLoader(Numbers(), batch_size=4, **options)
        assert [b.tolist() for b in loader] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
        assert [b.tolist() for b in loader] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]  # each loop anew
    assert [b.tolist() for b in DataLoader(Numbers(), 4, drop_last=True, **options)] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
    ]
    assert [b.tolist() for b in DataLoader(Numbers(8), 4, **options)] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert [*DataLoader(Numbers(0), 4, **options)] == []
    assert [*DataLoader(Numbers(3), None, **options)] == [0, 1, 2]
    joined = Numbers(3) + Numbers(2)
    assert isinstance(joined, ChainDataset)
    assert [*DataLoader(joined, 5, collate_fn=tuple, **options)] == [(0, 1, 2, 0, 1)]


def test_the_length_of_a_stream():
    class Known(Numbers):
        def __len__(self):
            return self.size

    assert len(DataLoader(Known(10), 4)) == 3
    assert len(DataLoader(Known(10), 4, drop_last=True)) == 2
    assert len(DataLoader(Known(10), None)) == 10
    assert len(ChainDataset([Known(3), Known(4)])) == 7
    with pytest.raises(TypeError, match="has no len"):
        len(DataLoader(Numbers(), 4))
    with pytest.raises(TypeError, match="no samples by index"):
        Numbers()[0]
    with pytest.raises(NotImplementedError):
        iter(IterableDataset())


@pytest.mark.parametrize("num_workers", WORKERS)
def test_random_numbers_of_a_stream_belong_to_the_sample(num_workers):
    class Noise(IterableDataset):
        def __iter__(self):
            for _ in range(7):
                yield sample_seed() % 1000, rv.rand(1)

    def epoch(workers):
        return [[f.tolist() for f in b] for b in DataLoader(Noise(), 3, seed=4, num_workers=workers)]

    assert epoch(num_workers) == epoch(0)
    assert epoch(0)[0] != epoch(0)[1]


@pytest.mark.parametrize("num_workers", WORKERS)
def test_what_a_stream_raises_is_raised_in_its_place(num_workers):
    class Broken(IterableDataset):
        def __iter__(self):
            yield from range(5)
            raise KeyError("lost")

    seen = []
    with pytest.raises(KeyError, match="lost") as caught:
        seen.extend(b.tolist() for b in DataLoader(Broken(), 2, num_workers=num_workers))
    assert seen == [[0, 1], [2, 3]]
    assert "DataLoader: while reading number 5 of the epoch" in caught.value.__notes__[0]


def test_an_endless_stream_may_be_left():
    class Endless(IterableDataset):
        def __iter__(self):
            while True:
                yield 1

    for workers in WORKERS:
        for number, batch in enumerate(DataLoader(Endless(), 2, num_workers=workers)):
            assert batch.tolist() == [1, 1]
            if number == 5:
                break
        batch = None
    deadline = time.monotonic() + 5
    while (
        any(t.name.startswith("ravine-data") for t in threading.enumerate()) and time.monotonic() < deadline
    ):
        time.sleep(0.01)
    assert not any(t.name.startswith("ravine-data") for t in threading.enumerate())


def test_joining_samples_runs_side_by_side():
    """Two workers join at the same time; would they wait for each other, the barrier would break."""
    barrier = threading.Barrier(2, timeout=10)

    def join(samples):
        barrier.wait()
        return samples

    assert [*DataLoader(Numbers(4), 1, collate_fn=join, num_workers=2)] == [[0], [1], [2], [3]]


@pytest.mark.parametrize("num_workers", WORKERS)
def test_without_batches_a_sample_comes_as_it_is(num_workers):
    class Pairs(Dataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return np.full(2, index, np.float32), index, "name"

    loader = DataLoader(Pairs(), batch_size=None, num_workers=num_workers)
    assert len(loader) == 3
    for index, (x, number, name) in enumerate(loader):
        assert isinstance(x, rv.Tensor)
        assert (x.tolist(), number, name) == ([index] * 2, index, "name")
    assert [x for _, x, _ in DataLoader(Pairs(), None, sampler=[2, 0], num_workers=num_workers)] == [2, 0]
    shuffled = [x for _, x, _ in DataLoader(Pairs(), None, shuffle=True, seed=1, num_workers=num_workers)]
    assert sorted(shuffled) == [0, 1, 2]
    doubled = DataLoader(range(3), None, collate_fn=lambda x: 2 * x, num_workers=num_workers)
    assert [*doubled] == [0, 2, 4]


@pytest.mark.parametrize("option", [{"shuffle": True}, {"sampler": [0]}, {"batch_sampler": [[0]]}])
def test_a_stream_has_no_other_order(option):
    with pytest.raises(ValueError, match="gives its samples in its own order"):
        DataLoader(Numbers(), **option)


def test_default_convert():
    Pair = collections.namedtuple("Pair", "x y")
    data = {"a": [np.arange(2), "s", b"b", None], "p": Pair(np.float32(1.5), 2), "t": (1, np.array(["no"]))}
    result = default_convert(data)
    assert result["a"][0].tolist() == [0, 1]
    assert result["a"][1:] == ["s", b"b", None]
    assert result["p"].x.item() == 1.5
    assert isinstance(result["p"], Pair)
    assert result["t"][0] == 1
    assert isinstance(result["t"][1], np.ndarray)


def test_stack_and_concat():
    both = StackDataset(range(3), "abc")
    assert len(both) == 3
    assert both[1] == (1, "b")
    assert StackDataset(x=range(3), y="abc")[2] == {"x": 2, "y": "c"}
    x, y = next(iter(DataLoader(both, 3)))
    assert (x.tolist(), y) == ([0, 1, 2], ("a", "b", "c"))
    for make in (StackDataset, lambda: StackDataset([1], a=[1])):
        with pytest.raises(ValueError, match="either by position or by name"):
            make()
    with pytest.raises(ValueError, match=r"their lengths are \[2, 3\]"):
        StackDataset("ab", "abc")
    with pytest.raises(ValueError, match="use ChainDataset"):
        ConcatDataset([Numbers()])


def test_weighted_sampler():
    weights = [0.1, 0.0, 3.0, 1.0, 0.9]
    drawn = [*WeightedRandomSampler(weights, 20_000, generator=0)]
    share = np.bincount(drawn, minlength=5) / 20_000
    expected = np.array(weights) / 5
    assert share[1] == 0
    assert np.abs(share - expected).max() < 4 * np.sqrt(0.25 / 20_000)
    sampler = WeightedRandomSampler(rv.tensor(weights), 4, replacement=False, generator=1)
    passes = [tuple(sampler) for _ in range(4000)]
    assert all(sorted(order) == [0, 2, 3, 4] for order in passes)
    # The first is drawn in proportion to the weights, the second in proportion to those that are left.
    firsts = np.bincount([order[0] for order in passes], minlength=5) / 4000
    assert np.abs(firsts - expected).max() < 4 * np.sqrt(0.25 / 4000)
    seconds = np.bincount([o[1] for o in passes if o[0] == 2], minlength=5)
    assert np.abs(seconds / seconds.sum() - np.array([0.1, 0, 0, 1.0, 0.9]) / 2).max() < 4 * np.sqrt(
        0.25 / seconds.sum()
    )
    assert [*WeightedRandomSampler([1e-320, 0.0], 3, generator=0)] == [0, 0, 0]
    rv.manual_seed(2)
    a = [*WeightedRandomSampler([1.0] * 50, 20)]
    rv.manual_seed(2)
    assert [*WeightedRandomSampler([1.0] * 50, 20)] == a
    assert len(WeightedRandomSampler([1], 7)) == 7


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([1.0], 0), "num_samples should be a positive integer"),
        (([1.0], True), "num_samples should be a positive integer"),
        (([1.0], 1, 1), "replacement should be a boolean"),
        (([1.0, -1.0], 1), "number 1 is -1"),
        (([float("nan")], 1), "number 0 is nan"),
        (([float("inf")], 1), "number 0 is inf"),
        (([0.0, 0.0], 1), "0 of 2 weights are above 0"),
        (([0.0, 1.0], 2, False), "1 of 2 weights are above 0, too few to draw 2 indices without"),
    ],
)
def test_weights_that_mean_nothing(arguments, text):
    with pytest.raises(ValueError, match=text):
        WeightedRandomSampler(*arguments)
