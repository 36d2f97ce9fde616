# Written by `python -m ravine._stubs` from what is declared for this place. Do not edit.

from ravine._decompositions import cond as cond
from ravine._linalg import cross as cross
from ravine._linalg import diagonal as diagonal
from ravine._decompositions import eigvals as eigvals
from ravine._decompositions import eigvalsh as eigvalsh
from ravine._decompositions import householder_product as householder_product
from ravine._decompositions import lstsq as lstsq
from ravine._ops import matmul as matmul
from ravine._linalg import matrix_norm as matrix_norm
from ravine._decompositions import matrix_power as matrix_power
from ravine._decompositions import matrix_rank as matrix_rank
from ravine._linalg import multi_dot as multi_dot
from ravine._linalg import norm as norm
from ravine._decompositions import pinv as pinv
from ravine._decompositions import tensorinv as tensorinv
from ravine._decompositions import tensorsolve as tensorsolve
from ravine._decompositions import vander as vander
from ravine._linalg import vecdot as vecdot
from ravine._linalg import vector_norm as vector_norm

__all__ = [
    "cond",
    "cross",
    "diagonal",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]
