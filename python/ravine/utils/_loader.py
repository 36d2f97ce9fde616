"""DataLoader: batches in order, read by threads ahead of their use."""

from __future__ import annotations

from copy import deepcopy
from itertools import count, islice

from ..errors import check_keywords
from ._collate import default_collate, default_convert
from ._dataset import IterableDataset
from ._reader import Reader, Stream
from ._sampler import BatchSampler, RandomSampler, Seeded, SequentialSampler
from ._seed import derive, draw, seed_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Self

__all__ = ["DataLoader"]


class _Pass:
    """One pass over the dataset: where it is."""

    def __init__(self, seed: int, given: int, sampler: Any) -> None:
        self.seed = seed
        self.given = given
        self.sampler = sampler  # its state before the pass
        self.done = False

    def counted(self, batches: Iterator[Any]) -> Iterator[Any]:
        """The batches; each counts as used from when it is given out."""
        for batch in batches:
            self.given += 1
            yield batch
        self.done = True


class DataLoader:
    """Iterates over a dataset in batches.

    The order of the samples, and each sample's :func:`~ravine.utils.data.sample_seed` and ``ravine`` random
    numbers, depend on the seed and the epoch alone: they are the same for any number of workers.

    Workers are threads. They share memory with the program, so a dataset needs no copy and no pickling;
    reading files, NumPy and ravine's own work run in parallel, pure Python code does not. What a worker
    raises is raised again where the batch is asked for, with the worker's traceback and a note that names the
    sample. Leaving the loop early stops the workers: each finishes the sample that it is reading.

    Args:
        dataset: has a length and samples by index; a TensorDataset is read batch by batch, by one gather per
            tensor. Or an :class:`~ravine.utils.data.IterableDataset`, whose samples come in its own order.
        batch_size: samples per batch; None gives out each sample as it is, its arrays as tensors.
        shuffle: a new random order every epoch.
        sampler: an iterable over indices, in place of ``shuffle``.
        batch_sampler: an iterable over lists of indices, in place of all of these.
        num_workers: threads that read ahead; 0 reads in the calling thread, when a batch is asked for.
        collate_fn: makes a batch of a list of samples; by default :func:`~ravine.utils.data.default_collate`.
            With ``batch_size=None`` it is given a sample, and is by default ``default_convert``.
        pin_memory: accepted without effect: threads need no copy.
        drop_last: leave out a last batch that is smaller.
        worker_init_fn: called with the worker's id (0, 1, ...) in every worker thread of every epoch before
            it reads.
        generator: the seed, or an object with ``initial_seed()``.
        seed: the same as ``generator``; without either every epoch draws one from ravine's global random
            stream, so that ``ravine.manual_seed`` decides.
        prefetch_factor: batches per worker that are read ahead, 2 by default.
        persistent_workers: accepted without effect: a thread starts in microseconds.

    Attributes:
        epoch: how many times the loader has been iterated over; :meth:`load_state_dict` sets it and the
            place within the epoch, to continue an interrupted run.

    Raises:
        ValueError: options that exclude each other, or a number that makes no sense.

    >>> from ravine.utils.data import DataLoader
    >>> [batch.tolist() for batch in DataLoader(range(5), batch_size=2)]
    [[0, 1], [2, 3], [4]]
    >>> a = [b.tolist() for b in DataLoader(range(9), batch_size=4, shuffle=True, seed=3)]
    >>> b = [b.tolist() for b in DataLoader(range(9), batch_size=4, shuffle=True, seed=3, num_workers=2)]
    >>> a == b
    True
    """

    def __new__(cls, *_args: Any, **kwargs: Any) -> Self:
        if kwargs:
            check_keywords(cls, kwargs)
        return super().__new__(cls)

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        *,
        worker_init_fn: Callable[[int], None] | None = None,
        generator: Any = None,
        seed: int | None = None,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
    ) -> None:
        if not (hasattr(dataset, "__getitem__") or hasattr(dataset, "__iter__")):
            raise TypeError(
                f"DataLoader: {type(dataset).__name__} is no dataset: it needs __len__ and __getitem__, or "
                "__iter__. Wrap tensors in TensorDataset(...)"
            )
        if num_workers < 0:
            raise ValueError(
                "num_workers option should be non-negative; use num_workers=0 to disable threads."
            )
        if prefetch_factor is not None and (num_workers == 0 or prefetch_factor <= 0):
            raise ValueError("prefetch_factor should be a positive integer, and needs num_workers > 0")
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
        if batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
            )
        self._streams = isinstance(dataset, IterableDataset)
        if self._streams and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError(
                "an IterableDataset gives its samples in its own order: "
                "shuffle, sampler and batch_sampler have no meaning for it"
            )
        if generator is not None and seed is not None:
            raise ValueError("generator and seed are two names of one thing: give one")
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.persistent_workers = persistent_workers
        self.worker_init_fn = worker_init_fn
        self.seed = seed_of(generator if seed is None else seed)
        self.epoch = 0
        single = batch_size is None and batch_sampler is None
        self.collate_fn = collate_fn or (default_convert if single else default_collate)
        # With an empty dataset there is nothing to shuffle, and RandomSampler says so.
        self._shuffles = sampler is None and batch_sampler is None and bool(shuffle) and len(dataset) > 0
        if batch_sampler is None:
            if sampler is None and not self._streams:
                sampler = RandomSampler(dataset) if self._shuffles else SequentialSampler(dataset)
            if batch_size is not None:
                # For a stream it says how many there are in a batch, and checks that number.
                batch_sampler = BatchSampler(dataset if sampler is None else sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler

        self._pass: _Pass | None = None
        self._resume: dict[str, Any] | None = None

    def __len__(self) -> int:
        """The number of batches of an epoch."""
        batches: Any = self.batch_sampler
        if batches is None:
            batches = self.dataset if self.sampler is None else self.sampler
        return len(batches)

    def __iter__(self) -> Iterator[Any]:
        resume, self._resume = self._resume, None
        if resume is not None:
            seed, first = resume["seed"], resume["batch"]
        else:
            seed, first = draw() if self.seed is None else derive(self.seed, self.epoch), 0
        self.epoch += 1
        sampler = self._stateful()
        before = None if sampler is None or isinstance(sampler, Seeded) else deepcopy(sampler.state_dict())
        current = self._pass = _Pass(seed, first, before)
        if self._streams:
            reader: Reader = Stream(self, derive(seed, 1))
            tasks: Iterator[Any] = ((number, first) for number in count(first))
        else:
            reader = Reader(self, derive(seed, 1))
            tasks = islice(self._tasks(derive(seed, 0)), first, None)
        return current.counted(reader.batches(tasks))

    def _tasks(self, order_seed: int) -> Iterator[tuple[int, list[int]]]:
        """An epoch's batches as (position of the first sample in the epoch, indices)."""
        sampler, batches = self.sampler, self.batch_sampler
        if self._shuffles:
            assert isinstance(sampler, RandomSampler)
            order = sampler._order(order_seed)
            batches = batches._batches(order) if isinstance(batches, BatchSampler) else ([i] for i in order)
        elif batches is None:
            assert sampler is not None
            batches = ([index] for index in sampler)
        return _placed(iter(batches))

    def _stateful(self) -> Any:
        """The user's sampler, if it can say and restore where it is."""
        if self._shuffles or self._streams:
            return None
        for sampler in (self.batch_sampler, self.sampler, getattr(self.batch_sampler, "sampler", None)):
            if hasattr(sampler, "state_dict") and hasattr(sampler, "load_state_dict"):
                return sampler
        return None

    def state_dict(self) -> dict[str, Any]:
        """Where the loader is: plain numbers that :meth:`load_state_dict` takes to continue from here.

        A batch counts as used from when it is given out: a state that is taken in a loop's body comes after
        the batch in hand. After the last batch, and before the first loop, the next epoch comes next. A loop
        that was left early stays where it was left.

        Of a sampler of the user's own the state contains what its ``state_dict()`` says before the epoch; a
        sampler without one has to give the same order again. Without a seed of the loader's or the sampler's
        own, later epochs follow from ravine's global random state: save ``ravine.get_rng_state()`` too.

        >>> loader = DataLoader(range(6), batch_size=2, shuffle=True, seed=3)
        >>> for batch in loader:
        ...     state = loader.state_dict()
        ...     break
        >>> rest = DataLoader(range(6), batch_size=2, shuffle=True, seed=3)
        >>> rest.load_state_dict(state)
        >>> sorted(i for b in [batch, *rest] for i in b.tolist())
        [0, 1, 2, 3, 4, 5]
        """
        if self._resume is not None:
            return dict(self._resume)
        sampler = self._stateful()
        current = None if self._pass is None or self._pass.done else self._pass
        state: dict[str, Any] = {
            "epoch": self.epoch - (current is not None),
            "batch": 0 if current is None else current.given,
            "seed": None if current is None else current.seed,
            "loader_seed": self.seed,
            "batch_size": self.batch_size,
            "samples": len(self.dataset) if hasattr(self.dataset, "__len__") else None,
        }
        if isinstance(sampler, Seeded):
            state["sampler"] = sampler.state_dict(repeat=current is not None)
        elif sampler is not None:
            state["sampler"] = deepcopy(sampler.state_dict()) if current is None else current.sampler
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a state: the next loop gives the rest of its epoch, the ones after it whole epochs.

        Batches are the same as in the run that was interrupted, for any number of workers. Samples that were
        used are not read again, except those of an IterableDataset, which have to be gone through.

        Raises:
            ValueError: the state is of a loader with another batch size or another number of samples.
        """
        own = self.state_dict()
        for name in ("batch_size", "samples"):
            if state_dict[name] != own[name] and state_dict["batch"] > 0:
                raise ValueError(
                    f"load_state_dict: the state was taken within an epoch with {name}={state_dict[name]}, "
                    f"but this loader has {name}={own[name]}: which batches come next is not defined"
                )
        self.epoch, self.seed = state_dict["epoch"], state_dict["loader_seed"]
        self._pass = None
        self._resume = None if state_dict["seed"] is None else {**state_dict}
        sampler = self._stateful()
        if sampler is not None and "sampler" in state_dict:
            sampler.load_state_dict(state_dict["sampler"])


def _placed(batches: Iterator[Any]) -> Iterator[tuple[int, list[int]]]:
    start = 0
    for batch in batches:
        indices = list(batch)
        yield start, indices
        start += len(indices)
