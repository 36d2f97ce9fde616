"""Samplers: in which order the samples come."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, islice
from math import inf, log

import ravine as rv

from ._seed import derive, draw, seed_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

__all__ = [
    "BatchSampler",
    "RandomSampler",
    "Sampler",
    "Seeded",
    "SequentialSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
]


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


class Seeded(Sampler):
    """A sampler whose passes each have a seed: derived from its own, or drawn from the global stream."""

    def __init__(self, generator: Any) -> None:
        self.seed = seed_of(generator)
        self.passes = 0
        self._drawn: int | None = None  # the seed of the last pass
        self._again: int | None = None  # the seed that the next pass has to take

    def __iter__(self) -> Iterator[int]:
        if self._again is not None:
            seed, self._again = self._again, None
        else:
            seed = draw() if self.seed is None else derive(self.seed, self.passes)
        self.passes += 1
        self._drawn = seed
        return self._order(seed)

    def state_dict(self, *, repeat: bool = False) -> dict[str, Any]:
        """What :meth:`load_state_dict` takes to go on after the last pass, or to ``repeat`` it."""
        if repeat:
            return {"passes": self.passes - 1, "seed": self._drawn}
        return {"passes": self.passes, "seed": self._again}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go to a state of :meth:`state_dict`."""
        self.passes, self._again = state_dict["passes"], state_dict["seed"]

    def _order(self, seed: int) -> Iterator[int]:
        raise NotImplementedError


class RandomSampler(Seeded):
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
            order: list[int] = rv.randperm(size, seed=derive(seed, turn), device="cpu").tolist()
            yield from order[:left]
            left -= size
            turn += 1

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Seeded):
    """The given indices, each once, in random order; ``generator`` as for :class:`RandomSampler`.

    >>> sorted(SubsetRandomSampler([7, 3], generator=1))
    [3, 7]
    """

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        super().__init__(generator)
        self.indices = indices

    def _order(self, seed: int) -> Iterator[int]:
        for position in rv.randperm(len(self.indices), seed=seed, device="cpu").tolist():
            yield self.indices[position]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Seeded):
    """Indices drawn in proportion to weights, for instance to see rare classes as often as others.

    Args:
        weights: of the indices 0, 1, ...; a tensor, an array or a sequence of finite numbers from 0,
            which need not sum to 1.
        num_samples: how many indices a pass gives.
        replacement: whether an index may come again. Without, indices come as from an urn whose balls are not
            put back.
        generator: as for :class:`RandomSampler`.

    Raises:
        ValueError: ``num_samples`` is no positive int, ``replacement`` no bool, a weight is negative or not
            finite, or there are not enough weights above 0.

    >>> sorted(set(WeightedRandomSampler([0.9, 0.0, 0.1], 100, generator=1)))
    [0, 2]
    >>> sorted(WeightedRandomSampler([0.9, 0.0, 0.1], 2, replacement=False, generator=1))
    [0, 2]
    """

    def __init__(
        self, weights: Any, num_samples: int, replacement: bool = True, generator: Any = None
    ) -> None:
        super().__init__(generator)
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples <= 0:
            raise ValueError(
                f"num_samples should be a positive integer value, but got num_samples={num_samples}"
            )
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        values = weights.tolist() if hasattr(weights, "tolist") else weights
        self.weights = [float(weight) for weight in values]
        for position, weight in enumerate(self.weights):
            if not 0 <= weight < inf:
                raise ValueError(
                    f"weights should be finite numbers from 0, but number {position} is {weight}"
                )
        above = sum(weight > 0 for weight in self.weights)
        if above < (1 if replacement else num_samples):
            raise ValueError(
                f"{above} of {len(self.weights)} weights are above 0, too few to draw {num_samples} indices "
                f"{'with' if replacement else 'without'} replacement"
            )
        self.num_samples = num_samples
        self.replacement = replacement

    def _order(self, seed: int) -> Iterator[int]:
        # 53 bits above 0 and below 1, each of its own seed.
        def uniform(number: int) -> float:
            return ((derive(seed, number) >> 12) + 0.5) * 2.0**-52

        if self.replacement:
            ends = list(accumulate(self.weights))
            last = max(position for position, weight in enumerate(self.weights) if weight > 0)
            for number in range(self.num_samples):
                yield min(bisect_right(ends, uniform(number) * ends[-1]), last)
            return
        # The largest u^(1/w) are a draw without replacement (Efraimidis and Spirakis, 2006); in logarithms.
        keys = [
            (-log(uniform(position)) / weight, position)
            for position, weight in enumerate(self.weights)
            if weight > 0
        ]
        keys.sort()
        yield from (position for _, position in keys[: self.num_samples])

    def __len__(self) -> int:
        return self.num_samples


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
