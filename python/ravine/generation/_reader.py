"""Feeding a model with tokens: by its cache, by its state, or all of them again."""

from __future__ import annotations

from typing import Any, cast

import ravine as rv

from .._pytree import map_leaves
from ..errors import ShapeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Reader"]


class Reader:
    """The logits of what follows everything that was read, of any model (see the package).

    Args:
        model: maps tokens to logits.
        context: how many tokens the model may see; beyond, it reads the last so many anew at each step.
        batch_dim: where a state's tensors have the batch: 1 as in nn.LSTM, 0 as in nn.Recurrent.
    """

    def __init__(
        self, name: str, model: Callable[..., Any], context: int | None = None, batch_dim: int = 1
    ) -> None:
        self.name, self.model, self.context, self.batch_dim = name, model, context, batch_dim
        self.state: Any = None
        self.cache: Any = None
        self.tokens: rv.Tensor | None = None

    def read(self, tokens: rv.Tensor) -> rv.Tensor:
        """Logits (B, V) after these further tokens (B, T)."""
        training = getattr(self.model, "training", False)
        if training:
            cast("Any", self.model).eval()
        try:
            with rv.no_grad():
                logits = self._logits(tokens)
        finally:
            if training:
                cast("Any", self.model).train()
        if not isinstance(logits, rv.Tensor) or logits.ndim != 3 or len(logits) != len(tokens):
            got = tuple(logits.shape) if isinstance(logits, rv.Tensor) else type(logits).__name__
            raise ShapeError(
                f"{self.name}: the model made {got} of tokens {tuple(tokens.shape)}. It must return logits "
                "(B, T, V), or a pair of such and a state; wrap one that returns something else in a lambda"
            )
        return logits[:, -1]

    def _logits(self, tokens: rv.Tensor) -> Any:
        if self.state is not None:
            logits, self.state = self.model(tokens, self.state)
            return logits
        first = self.tokens is None
        seen = tokens if self.tokens is None else rv.cat([self.tokens, tokens], 1)
        fits = self.context is None or seen.shape[1] <= self.context
        self.tokens = seen if self.context is None else seen[:, -self.context :]
        if first and fits and hasattr(self.model, "new_cache"):
            self.cache = cast("Any", self.model).new_cache(len(tokens))
        if not fits:
            self.cache = None
        if self.cache is not None:
            return self.model(tokens, cache=self.cache)
        logits = self.model(self.tokens)
        if isinstance(logits, tuple) and len(logits) == 2:
            logits, self.state = logits
        return logits

    def reorder(self, rows: rv.Tensor) -> None:
        """Go on with these rows (N,) of the batch, some perhaps several times."""
        if self.tokens is not None:
            self.tokens = self.tokens.index_select(0, rows)
        if self.cache is not None:
            self.cache.reorder(rows)
        if self.state is not None:
            self.state = map_leaves(self._rows(rows), self.state)

    def _rows(self, rows: rv.Tensor) -> Callable[[Any], Any]:
        return lambda leaf: leaf.index_select(self.batch_dim, rows) if isinstance(leaf, rv.Tensor) else leaf
