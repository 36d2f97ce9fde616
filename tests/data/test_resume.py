"""A loader that continues gives the batches that the interrupted run would have had."""

# pyright: reportArgumentType=false, reportIndexIssue=false, reportAttributeAccessIssue=false

import io
import itertools
import random

import pytest

import ravine as rv
from ravine.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Sampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    sample_seed,
)

EPOCHS = 3


class Noisy(Dataset):
    def __len__(self):
        return 11

    def __getitem__(self, index):
        return index, sample_seed() % 1000, rv.rand(1)


class Stream(IterableDataset):
    def __iter__(self):
        for index in range(11):
            yield index, sample_seed() % 1000, rv.rand(1)


class Stateful(Sampler):
    """A sampler of the user's own with a state."""

    def __init__(self):
        self.random = random.Random(3)

    def __iter__(self):
        return iter(self.random.sample(range(11), 11))

    def state_dict(self):
        return {"state": self.random.getstate()}

    def load_state_dict(self, state_dict):
        self.random.setstate(state_dict["state"])


LOADERS = {
    "in order": lambda **o: DataLoader(Noisy(), 3, seed=5, **o),
    "shuffled by a seed": lambda **o: DataLoader(Noisy(), 3, shuffle=True, seed=5, **o),
    "shuffled by the global stream": lambda **o: DataLoader(Noisy(), 3, shuffle=True, **o),
    "without a last batch": lambda **o: DataLoader(Noisy(), 3, shuffle=True, drop_last=True, **o),
    "one by one": lambda **o: DataLoader(Noisy(), None, shuffle=True, **o),
    "a sampler with a seed": lambda **o: DataLoader(
        Noisy(), 3, sampler=RandomSampler(Noisy(), generator=2), **o
    ),
    "a sampler without": lambda **o: DataLoader(
        Noisy(), 3, sampler=SubsetRandomSampler(range(9)), seed=1, **o
    ),
    "weights": lambda **o: DataLoader(Noisy(), 3, sampler=WeightedRandomSampler([1.0] * 11, 9), **o),
    "a batch sampler": lambda **o: DataLoader(
        Noisy(), batch_sampler=BatchSampler(RandomSampler(Noisy()), 4, False), seed=1, **o
    ),
    "lists": lambda **o: DataLoader(Noisy(), batch_sampler=[[0, 1], [2], [3, 4, 5]], seed=1, **o),
    "a sampler with a state": lambda **o: DataLoader(Noisy(), 3, sampler=Stateful(), seed=1, **o),
    "tensors": lambda **o: DataLoader(TensorDataset(rv.arange(11), rv.arange(11) * 2), 3, shuffle=True, **o),
    "a stream": lambda **o: DataLoader(Stream(), 3, seed=5, **o),
    "a stream without a last batch": lambda **o: DataLoader(Stream(), 3, drop_last=True, **o),
}


def plain(batch):
    return [field.tolist() if isinstance(field, rv.Tensor) else field for field in batch]


def run(loader, stop=None):
    """The batches of the remaining epochs, as a training loop sees them; up to ``stop`` of them."""
    seen = []
    if stop == 0:
        return seen
    while loader.epoch < EPOCHS or loader._resume is not None:
        for batch in loader:
            seen.append(plain(batch))
            if len(seen) == stop:
                return seen
    return seen


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("name", LOADERS)
def test_an_interrupted_run_continues(name, workers):
    options = {"num_workers": workers}
    rv.manual_seed(3)
    whole = run(LOADERS[name](**options))
    assert len(whole) >= 9
    for stop in range(len(whole) + 1) if workers == 0 else (1, 4, len(whole) // EPOCHS, len(whole) - 1):
        rv.manual_seed(3)
        loader = LOADERS[name](**options)
        assert run(loader, stop) == whole[:stop]
        file = io.BytesIO()
        state = loader.state_dict()
        plain_state = {k: v for k, v in state.items() if k != "sampler" or name != "a sampler with a state"}
        rv.save({"loader": plain_state, "rng": rv.get_rng_state()}, file)  # it is plain data
        file.seek(0)
        saved = rv.load(file)

        rv.manual_seed(999)
        again = LOADERS[name](num_workers=2 - workers)  # the number of workers makes no difference
        again.load_state_dict({**state, **saved["loader"]})
        assert again.state_dict() == {**state, **saved["loader"]}
        rv.set_rng_state(saved["rng"])
        assert run(again) == whole[stop:], stop


def test_after_a_whole_epoch_comes_the_next():
    loader = DataLoader(range(6), 2, shuffle=True, seed=1)
    first = [b.tolist() for b in loader]
    state = loader.state_dict()
    assert (state["epoch"], state["batch"]) == (1, 0)
    again = DataLoader(range(6), 2, shuffle=True, seed=1)
    again.load_state_dict(state)
    second = [b.tolist() for b in again]
    assert second == [b.tolist() for b in loader] != first
    assert again.epoch == 2


def test_a_state_is_of_a_moment():
    loader = DataLoader(range(8), 2, seed=1)
    batches = iter(loader)
    next(batches)
    state = loader.state_dict()
    next(batches)
    assert state["batch"] == 1
    assert loader.state_dict()["batch"] == 2
    loader.load_state_dict(state)
    assert next(iter(loader)).tolist() == [2, 3]


def test_used_samples_are_not_read_again():
    read = []

    class Counted(Noisy):
        def __getitem__(self, index):
            read.append(index)
            return index

    loader = DataLoader(Counted(), 2, seed=1)
    for _ in itertools.islice(loader, 4):
        pass
    state = loader.state_dict()
    read.clear()
    loader.load_state_dict(state)
    assert len([*loader]) == 2
    assert read == [8, 9, 10]


def test_a_state_of_another_loader_is_refused():
    loader = DataLoader(range(10), 2)
    next(iter(loader))
    state = loader.state_dict()
    with pytest.raises(ValueError, match="with batch_size=2, but this loader has batch_size=3"):
        DataLoader(range(10), 3).load_state_dict(state)
    with pytest.raises(ValueError, match="with samples=10, but this loader has samples=9"):
        DataLoader(range(9), 2).load_state_dict(state)
    for _ in loader:
        pass
    DataLoader(range(9), 3).load_state_dict(loader.state_dict())  # between epochs there is nothing to lose
