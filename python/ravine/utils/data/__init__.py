"""Datasets, samplers and the loader. Names and meanings are PyTorch's; workers are threads.

>>> import ravine
>>> from ravine.utils.data import DataLoader, TensorDataset
>>> pairs = TensorDataset(ravine.arange(5), ravine.arange(5) * 10)
>>> for x, y in DataLoader(pairs, batch_size=2):
...     print(x.tolist(), y.tolist())
[0, 1] [0, 10]
[2, 3] [20, 30]
[4] [40]
"""

from __future__ import annotations

from .._collate import default_collate, default_convert
from .._dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from .._distributed import DistributedSampler
from .._loader import DataLoader
from .._reader import WorkerInfo, get_worker_info
from .._sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from .._seed import sample_seed

__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "WorkerInfo",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "random_split",
    "sample_seed",
]


def __dir__() -> list[str]:
    return sorted(__all__)
