"""DataLoader: batches in order, read by threads ahead of their use."""

from __future__ import annotations

from _thread import _local
from itertools import count, islice

import ravine as rv

from .. import _core
from ._collate import default_collate, tensors_of
from ._dataset import gather
from ._sampler import BatchSampler, RandomSampler, SequentialSampler
from ._seed import current, derive, draw, seed_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

__all__ = ["DataLoader", "WorkerInfo", "get_worker_info"]


class WorkerInfo:
    """What :func:`get_worker_info` tells a worker thread about itself."""

    __slots__ = ("dataset", "id", "num_workers", "seed")

    def __init__(self, id: int, num_workers: int, seed: int, dataset: Any) -> None:
        self.id = id
        self.num_workers = num_workers
        self.seed = seed
        self.dataset = dataset

    def __repr__(self) -> str:
        fields = ", ".join(
            f"{name}={getattr(self, name)!r}" for name in ("id", "num_workers", "seed", "dataset")
        )
        return f"WorkerInfo({fields})"


class _Worker(_local):
    info: WorkerInfo | None = None
    crew: object = None


_worker = _Worker()


def get_worker_info() -> WorkerInfo | None:
    """The calling worker thread's id, the number of workers, its seed and dataset; None elsewhere.

    >>> get_worker_info() is None
    True
    """
    return _worker.info


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
            tensor.
        batch_size: samples per batch.
        shuffle: a new random order every epoch.
        sampler: an iterable over indices, in place of ``shuffle``.
        batch_sampler: an iterable over lists of indices, in place of all of these.
        num_workers: threads that read ahead; 0 reads in the calling thread, when a batch is asked for.
        collate_fn: makes a batch of a list of samples; by default :func:`~ravine.utils.data.default_collate`.
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
        epoch: how many times the loader has been iterated over; set it to continue an interrupted run.

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
        if batch_sampler is None and batch_size is None:
            raise ValueError(
                "batch_size=None is not offered: iterate over the dataset itself, or use batch_size=1"
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
        self.collate_fn = default_collate if collate_fn is None else collate_fn
        # With an empty dataset there is nothing to shuffle, and RandomSampler says so.
        self._shuffles = sampler is None and batch_sampler is None and bool(shuffle) and len(dataset) > 0
        if batch_sampler is None:
            assert batch_size is not None
            if sampler is None:
                sampler = RandomSampler(dataset) if self._shuffles else SequentialSampler(dataset)
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler

    def __len__(self) -> int:
        """The number of batches of an epoch."""
        return len(self.batch_sampler)  # pyright: ignore[reportArgumentType]

    def __iter__(self) -> Iterator[Any]:
        seed = draw() if self.seed is None else derive(self.seed, self.epoch)
        self.epoch += 1
        tasks = self._tasks(derive(seed, 0))
        reader = _Reader(self, derive(seed, 1))
        return reader.ahead(tasks) if self.num_workers else reader.here(tasks)

    def _tasks(self, order_seed: int) -> Iterator[tuple[int, list[int]]]:
        """An epoch's batches as (position of the first sample in the epoch, indices)."""
        if self._shuffles:
            assert isinstance(self.batch_sampler, BatchSampler)
            assert isinstance(self.sampler, RandomSampler)
            batches = self.batch_sampler._batches(self.sampler._order(order_seed))
        else:
            batches = iter(self.batch_sampler)
        start = 0
        for batch in batches:
            indices = list(batch)
            yield start, indices
            start += len(indices)


class _Reader:
    """Reads one epoch. Does not hold the generators that it makes: dropping one stops its threads."""

    def __init__(self, loader: DataLoader, seed: int) -> None:
        self.dataset = loader.dataset
        self.collate = loader.collate_fn
        self.num_workers = loader.num_workers
        self.prefetch = loader.num_workers * loader.prefetch_factor
        self.worker_init_fn = loader.worker_init_fn
        self.seed = seed
        self.ids = count()  # `next` on it is atomic
        self.stopped = False
        self.gather = gather(loader.dataset) if loader.collate_fn is default_collate else None

    def here(self, tasks: Iterator[tuple[int, list[int]]]) -> Iterator[Any]:
        """The batches, read in the calling thread."""
        for start, indices in tasks:
            yield self.read(start, indices)

    def ahead(self, tasks: Iterator[tuple[int, list[int]]]) -> Iterator[Any]:
        """The batches in order, read by threads that keep ``prefetch`` of them ready or in work."""
        from collections import deque
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(self.num_workers, thread_name_prefix="ravine-data")
        pending = deque(pool.submit(self.work, *task) for task in islice(tasks, self.prefetch))
        try:
            while pending:
                batch = pending.popleft().result()
                for task in islice(tasks, 1):
                    pending.append(pool.submit(self.work, *task))
                yield batch
        finally:
            self.stopped = True
            # The garbage collector may end this generator in any thread; a worker cannot wait for itself.
            pool.shutdown(wait=_worker.crew is not self, cancel_futures=True)

    def work(self, start: int, indices: list[int]) -> Any:
        """One batch, in a worker thread."""
        if _worker.crew is not self:
            id = next(self.ids)
            _worker.info = WorkerInfo(id, self.num_workers, derive(self.seed, -2 - id), self.dataset)
            if self.worker_init_fn is not None:
                self.worker_init_fn(id)
            _worker.crew = self
        batch = self.read(start, indices)
        # Computed here, in this thread, not where the batch is used.
        rv.eval(*tensors_of(batch))
        return batch

    def read(self, start: int, indices: list[int]) -> Any:
        """The batch of the samples at ``indices``, the first of which is the epoch's ``start``-th."""
        if self.gather is not None:
            return self.gather(indices)
        samples: list[Any] = []
        outer = current.seed
        try:
            for position, index in enumerate(indices, start):
                if self.stopped:
                    return None  # nobody will look
                seed = derive(self.seed, position)
                current.seed = seed
                previous = _core.set_thread_seed(seed)
                try:
                    samples.append(self.dataset[index])
                except Exception as error:
                    info = _worker.info
                    who = "" if info is None else f", in worker thread {info.id}"
                    error.add_note(
                        f"DataLoader: while reading sample {index!r}, number {position} of the epoch{who}"
                    )
                    raise
                finally:
                    _core.set_thread_seed(previous)
        finally:
            current.seed = outer
        return self.collate(samples)
