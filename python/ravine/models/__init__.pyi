# Written by `python -m ravine._stubs` from the files' `__all__`. Do not edit.

from ._base import Model as Model
from . import mlp as mlp
from . import multitask as multitask
from .mlp import MLP as MLP
from .multitask import MultiTask as MultiTask
from .multitask import weighted_sum as weighted_sum
