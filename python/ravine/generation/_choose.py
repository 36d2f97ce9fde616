"""From logits to a token: temperature, top-k, top-p, repetition penalty, and drawing."""

from __future__ import annotations

import ravine as rv

from ..errors import ShapeError, ValueError
from ..nn import functional as F

__all__ = ["Chooser", "draw", "log_probs", "repetition_penalty", "top_k", "top_p"]

_NEVER = float("-inf")


def top_k(logits: rv.Tensor, k: int) -> rv.Tensor:
    """The ``k`` greatest logits of the last dimension, the others minus infinity (Fan et al., 2018).

    Exactly k stay, of equal ones those that come first. All stay if there are no more than k.

    >>> top_k(ravine.tensor([1.0, 3.0, 2.0, 0.0]), 2)
    tensor([-inf, 3., 2., -inf])
    """
    if k < 1:
        raise ValueError(f"top_k: k must be at least 1, got {k!r}")
    kept, places = logits.topk(min(k, logits.shape[-1]), -1)
    return rv.full_like(logits, _NEVER).scatter(-1, places, kept)


def top_p(logits: rv.Tensor, p: float) -> rv.Tensor:
    """The fewest of the likeliest tokens whose probabilities reach ``p`` (nucleus; Holtzman et al., 2020).

    The others are minus infinity. The likeliest always stays.

    >>> top_p(ravine.tensor([0.5, 0.3, 0.15, 0.05]).log(), 0.7).exp()
    tensor([0.5000, 0.3000, 0.0000, 0.0000])
    """
    if not 0 < p <= 1:
        raise ValueError(f"top_p: p is a probability above 0, got {p!r}. Use 1 to keep every token")
    ordered, places = logits.sort(-1, descending=True)
    shares = ordered.softmax(-1)
    before = shares.cumsum(-1) - shares
    return rv.full_like(logits, _NEVER).scatter(-1, places, ordered.masked_fill(before >= p, _NEVER))


def repetition_penalty(logits: rv.Tensor, seen: rv.Tensor, penalty: float) -> rv.Tensor:
    """Logits of tokens that were seen, divided by ``penalty`` where positive, else multiplied by it.

    Above 1 they become less likely (Keskar et al., 2019).

    Args:
        logits: (..., V).
        seen: bool, broadcast against the logits.
        penalty: 1 changes nothing.

    >>> repetition_penalty(ravine.tensor([2.0, -1.0, 3.0]), ravine.tensor([True, True, False]), 2.0)
    tensor([ 1., -2.,  3.])
    """
    if not penalty > 0:
        raise ValueError(f"repetition_penalty: penalty must be above 0, got {penalty!r}. 1 changes nothing")
    return rv.where(seen, rv.where(logits > 0, logits / penalty, logits * penalty), logits)


def draw(
    logits: rv.Tensor, temperature: float | rv.Tensor = 1.0, *, generator: rv.Generator | None = None
) -> rv.Tensor:
    """Numbers drawn from ``softmax(logits / temperature)`` over the last dimension; at 0 the likeliest.

    A tensor of temperatures, none of them 0, is broadcast against the logits. A logit of minus infinity is
    never drawn.

    The greatest of logits to which Gumbel's noise was added is such a draw.

    >>> draw(ravine.tensor([[0.0, 3.0, 1.0], [2.0, 0.0, 1.0]]), temperature=0)
    tensor([1, 0])
    """
    if isinstance(temperature, (int, float)):
        if temperature == 0:
            return logits.argmax(-1)
        if not temperature > 0:
            raise ValueError(
                f"draw: temperature must be at least 0, got {temperature!r}. 0 takes the likeliest"
            )
    noise = rv.rand(logits.shape, generator=generator, dtype=logits.dtype, device=logits.device)
    return (logits / temperature - (-noise.log()).log()).argmax(-1)


def log_probs(logits: rv.Tensor, tokens: rv.Tensor) -> rv.Tensor:
    """``log softmax(logits)`` at the tokens; differentiable.

    Shapes: (..., V), (...) -> (...). Those of a text that a model has read are
    ``log_probs(model(tokens)[:, :-1], tokens[:, 1:])``.

    Raises:
        ShapeError: the tokens have another shape than the logits without their last dimension.

    >>> log_probs(ravine.zeros(2, 3, 4), ravine.zeros(2, 3, dtype=ravine.int64)).exp()[0]
    tensor([0.2500, 0.2500, 0.2500])
    """
    if tuple(logits.shape[:-1]) != tuple(tokens.shape):
        raise ShapeError(
            f"log_probs: logits {tuple(logits.shape)} are not those of tokens {tuple(tokens.shape)}: without "
            "its last dimension the first must be the second. Leave out the last logits, model(x)[:, :-1]"
        )
    return F.log_softmax(logits, -1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


class Chooser:
    """The next token of each row, and what was seen so far."""

    def __init__(
        self,
        name: str,
        temperature: float | rv.Tensor,
        k: int,
        p: float,
        repetition: float,
        generator: rv.Generator | None,
    ) -> None:
        if isinstance(temperature, (int, float)) and not temperature >= 0:
            raise ValueError(
                f"{name}: temperature must be at least 0, got {temperature!r}. 0 takes the likeliest"
            )
        if not isinstance(k, int) or k < 0:
            raise ValueError(f"{name}: top_k must be a number of at least 0, got {k!r}. 0 keeps every token")
        if not 0 < p <= 1:
            raise ValueError(f"{name}: top_p is a probability above 0, got {p!r}. 1 keeps every token")
        if not repetition > 0:
            raise ValueError(f"{name}: repetition must be above 0, got {repetition!r}. 1 changes nothing")
        self.temperature, self.k, self.p = temperature, k, p
        self.repetition, self.generator = repetition, generator
        self.seen: rv.Tensor | None = None

    def __call__(self, logits: rv.Tensor, read: rv.Tensor) -> rv.Tensor:
        """Tokens (B,) by logits (B, V), after ``read`` (B, T) further tokens."""
        if self.repetition != 1:
            before = rv.zeros_like(logits) if self.seen is None else self.seen
            self.seen = before.scatter(1, read, 1.0)
            logits = repetition_penalty(logits, self.seen > 0, self.repetition)
        if isinstance(self.temperature, rv.Tensor):
            logits = logits / (self.temperature.unsqueeze(1) if self.temperature.ndim else self.temperature)
        elif self.temperature == 0:
            return logits.argmax(-1)
        else:
            logits = logits / self.temperature
        if self.k:
            logits = top_k(logits, self.k)
        if self.p < 1:
            logits = top_p(logits, self.p)
        return draw(logits, generator=self.generator)
