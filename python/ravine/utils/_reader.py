"""How one pass over a dataset is read: here, or ahead by worker threads."""

from __future__ import annotations

from _thread import _local
from functools import partial
from itertools import count, islice
from operator import getitem

import ravine as rv

from .. import _core
from ._collate import default_collate, tensors_of
from ._dataset import gather
from ._seed import current, derive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ._loader import DataLoader

__all__ = ["Reader", "Stream", "WorkerInfo", "get_worker_info"]

_END = object()  # what a stream gives in place of a batch after its last


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


class Reader:
    """Reads one pass. Does not hold the generators that it makes: dropping one stops its threads."""

    def __init__(self, loader: DataLoader, seed: int) -> None:
        self.dataset = loader.dataset
        self.get: Callable[[Any], Any] = partial(getitem, loader.dataset)
        self.collate = loader.collate_fn
        self.single = loader.batch_size is None and loader.batch_sampler is None
        self.num_workers = loader.num_workers
        self.prefetch = loader.num_workers * loader.prefetch_factor
        self.worker_init_fn = loader.worker_init_fn
        self.seed = seed
        self.ids = count()  # `next` on it is atomic
        self.stopped = False
        self.gather = gather(loader.dataset) if loader.collate_fn is default_collate else None

    def batches(self, tasks: Iterator[Any]) -> Iterator[Any]:
        """The batches of these tasks, in order."""
        return self.ahead(tasks) if self.num_workers else self.here(tasks)

    def here(self, tasks: Iterator[Any]) -> Iterator[Any]:
        """The batches, read in the calling thread."""
        for task in tasks:
            batch = self.read(*task)
            if batch is _END:
                return
            yield batch

    def ahead(self, tasks: Iterator[Any]) -> Iterator[Any]:
        """The batches in order, read by threads that keep ``prefetch`` of them ready or in work."""
        from collections import deque
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(self.num_workers, thread_name_prefix="ravine-data")
        pending = deque(pool.submit(self.work, *task) for task in islice(tasks, self.prefetch))
        try:
            while pending:
                batch = pending.popleft().result()
                if batch is _END:
                    return
                for task in islice(tasks, 1):
                    pending.append(pool.submit(self.work, *task))
                yield batch
        finally:
            self.stop()
            # The garbage collector may end this generator in any thread; a worker cannot wait for itself.
            pool.shutdown(wait=_worker.crew is not self, cancel_futures=True)

    def stop(self) -> None:
        """Have the workers leave after the sample that each is reading."""
        self.stopped = True

    def work(self, *task: Any) -> Any:
        """One batch, in a worker thread."""
        if _worker.crew is not self:
            id = next(self.ids)
            _worker.info = WorkerInfo(id, self.num_workers, derive(self.seed, -2 - id), self.dataset)
            if self.worker_init_fn is not None:
                self.worker_init_fn(id)
            _worker.crew = self
        batch = self.read(*task)
        # Computed here, in this thread, not where the batch is used.
        rv.eval(*tensors_of(batch))
        return batch

    def read(self, start: int, indices: list[int]) -> Any:
        """The batch of the samples at ``indices``, the first of which is the pass's ``start``-th."""
        if self.gather is not None:
            return self.gather(indices)
        samples: list[Any] = []
        for position, index in enumerate(indices, start):
            if self.stopped:
                return None  # nobody will look
            samples.append(self.sample(position, index))
        return self.joined(samples)

    def joined(self, samples: list[Any]) -> Any:
        """The batch of these samples; without batches, the only one."""
        return self.collate(samples[0] if self.single else samples)

    def sample(self, position: int, index: Any) -> Any:
        """One sample, with the random numbers that belong to its position."""
        seed, outer = derive(self.seed, position), current.seed
        current.seed = seed
        previous = _core.set_thread_seed(seed)
        try:
            return self.get(index)
        except Exception as error:
            info = _worker.info
            who = "" if info is None else f", in worker thread {info.id}"
            name = "" if index is _END else f"sample {index!r}, "
            error.add_note(f"DataLoader: while reading {name}number {position} of the epoch{who}")
            raise
        finally:
            _core.set_thread_seed(previous)
            current.seed = outer


class Stream(Reader):
    """Reads one pass over an IterableDataset: its tasks are (number of the batch, number of the first)."""

    def __init__(self, loader: DataLoader, seed: int) -> None:
        super().__init__(loader, seed)
        from threading import Condition

        samples = iter(loader.dataset)
        self.get = lambda _: next(samples, _END)
        self.size = loader.batch_size or 1
        self.drop_last = loader.drop_last
        self.position = 0
        self.turn: int | None = None  # the batch whose samples are read now, or next
        self.ended = False
        self.changed = Condition()

    def stop(self) -> None:
        with self.changed:
            self.stopped = True
            self.changed.notify_all()

    def read(self, number: int, first: int) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The batch of that number. Threads take their turns in reading, and join samples side by side."""
        with self.changed:
            if self.turn is None:
                self.turn = first
            self.changed.wait_for(lambda: self.stopped or self.turn == number)
            if self.stopped:
                return None
        try:
            if number == first:
                self.take(first * self.size)  # those before were used in an interrupted run
            samples = self.take(self.size)
        except BaseException:
            self.ended = True
            raise
        finally:
            with self.changed:
                self.turn = number + 1
                self.changed.notify_all()
        if not samples or (self.drop_last and len(samples) < self.size):
            return _END
        return self.joined(samples)

    def take(self, count: int) -> list[Any]:
        """The next ``count`` samples, or as many as there are."""
        info, _worker.info = _worker.info, None  # the stream is whole: what looks at this must not split it
        taken: list[Any] = []
        try:
            while len(taken) < count and not self.ended and not self.stopped:
                sample = self.sample(self.position, _END)
                if sample is _END:
                    self.ended = True
                else:
                    taken.append(sample)
                    self.position += 1
        finally:
            _worker.info = info
        return taken
