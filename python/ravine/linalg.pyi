# Written by `python -m ravine._stubs` from what is declared for this place. Do not edit.

from ravine._linalg import cross as cross
from ravine._linalg import diagonal as diagonal
from ravine._ops import matmul as matmul
from ravine._linalg import matrix_norm as matrix_norm
from ravine._linalg import multi_dot as multi_dot
from ravine._linalg import norm as norm
from ravine._linalg import vecdot as vecdot
from ravine._linalg import vector_norm as vector_norm

__all__ = [
    "cross",
    "diagonal",
    "matmul",
    "matrix_norm",
    "multi_dot",
    "norm",
    "vecdot",
    "vector_norm",
]
