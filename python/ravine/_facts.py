"""Properties of tensors that scripts ask for, most of which say what a tensor here is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine.errors import ShapeError

if TYPE_CHECKING:
    from ravine._names import layout as Layout

    Base = Tensor
else:
    Base = object


class Facts(Base):
    """Properties that `_tensor.attach` puts on `Tensor`."""

    @property
    def H(self) -> Tensor:
        """The transpose of a matrix: nothing here is complex."""
        if self.ndim not in (0, 2):
            raise ShapeError(f"H: the tensor has {self.ndim} dimensions, a matrix has 2. Use .mH")
        return self.T

    @property
    def mH(self) -> Tensor:
        """The last two dimensions exchanged: nothing here is complex."""
        return _ops.transpose(self, -1, -2)

    @property
    def real(self) -> Tensor:
        """The tensor itself: nothing here is complex."""
        return self

    @property
    def layout(self) -> Layout:
        """`ravine.strided`: every tensor is dense."""
        from ravine._names import strided

        return strided

    @property
    def is_sparse(self) -> bool:
        """False: every tensor is dense."""
        return False

    @property
    def is_sparse_csr(self) -> bool:
        """False: every tensor is dense."""
        return False

    @property
    def is_quantized(self) -> bool:
        """False: there are no quantised dtypes."""
        return False

    @property
    def is_mps(self) -> bool:
        """False: a GPU of whatever make is `is_cuda`."""
        return False

    @property
    def is_xpu(self) -> bool:
        """False: a GPU of whatever make is `is_cuda`."""
        return False

    @property
    def name(self) -> None:
        """None: tensors have no names."""
        return None

    @property
    def output_nr(self) -> int:
        """0: each result of an op has a node of its own."""
        return 0

    @property
    def _base(self) -> Tensor | None:
        """The tensor that this one is a view of."""
        return _core.base_of(self)
