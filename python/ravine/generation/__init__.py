"""Text from a model that says what comes next: greedy, random and beam search, with caches.

A model maps numbers of tokens (B, T) to logits (B, T, V), those at t being of token t + 1; it may be any
callable: a Module is run in evaluation mode, and nothing here has gradients. How it is fed:

* a model with ``new_cache(batch)`` is called as ``model(tokens, cache=cache)`` with the new tokens alone;
* one that returns ``(logits, state)`` is called as ``model(tokens, state)`` with the new tokens from then on;
* any other reads everything from the start again, as does an encoder-decoder that is given as a closure:
  ``lambda tokens: translator(source, tokens)``.

Prompts are int64 (B, T), or lists of numbers, which may differ in length: while one is still being read
others are continued, each exactly as it would be alone. Lists go where a Module's parameters are.

>>> import ravine
>>> from ravine import generation
>>> follows = ravine.tensor([[0.0, 2.0, 1.0], [1.0, 0.0, 2.0], [2.0, 1.0, 0.0]])  # logits by the token before
>>> model = lambda tokens: follows[tokens]
>>> generation.greedy(model, [[0]], length=4).tolist()
[[1, 2, 0, 1]]
>>> found = generation.beam(model, [[0]], length=2, width=2)
>>> found.tokens.tolist()
[[[1, 2], [1, 0]]]
"""

from __future__ import annotations

from ._beam import Beams, beam, exhaustive
from ._choose import draw, log_probs, repetition_penalty, top_k, top_p
from ._prompts import cut
from ._sample import greedy, sample, stream

__all__ = [
    "Beams",
    "beam",
    "cut",
    "draw",
    "exhaustive",
    "greedy",
    "log_probs",
    "repetition_penalty",
    "sample",
    "stream",
    "top_k",
    "top_p",
]


def __dir__() -> list[str]:
    return sorted(__all__)
