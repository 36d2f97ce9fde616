"""Samplers: in which order the samples come."""

from __future__ import annotations

from itertools import islice

import ravine as rv

from ._seed import derive, draw, seed_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

__all__ = ["BatchSampler", "RandomSampler", "Sampler", "SequentialSampler", "SubsetRandomSampler"]


class Sampler:
    """An iterable over indices: subclasses define ``__iter__`` and, where it is known, ``__len__``."""

    def __class_getitem__(cls, item: Any) -> type[Sampler]:
        return cls

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError


class SequentialSampler(Sampler):
    """0, 1, 2, ...

    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class _Seeded(Sampler):
    """A sampler whose passes each have a seed: derived from its own, or drawn from the global stream."""

    def __init__(self, generator: Any) -> None:
        self.seed = seed_of(generator)
        self.passes = 0

    def __iter__(self) -> Iterator[int]:
        if self.seed is None:
            return self._order(draw())
        self.passes += 1
        return self._order(derive(self.seed, self.passes - 1))

    def _order(self, seed: int) -> Iterator[int]:
        raise NotImplementedError


class RandomSampler(_Seeded):
    """Every index once, in random order; or random indices with replacement.

    Args:
        data_source: what has the length.
        replacement: whether an index may come again before all have come.
        num_samples: how many indices a pass gives; by default as many as there are.
        generator: a seed, or an object with ``initial_seed()``; without it ravine's global random stream
            decides.

    Raises:
        TypeError: ``replacement`` is no bool.
        ValueError: ``num_samples`` is no positive int.

    >>> sorted(RandomSampler("abcd", generator=1))
    [0, 1, 2, 3]
    """

    def __init__(
        self,
        data_source: Any,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Any = None,
    ) -> None:
        super().__init__(generator)
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(
                f"num_samples should be a positive integer value, but got num_samples={self.num_samples}"
            )

    @property
    def num_samples(self) -> int:
        """How many indices a pass gives."""
        # The dataset's size may change from pass to pass.
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def _order(self, seed: int) -> Iterator[int]:
        size, left = len(self.data_source), self.num_samples
        if self.replacement:
            # The top 64 bits of a 128-bit product: uniform to 1 in 2^64 / size.
            yield from ((derive(seed, number) * size) >> 64 for number in range(left))
            return
        turn = 0
        while left > 0:
            order: list[int] = rv.randperm(size, seed=derive(seed, turn)).tolist()
            yield from order[:left]
            left -= size
            turn += 1

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(_Seeded):
    """The given indices, each once, in random order; ``generator`` as for :class:`RandomSampler`.

    >>> sorted(SubsetRandomSampler([7, 3], generator=1))
    [3, 7]
    """

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        super().__init__(generator)
        self.indices = indices

    def _order(self, seed: int) -> Iterator[int]:
        for position in rv.randperm(len(self.indices), seed=seed).tolist():
            yield self.indices[position]

    def __len__(self) -> int:
        return len(self.indices)


class BatchSampler(Sampler):
    """The indices of another sampler in lists of ``batch_size``.

    Args:
        sampler: any iterable over indices.
        batch_size: the size of a batch.
        drop_last: leave out a last batch that is smaller.

    Raises:
        ValueError: the size is no positive int, or ``drop_last`` no bool.

    >>> list(BatchSampler(range(5), 2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ValueError(
                f"batch_size should be a positive integer value, but got batch_size={batch_size}"
            )
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        return self._batches(iter(self.sampler))

    def _batches(self, indices: Iterator[int]) -> Iterator[list[int]]:
        while batch := list(islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        size = len(self.sampler)  # pyright: ignore[reportArgumentType]
        return size // self.batch_size if self.drop_last else -(-size // self.batch_size)
