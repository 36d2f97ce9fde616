# Written by `python -m ravine._stubs` from what is declared for this place. Do not edit.

from ravine.errors import LinAlgError as LinAlgError
from ravine._ops import cholesky as cholesky
from ravine._ops import cholesky_ex as cholesky_ex
from ravine._decompositions import cond as cond
from ravine._linalg import cross as cross
from ravine._ops import det as det
from ravine._linalg import diagonal as diagonal
from ravine._ops import eig as eig
from ravine._ops import eigh as eigh
from ravine._decompositions import eigvals as eigvals
from ravine._decompositions import eigvalsh as eigvalsh
from ravine._decompositions import householder_product as householder_product
from ravine._ops import inv as inv
from ravine._ops import inv_ex as inv_ex
from ravine._ops import ldl_factor as ldl_factor
from ravine._ops import ldl_factor_ex as ldl_factor_ex
from ravine._ops import ldl_solve as ldl_solve
from ravine._decompositions import lstsq as lstsq
from ravine._ops import lu as lu
from ravine._ops import lu_factor as lu_factor
from ravine._ops import lu_factor_ex as lu_factor_ex
from ravine._ops import lu_solve as lu_solve
from ravine._ops import matmul as matmul
from ravine._ops import matrix_exp as matrix_exp
from ravine._linalg import matrix_norm as matrix_norm
from ravine._decompositions import matrix_power as matrix_power
from ravine._decompositions import matrix_rank as matrix_rank
from ravine._linalg import multi_dot as multi_dot
from ravine._linalg import norm as norm
from ravine._decompositions import pinv as pinv
from ravine._ops import qr as qr
from ravine._ops import slogdet as slogdet
from ravine._ops import solve as solve
from ravine._ops import solve_ex as solve_ex
from ravine._ops import solve_triangular as solve_triangular
from ravine._ops import svd as svd
from ravine._ops import svdvals as svdvals
from ravine._decompositions import tensorinv as tensorinv
from ravine._decompositions import tensorsolve as tensorsolve
from ravine._decompositions import vander as vander
from ravine._linalg import vecdot as vecdot
from ravine._linalg import vector_norm as vector_norm

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "ldl_factor",
    "ldl_factor_ex",
    "ldl_solve",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]
