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

from ._collate import default_collate
from ._dataset import ConcatDataset, Dataset, Subset, TensorDataset, random_split
from ._loader import DataLoader, WorkerInfo, get_worker_info
from ._sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler, SubsetRandomSampler
from ._seed import sample_seed

__all__ = [
    "BatchSampler",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WorkerInfo",
    "default_collate",
    "get_worker_info",
    "random_split",
    "sample_seed",
]
