"""Datasets: things with a length and samples by index."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, chain
from math import floor, isclose

import ravine as rv

from .._arguments import check_tensors
from ._seed import seed_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from .._core import Tensor

__all__ = [
    "ChainDataset",
    "ConcatDataset",
    "Dataset",
    "IterableDataset",
    "StackDataset",
    "Subset",
    "TensorDataset",
    "gather",
    "random_split",
]


class Dataset:
    """A map from indices to samples: subclasses define ``__getitem__`` and ``__len__``.

    Any object with these two serves, this class is a convenience: it lets datasets be added and annotated
    (``Dataset[Tensor]``).

    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         return index**2
    >>> [*(Squares() + Squares())]
    [0, 1, 4, 0, 1, 4]
    """

    def __class_getitem__(cls, item: Any) -> type[Dataset]:
        return cls

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Any) -> ConcatDataset:
        return ConcatDataset([self, other])


class IterableDataset(Dataset):
    """A stream of samples: subclasses define ``__iter__``, and ``__len__`` where the number is known.

    A DataLoader takes its samples in their order. With workers the stream is iterated once, by whichever
    worker is free, so a sample comes once without any care for ``get_worker_info()``; making batches of the
    samples runs in parallel, reading them does not.

    >>> class Countdown(IterableDataset):
    ...     def __iter__(self):
    ...         return iter([3, 2, 1])
    >>> from ravine.utils.data import DataLoader
    >>> [batch.tolist() for batch in DataLoader(Countdown(), batch_size=2)]
    [[3, 2], [1]]
    """

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")

    def __getitem__(self, index: Any) -> Any:
        raise TypeError("an IterableDataset has no samples by index: iterate over it")

    def __add__(self, other: Any) -> ChainDataset:  # pyright: ignore[reportIncompatibleMethodOverride]
        return ChainDataset([self, other])


class ChainDataset(IterableDataset):
    """The streams of several iterable datasets, one after the other.

    >>> [*ChainDataset(["ab", range(2)])]
    ['a', 'b', 0, 1]
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(self.datasets)

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self.datasets)


class StackDataset(Dataset):
    """Sample i is the tuple, or with names the dict, of every dataset's i-th sample.

    Raises:
        ValueError: no dataset, some with and some without a name, or their lengths differ.

    >>> StackDataset("ab", [1, 2])[1], StackDataset(text="ab", label=[1, 2])[0]
    (('b', 2), {'text': 'a', 'label': 1})
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError("StackDataset takes datasets either by position or by name, and at least one")
        self.datasets: tuple[Any, ...] | dict[str, Any] = args or kwargs
        lengths = [len(dataset) for dataset in args or kwargs.values()]
        if len(set(lengths)) != 1:
            raise ValueError(f"Size mismatch between datasets: their lengths are {lengths}")
        self._length = lengths[0]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __len__(self) -> int:
        return self._length


class TensorDataset(Dataset):
    """Sample i is the tuple of every tensor's i-th element along the first dimension.

    Args:
        *tensors: any dtypes; all of the same size in the first dimension.

    Raises:
        ValueError: there is no tensor, or the sizes differ.

    >>> import ravine
    >>> pairs = TensorDataset(ravine.arange(3), ravine.tensor([5, 6, 7]))
    >>> len(pairs), [t.item() for t in pairs[1]]
    (3, [1, 6])
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor) -> None:
        if not tensors:
            raise ValueError("TensorDataset needs at least one tensor")
        for i, tensor in enumerate(tensors):
            check_tensors("TensorDataset", **{f"tensors[{i}]": tensor})
        if any(tensor.ndim == 0 for tensor in tensors):
            raise ValueError(
                "TensorDataset needs tensors of at least one dimension, the samples'; got a scalar"
            )
        sizes = [tensor.shape[0] for tensor in tensors]
        if len(set(sizes)) != 1:
            raise ValueError(f"Size mismatch between tensors: their first dimensions are {sizes}")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].shape[0]

    # A loader asks for whole batches: one gather per field, not a thousand small reads.
    def _gather(self, indices: list[int]) -> list[Tensor]:
        index = rv.tensor(indices, dtype=rv.int64)
        return [tensor[index] for tensor in self.tensors]


class Subset(Dataset):
    """The samples of ``dataset`` at ``indices``, in this order.

    >>> Subset("abcdef", [4, 0])[0]
    'e'
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


class ConcatDataset(Dataset):
    """The samples of several datasets, one dataset after the other.

    Raises:
        ValueError: there is no dataset, or one is iterable only.

    >>> both = ConcatDataset(["ab", "cde"])
    >>> len(both), both[2], both[-1]
    (5, 'c', 'e')
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise ValueError("ConcatDataset does not support IterableDataset: use ChainDataset")
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"index {index} is out of range for {len(self)} samples")
        which = bisect_right(self.cumulative_sizes, position)
        start = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][position - start]


def random_split(dataset: Any, lengths: Sequence[int | float], generator: Any = None) -> list[Subset]:
    """Cut a dataset into random parts that do not overlap.

    Args:
        dataset: anything with a length and samples by index.
        lengths: the parts' sizes; or fractions that sum to 1, of which each is rounded down, the rest being
            dealt out one by one from the first part on.
        generator: a seed, or an object with ``initial_seed()``; without it ravine's global random stream
            decides.

    Raises:
        ValueError: the sizes do not sum to the dataset's, or a fraction is outside of [0, 1].

    >>> first, second = random_split(range(10), [0.7, 0.3], generator=0)
    >>> len(first), len(second), sorted([*first, *second]) == list(range(10))
    (7, 3, True)
    """
    size = len(dataset)
    total: int | float = 0
    for length in lengths:
        # No more is read of a list of lengths, however long, than it takes to see that they are too many.
        if (total := total + length) > max(size, 1):
            raise ValueError(
                "Sum of input lengths does not equal the length of the input dataset: "
                f"more than {max(size, 1)} against {size}"
            )
    if isclose(total, 1) and total <= 1:
        counts: list[int] = []
        for number, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise ValueError(f"Fraction at index {number} is not between 0 and 1")
            counts.append(floor(size * fraction))
        for number in range(size - sum(counts)):
            counts[number % len(counts)] += 1
    else:
        counts = [int(length) for length in lengths]
    if sum(counts) != size:
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset: "
            f"{sum(counts)} against {size}"
        )
    order: list[int] = rv.randperm(size, seed=seed_of(generator), device="cpu").tolist()
    ends = list(accumulate(counts))
    return [Subset(dataset, order[end - count : end]) for end, count in zip(ends, counts, strict=True)]


def gather(dataset: Any) -> Any:
    """The function that reads a whole batch of ``dataset`` at once, already collated; None if there is none.

    It exists for a TensorDataset, and for a Subset of one.
    """
    if type(dataset) is TensorDataset:
        return dataset._gather
    if type(dataset) is Subset:
        inner = gather(dataset.dataset)
        if inner is not None:
            picked = dataset.indices
            return lambda indices: inner([int(picked[index]) for index in indices])
    return None
