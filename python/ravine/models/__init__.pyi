# Written by `python -m ravine._stubs` from the files' `__all__`. Do not edit.

from ._base import Model as Model
from . import mlp as mlp
from .mlp import MLP as MLP
