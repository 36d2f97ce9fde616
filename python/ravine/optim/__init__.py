"""Optimizers. Names and meanings are PyTorch's; the usual updates are one op over all tensors of a group.

>>> import ravine
>>> from ravine import nn, optim
>>> model = nn.Linear(2, 1)
>>> optimizer = optim.Adam(model.parameters(), lr=0.01)
>>> model(ravine.ones(4, 2)).sum().backward()
>>> optimizer.step()
>>> optimizer.zero_grad()
"""

from __future__ import annotations

from . import lr_scheduler, swa_utils
from .adam import Adam, AdamW
from .adaptive import Adadelta, Adagrad, Lion, RMSprop
from .averaged import ASGD, Rprop
from .factored import Adafactor, Muon
from .layerwise import LAMB, LARS, SparseAdam
from .lbfgs import LBFGS
from .moments import Adamax, NAdam, RAdam
from .ngd import NGD
from .optimizer import Optimizer
from .sgd import SGD

__all__ = [
    "ASGD",
    "LAMB",
    "LARS",
    "LBFGS",
    "NGD",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SparseAdam",
    "lr_scheduler",
    "swa_utils",
]


def __dir__() -> list[str]:
    return sorted(__all__)
