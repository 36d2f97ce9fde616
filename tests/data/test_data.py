"""Datasets, samplers, collation, and a loader that is the same for any number of workers."""

# Wrong arguments are passed on purpose, and what may be None is known not to be.
# pyright: reportArgumentType=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOperatorIssue=false
# pyright: reportAttributeAccessIssue=false, reportPossiblyUnboundVariable=false, reportUnusedExpression=false

import collections
import gc
import random
import subprocess
import sys
import threading
import time
import traceback

import numpy as np
import pytest

import ravine as rv
from ravine.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    default_collate,
    get_worker_info,
    random_split,
    sample_seed,
)

WORKERS = [0, 1, 3]


class Squares(Dataset):
    def __init__(self, size=20):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return index**2


def plain(batches):
    return [batch.tolist() for batch in batches]


def workers():
    return [t for t in threading.enumerate() if t.name.startswith("ravine-data")]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    gc.collect()
    deadline = time.monotonic() + 5
    while workers() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert workers() == []


# ---- datasets


def test_tensor_dataset():
    data = TensorDataset(rv.arange(6).reshape(3, 2), rv.tensor([7, 8, 9]))
    assert len(data) == 3
    assert [t.tolist() for t in data[1]] == [[2, 3], 8]
    assert [t.tolist() for t in data[-1]] == [[4, 5], 9]
    with pytest.raises(ValueError, match=r"Size mismatch between tensors: .*\[3, 2\]"):
        TensorDataset(rv.zeros(3), rv.zeros(2))
    with pytest.raises(ValueError, match="at least one tensor"):
        TensorDataset()
    with pytest.raises(ValueError, match="got a scalar"):
        TensorDataset(rv.tensor(1.0))


def test_subset_concat_and_split():
    data = Squares(5)
    assert [*Subset(data, [4, 1])] == [16, 1]
    both = data + Subset(data, [2])
    assert isinstance(both, ConcatDataset)
    assert len(both) == 6
    assert both[5] == both[-1] == 4
    for index in (6, -7):
        with pytest.raises(IndexError, match=f"index {index} is out of range for 6 samples"):
            both[index]
    with pytest.raises(ValueError, match="empty"):
        ConcatDataset([])
    a, b, c = random_split(range(10), [0.5, 0.25, 0.25], generator=1)
    assert [len(a), len(b), len(c)] == [6, 2, 2]
    assert sorted([*a, *b, *c]) == list(range(10))
    again, _, _ = random_split(range(10), [0.5, 0.25, 0.25], generator=1)
    assert [*again] == [*a]
    assert [*random_split(range(50), [50], generator=2)[0]] != list(range(50))
    with pytest.raises(ValueError, match="5 against 10"):
        random_split(range(10), [2, 3])
    with pytest.raises(ValueError, match="Fraction at index 0 is not between 0 and 1"):
        random_split(range(10), [1.5, -0.5])
    with pytest.raises(NotImplementedError):
        Dataset()[0]
    assert Dataset[int] is Dataset
    assert Sampler[int] is Sampler


def test_split_follows_the_global_seed():
    rv.manual_seed(5)
    first = [*random_split(range(30), [30])[0]]
    rv.manual_seed(5)
    assert [*random_split(range(30), [30])[0]] == first
    assert [*random_split(range(30), [30])[0]] != first


# ---- samplers


def test_samplers():
    assert [*SequentialSampler("abc")] == [0, 1, 2]
    assert sorted(SubsetRandomSampler([5, 3, 9])) == [3, 5, 9]
    assert [*BatchSampler(range(5), 2, True)] == [[0, 1], [2, 3]]
    assert [len(BatchSampler(range(5), 2, drop)) for drop in (True, False)] == [2, 3]
    order = RandomSampler(range(10), generator=4)
    first, second = [*order], [*order]
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second  # a new epoch, a new order
    assert [*RandomSampler(range(10), generator=4)] == first
    many = [*RandomSampler(range(3), num_samples=8, generator=0)]
    assert sorted(many[:3]) == sorted(many[3:6]) == [0, 1, 2]
    assert len(many) == 8
    drawn = [*RandomSampler(range(4), replacement=True, num_samples=4000, generator=0)]
    assert np.abs(np.bincount(drawn, minlength=4) - 1000).max() < 120
    rv.manual_seed(1)
    a = [*RandomSampler(range(20))]
    rv.manual_seed(1)
    assert [*RandomSampler(range(20))] == a


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: RandomSampler([]), ValueError, "num_samples should be a positive integer"),
        (lambda: RandomSampler([1], replacement=1), TypeError, "replacement should be a boolean"),
        (lambda: RandomSampler([1], generator="x"), TypeError, "a seed should be an int, but got str"),
        (lambda: BatchSampler([1], 0, False), ValueError, "batch_size should be a positive integer"),
        (lambda: BatchSampler([1], 1, None), ValueError, "drop_last should be a boolean"),
        (lambda: DataLoader([1], num_workers=-1), ValueError, "num_workers option should be non-negative"),
        (lambda: DataLoader([1], prefetch_factor=2), ValueError, "needs num_workers > 0"),
        (lambda: DataLoader([1], sampler=[0], shuffle=True), ValueError, "exclusive with shuffle"),
        (lambda: DataLoader([1], batch_sampler=[[0]], batch_size=2), ValueError, "exclusive with batch_size"),
        (lambda: DataLoader([1], batch_size=None, drop_last=True), ValueError, "exclusive with drop_last"),
        (lambda: DataLoader([1], batch_size=0), ValueError, "batch_size should be a positive integer"),
        (lambda: DataLoader([1], seed=1, generator=1), ValueError, "two names of one thing"),
    ],
)
def test_wrong_options(make, error, text):
    with pytest.raises(error, match=text):
        make()


# ---- collation


def test_collate_tensors_numbers_and_arrays():
    assert default_collate([rv.tensor([1, 2]), rv.tensor([3, 4])]).tolist() == [[1, 2], [3, 4]]
    assert default_collate([1, 2]).dtype == rv.int64
    assert default_collate([1.5, 2.0]).dtype == rv.float64
    assert default_collate([True, False]).tolist() == [True, False]
    arrays = default_collate([np.ones((2, 3), np.float32)] * 4)
    assert tuple(arrays.shape) == (4, 2, 3)
    assert arrays.dtype == rv.float32
    assert default_collate([np.float64(1.5), np.float64(2.5)]).tolist() == [1.5, 2.5]
    assert default_collate([np.int64(1), np.int64(2)]).dtype == rv.int64
    with pytest.raises(TypeError, match="NumPy arrays of dtype"):
        default_collate([np.array(["a"])])


def test_collate_structures():
    Pair = collections.namedtuple("Pair", "x y")

    class Special(dict):
        note = ""

    assert default_collate(["a", "b"]) == ["a", "b"]
    x, name = default_collate([(1, "a"), (2, "b")])
    assert x.tolist() == [1, 2]
    assert name == ("a", "b")
    both = default_collate([{"a": 1, "b": [2, 3]}, {"a": 4, "b": [5, 6]}])
    assert both["a"].tolist() == [1, 4]
    assert [t.tolist() for t in both["b"]] == [[2, 5], [3, 6]]
    pair = default_collate([Pair(1, 2), Pair(3, 4)])
    assert isinstance(pair, Pair)
    assert pair.y.tolist() == [2, 4]
    special = Special(a=1)
    special.note = "kept"
    result = default_collate([special, Special(a=2)])
    assert (type(result), result.note, result["a"].tolist()) == (Special, "kept", [1, 2])
    with pytest.raises(RuntimeError, match="equal size"):
        default_collate([[1, 2], [1]])
    with pytest.raises(TypeError, match=r"found <class 'object'>. Give the DataLoader a collate_fn"):
        default_collate([object()])


# ---- the loader


@pytest.mark.parametrize("num_workers", WORKERS)
def test_batches_come_in_order(num_workers):
    loader = DataLoader(Squares(10), batch_size=4, num_workers=num_workers)
    assert len(loader) == 3
    for _ in range(2):
        assert plain(loader) == [[0, 1, 4, 9], [16, 25, 36, 49], [64, 81]]
    loader = DataLoader(Squares(10), 4, drop_last=True, num_workers=num_workers)
    assert len(loader) == len(plain(loader)) == 2
    assert plain(DataLoader(Squares(4), batch_sampler=[[3, 0], [1]], num_workers=num_workers)) == [
        [9, 0],
        [1],
    ]
    assert plain(DataLoader(Squares(4), sampler=[3, 2, 1], num_workers=num_workers)) == [[9], [4], [1]]
    assert plain(DataLoader(Squares(0), shuffle=True, num_workers=num_workers)) == []
    joined = DataLoader(Squares(3), batch_size=2, collate_fn=tuple, num_workers=num_workers)
    assert [*joined] == [(0, 1), (4,)]


@pytest.mark.parametrize("num_workers", WORKERS)
def test_tensor_datasets_are_gathered(num_workers, monkeypatch):
    data = TensorDataset(rv.arange(10) * 10, rv.arange(20).reshape(10, 2))
    monkeypatch.setattr(TensorDataset, "__getitem__", lambda self, index: pytest.fail("read one by one"))
    order = []
    for x, y in DataLoader(data, batch_size=4, shuffle=True, seed=3, num_workers=num_workers):
        order += x.tolist()
        assert y.tolist() == [[v // 5, v // 5 + 1] for v in x.tolist()]
    assert sorted(order) == [10 * i for i in range(10)]
    part = Subset(Subset(data, [9, 8, 7]), [2, 0])
    [(x, _)] = DataLoader(part, batch_size=2, num_workers=num_workers)
    assert x.tolist() == [70, 90]


class Noisy(Dataset):
    """Samples with randomness of all permitted kinds."""

    def __len__(self):
        return 23

    def __getitem__(self, index):
        time.sleep(random.random() * 0.002)  # workers finish in any order
        return index, random.Random(sample_seed()).random(), rv.rand(1)


def epochs(**options):
    loader = DataLoader(Noisy(), batch_size=4, shuffle=True, **options)
    return [[[field.tolist() for field in batch] for batch in loader] for _ in range(2)]


def test_every_sample_is_the_same_for_any_number_of_workers():
    here = epochs(seed=9)
    assert here[0] != here[1]
    for num_workers in (1, 2, 5):
        assert epochs(seed=9, num_workers=num_workers) == here
    assert epochs(seed=9, num_workers=2, prefetch_factor=7) == here
    assert epochs(seed=8) != here
    assert epochs(generator=9) == here


def test_without_a_seed_the_global_one_decides():
    rv.manual_seed(4)
    first = epochs()
    after = rv.rand(3).tolist()
    rv.manual_seed(4)
    assert epochs(num_workers=3) == first
    assert rv.rand(3).tolist() == after  # and samples take nothing from the global stream
    assert epochs() != first


def test_epoch_can_be_set_to_continue():
    loader = DataLoader(range(12), batch_size=3, shuffle=True, seed=1)
    all_epochs = [plain(loader) for _ in range(3)]
    again = DataLoader(range(12), batch_size=3, shuffle=True, seed=1)
    again.epoch = 2
    assert plain(again) == all_epochs[2]


def test_sample_seed_outside_of_a_loader():
    with pytest.raises(RuntimeError, match="outside of a DataLoader"):
        sample_seed()


def test_loaders_may_be_nested():
    class Outer(Squares):
        def __getitem__(self, index):
            before = sample_seed()
            inner = plain(DataLoader(Squares(2), seed=0))
            assert sample_seed() == before
            return len(inner)

    assert plain(DataLoader(Outer(3), batch_size=3, seed=0)) == [[2, 2, 2]]


class Broken(Squares):
    def __getitem__(self, index):
        if index == 7:
            raise KeyError("no such picture")
        return index


@pytest.mark.parametrize("num_workers", WORKERS)
def test_what_a_worker_raises_is_raised_where_the_batch_is_asked_for(num_workers):
    seen = []
    loader = DataLoader(Broken(), batch_size=2, num_workers=num_workers)
    with pytest.raises(KeyError) as caught:
        seen.extend(batch.tolist() for batch in loader)
    assert seen == [[0, 1], [2, 3], [4, 5]]
    note = caught.value.__notes__[0]
    assert "sample 7, number 7 of the epoch" in note
    assert ("worker thread" in note) == (num_workers > 0)
    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert "__getitem__" in frames  # the worker's own line


@pytest.mark.parametrize("num_workers", [1, 4])
def test_leaving_early_stops_the_workers(num_workers):
    read = []

    class Slow(Squares):
        def __getitem__(self, index):
            read.append(index)
            time.sleep(0.005)
            return index

    began = time.monotonic()
    for batch in DataLoader(Slow(100_000), batch_size=50, num_workers=num_workers):
        assert batch.tolist()[0] == 0
        break
    del batch
    gc.collect()
    assert workers() == []  # at once, not some time
    count = len(read)
    time.sleep(0.05)
    assert len(read) == count
    assert time.monotonic() - began < 5


def test_an_error_in_the_loop_stops_the_workers():
    def body():
        for _ in DataLoader(Squares(1000), num_workers=2):
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        body()
    gc.collect()
    assert workers() == []


def test_an_iterator_may_wait_and_be_dropped():
    iterator = iter(DataLoader(Squares(100), batch_size=2, num_workers=2, prefetch_factor=3))
    assert next(iterator).tolist() == [0, 1]
    assert 1 <= len(workers()) <= 2
    del iterator
    gc.collect()
    assert workers() == []
    iter(DataLoader(Squares(), num_workers=2))  # never started


def test_reading_ahead_is_bounded():
    read = []

    class Watched(Squares):
        def __getitem__(self, index):
            read.append(index)
            return index

    iterator = iter(DataLoader(Watched(1000), num_workers=2, prefetch_factor=3))
    next(iterator)
    time.sleep(0.1)
    assert len(read) <= 7
    iterator.close()


def test_worker_info_and_init():
    started = []

    class Who(Squares):
        def __getitem__(self, index):
            time.sleep(0.005)
            info = get_worker_info()
            assert info.num_workers == 3
            assert info.dataset is data
            assert "id=" in repr(info)
            return info.id

    data = Who(30)
    ids = [batch.item() for batch in DataLoader(data, num_workers=3, worker_init_fn=started.append)]
    assert sorted(started) == [0, 1, 2]
    assert set(ids) == {0, 1, 2}
    assert get_worker_info() is None

    def fails(id):
        raise RuntimeError("no licence")

    with pytest.raises(RuntimeError, match="no licence"):
        plain(DataLoader(data, num_workers=2, worker_init_fn=fails))


def test_workers_read_in_parallel():
    barrier = threading.Barrier(2, timeout=10)

    class Meet(Squares):
        def __getitem__(self, index):
            barrier.wait()  # passes only if two samples are being read at once
            return index

    assert plain(DataLoader(Meet(4), num_workers=2)) == [[0], [1], [2], [3]]


def test_accepted_without_effect():
    loader = DataLoader(Squares(2), pin_memory=True, num_workers=1, persistent_workers=True)
    assert plain(loader) == [[0], [1]]


def test_a_program_may_end_in_the_middle_of_an_epoch():
    code = (
        "import time\n"
        "from ravine.utils.data import DataLoader\n"
        "class Slow:\n"
        "    def __len__(self): return 1000\n"
        "    def __getitem__(self, index): time.sleep(0.01); return index\n"
        "batches = iter(DataLoader(Slow(), num_workers=4))\n"
        "print(next(batches).item())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")
