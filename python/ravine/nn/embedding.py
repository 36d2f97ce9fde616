"""Embedding: vectors by number; EmbeddingBag: sums, means or maxima of them."""

from __future__ import annotations

import ravine as rv

from ..errors import ValueError
from . import functional as F
from . import init
from .functional.projection import padding_row
from .module import Module
from .parameter import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core import Tensor

__all__ = ["Embedding", "EmbeddingBag"]


class Embedding(Module):
    """A table of vectors, read by row number.

    Shapes: indices of any shape (int64 or int32) -> (*, embedding_dim); ``weight`` (num_embeddings,
    embedding_dim), which starts from the standard normal distribution.

    Args:
        num_embeddings: rows of the table.
        embedding_dim: size of each vector.
        padding_idx: a row that starts as zeros and gets no gradient; a negative one counts from the end.
        max_norm: rows of a greater norm are scaled down to it in the table when they are read.
        norm_type: the p of that norm.
        scale_grad_by_freq: whether the gradient of a row is divided by how often the call names it.
        sparse: changes nothing: gradients are dense.
        _weight: the table, in place of a random one.
        _freeze: whether the table is left untrained.
        device: where the table lives.
        dtype: its dtype, float32 by default.

    Raises:
        ValueError: ``padding_idx`` is no row, or ``_weight`` has another shape.
        IndexError: at the call, when an index is no row.

    >>> import ravine
    >>> from ravine import nn
    >>> tuple(nn.Embedding(10, 3)(ravine.tensor([[1, 2], [3, 1]])).shape)
    (2, 2, 3)
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_row(padding_idx, num_embeddings)
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        if _weight is None:
            table = rv.empty(num_embeddings, embedding_dim, device=device, dtype=dtype)
            self.weight = Parameter(table, requires_grad=not _freeze)
            self.reset_parameters()
        else:
            if tuple(_weight.shape) != (num_embeddings, embedding_dim):
                raise ValueError(
                    f"the table has shape {tuple(_weight.shape)}, "
                    f"num_embeddings and embedding_dim are {(num_embeddings, embedding_dim)}"
                )
            self.weight = Parameter(_weight, requires_grad=not _freeze)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """A layer over a table that exists already; with ``freeze`` it is not trained.

        Raises:
            ValueError: the table has not two dimensions.

        >>> import ravine
        >>> from ravine import nn
        >>> nn.Embedding.from_pretrained(ravine.tensor([[1.0], [2.0]]))(ravine.tensor(1)).tolist()
        [2.0]
        """
        if embeddings.ndim != 2:
            raise ValueError(f"a table has 2 dimensions, this one has shape {tuple(embeddings.shape)}")
        return cls(
            *embeddings.shape,
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
            _weight=embeddings,
            _freeze=freeze,
        )

    def reset_parameters(self) -> None:
        """Draw the table anew; the padding row becomes zeros."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with rv.no_grad():
                self.weight[self.padding_idx] = 0.0

    def forward(self, input: Tensor) -> Tensor:
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq
        )

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.padding_idx is not None:
            text += f", padding_idx={self.padding_idx}"
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        if self.norm_type != 2:
            text += f", norm_type={self.norm_type}"
        return text

    def path_summary(self) -> str:
        return f"{type(self).__name__} {self.num_embeddings}->{self.embedding_dim}"


class EmbeddingBag(Module):
    """The sums, means or maxima over bags of a table's rows, without the rows themselves.

    Shapes: indices (B, L), a bag in each row, or (n,) with ``offsets`` (B,), where bags begin -> (B,
    embedding_dim); ``weight`` (num_embeddings, embedding_dim), which starts from the standard normal
    distribution. A bag of nothing gives zeros. ``per_sample_weights`` of the call, of the indices' shape, are
    factors for ``mode="sum"``.

    Args:
        num_embeddings: rows of the table.
        embedding_dim: size of each vector.
        max_norm: rows of a greater norm are scaled down to it in the table when they are read.
        norm_type: the p of that norm.
        scale_grad_by_freq: whether the gradient of a row is divided by how often the call names it.
        mode: ``"sum"``, ``"mean"`` or ``"max"``.
        sparse: changes nothing: gradients are dense.
        _weight: the table, in place of a random one.
        include_last_offset: ``offsets`` has one number more, the end of the last bag.
        padding_idx: a row that starts as zeros, counts for nothing and gets no gradient.
        device: where the table lives.
        dtype: its dtype, float32 by default.

    Raises:
        ValueError: another mode, ``padding_idx`` is no row, or ``_weight`` has another shape.
        IndexError: at the call, when an index is no row.

    >>> import ravine
    >>> from ravine import nn
    >>> bags = nn.EmbeddingBag(10, 3, mode="sum")
    >>> tuple(bags(ravine.tensor([1, 2, 4, 5]), ravine.tensor([0, 3])).shape)
    (2, 3)
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if scale_grad_by_freq and mode == "max":
            raise ValueError("EmbeddingBag: scale_grad_by_freq is for mode='sum' and 'mean', not for 'max'")
        if mode not in ("sum", "mean", "max"):
            raise ValueError(f"EmbeddingBag: mode={mode!r} is not offered; use one of 'sum', 'mean', 'max'")
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        self.padding_idx = None if padding_idx is None else padding_row(padding_idx, num_embeddings)
        if _weight is None:
            self.weight = Parameter(rv.empty(num_embeddings, embedding_dim, device=device, dtype=dtype))
            self.reset_parameters()
        else:
            if tuple(_weight.shape) != (num_embeddings, embedding_dim):
                raise ValueError(
                    f"the table has shape {tuple(_weight.shape)}, "
                    f"num_embeddings and embedding_dim are {(num_embeddings, embedding_dim)}"
                )
            self.weight = Parameter(_weight)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """A layer over a table that exists already; with ``freeze`` it is not trained.

        Raises:
            ValueError: the table has not two dimensions.

        >>> import ravine
        >>> from ravine import nn
        >>> nn.EmbeddingBag.from_pretrained(ravine.tensor([[1.0], [2.0]]))(ravine.tensor([[0, 1]])).tolist()
        [[1.5]]
        """
        if embeddings.ndim != 2:
            raise ValueError(f"a table has 2 dimensions, this one has shape {tuple(embeddings.shape)}")
        found = cls(
            *embeddings.shape,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            mode=mode,
            sparse=sparse,
            _weight=embeddings,
            include_last_offset=include_last_offset,
            padding_idx=padding_idx,
        )
        found.weight.requires_grad_(not freeze)
        return found

    def reset_parameters(self) -> None:
        """Draw the table anew; the padding row becomes zeros."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with rv.no_grad():
                self.weight[self.padding_idx] = 0.0

    def forward(
        self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None
    ) -> Tensor:
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            per_sample_weights=per_sample_weights,
            include_last_offset=self.include_last_offset,
            padding_idx=self.padding_idx,
        )

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        if self.norm_type != 2:
            text += f", norm_type={self.norm_type}"
        text += f", mode={self.mode!r}"
        return text if self.padding_idx is None else f"{text}, padding_idx={self.padding_idx}"

    def path_summary(self) -> str:
        return f"{type(self).__name__} {self.num_embeddings}->{self.embedding_dim}"
