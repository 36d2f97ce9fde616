"""The sampler of one of several processes, which here is usually the only one."""

from __future__ import annotations

import ravine as rv

from ._sampler import Sampler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler):
    """Every ``num_replicas``-th index from ``rank`` on, in an order that `set_epoch` changes.

    Args:
        dataset: of a known length.
        num_replicas: among how many processes the indices are divided; 1 without it.
        rank: which of them this is; 0 without it.
        shuffle: whether the order is random, and the same in every process.
        seed: of the order.
        drop_last: whether the rest that does not divide is left out; else the first indices come once more.

    Raises:
        ValueError: there is no such rank.

    >>> sampler = DistributedSampler(range(5), num_replicas=2, rank=1, shuffle=False)
    >>> list(sampler), len(sampler)
    ([1, 3, 0], 3)
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        self.dataset = dataset
        self.num_replicas = 1 if num_replicas is None else num_replicas
        self.rank = 0 if rank is None else rank
        if not 0 <= self.rank < self.num_replicas:
            raise rv.errors.ValueError(
                f"DistributedSampler: rank {self.rank} is none of the {self.num_replicas} processes. Use 0 "
                f"to {self.num_replicas - 1}"
            )
        self.shuffle, self.seed, self.drop_last, self.epoch = shuffle, seed, drop_last, 0

    @property
    def num_samples(self) -> int:
        """How many indices come."""
        count = len(self.dataset)
        return count // self.num_replicas if self.drop_last else -(-count // self.num_replicas)

    @property
    def total_size(self) -> int:
        """How many come in all processes together."""
        return self.num_samples * self.num_replicas

    def __iter__(self) -> Iterator[int]:
        count = len(self.dataset)
        if self.shuffle:
            from random import Random

            order = list(range(count))
            Random(self.seed * 1_000_003 + self.epoch).shuffle(order)
        else:
            order = list(range(count))
        whole = [order[i % count] for i in range(self.total_size)] if count else []
        return iter(whole[self.rank :: self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Has the next pass come in the order of this epoch."""
        self.epoch = epoch
