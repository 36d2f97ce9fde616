"""Beam search: the likeliest whole texts among those that begin likely; and all texts, for proofs."""

from __future__ import annotations

from typing import Any, NamedTuple

import ravine as rv

from ..errors import ValueError
from ..nn import functional as F
from ._choose import log_probs
from ._prompts import LOOK, Prompts, count, is_stop, stops
from ._reader import Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..viz import Picture
    from ._prompts import Stop

__all__ = ["Beams", "beam", "exhaustive"]

_NEVER = float("-inf")
_MOST = 1 << 16  # texts that exhaustive looks at


class Beams(NamedTuple):
    """The texts that were found, the best of each prompt first.

    Attributes:
        tokens: int64 (B, width, length), without the prompts; behind a stop token the same again.
        log_probs: (B, width), of each text, its stop token included. Minus infinity where there are fewer
            texts than beams.
        lengths: int64 (B, width), of each text, its stop token included.
        scores: (B, width), ``log_probs / ((5 + lengths) / 6) ** penalty`` (Wu et al., 2016), by which they
            are ordered.
        steps: what was kept at each step: from which beam it came, its token, and its log-probability,
            each (B, width, length); None of :func:`exhaustive`.
    """

    tokens: rv.Tensor
    log_probs: rv.Tensor
    lengths: rv.Tensor
    scores: rv.Tensor
    steps: tuple[rv.Tensor, rv.Tensor, rv.Tensor] | None = None

    def tree(self, names: Sequence[str] | None = None, *, row: int = 0) -> Picture:
        """A picture of the search after one prompt: what was kept at each step, the best text marked.

        Args:
            names: a text for each token, in place of numbers.
            row: the prompt's.

        Raises:
            ValueError: :func:`exhaustive` found these, without a search.
        """
        if self.steps is None:
            raise ValueError("tree: these are all texts, no search. Picture what beam returns")
        from ._tree import tree

        parents, tokens, totals = (part[row].T.tolist() for part in self.steps)
        return tree(parents, tokens, totals, names)


def beam(
    model: Callable[..., Any],
    prompts: rv.Tensor | Sequence[Sequence[int]],
    *,
    length: int,
    width: int,
    penalty: float = 0.0,
    stop: Stop = None,
    context: int | None = None,
    batch_dim: int = 1,
) -> Beams:
    """Keep the ``width`` best beginnings at each step, and give the best texts.

    A text that has ended keeps its place as long as it is among the best. With a width of 1 this is
    :func:`greedy`; with one of V ** length it is :func:`exhaustive`.

    Args:
        model: maps tokens (N, T) to logits (N, T, V); N is B for the prompts, and B width from then on, row
            by row. See the package for caches and states; a closure repeats what it holds:
            ``source.repeat_interleave(len(tokens) // len(source), 0)``.
        prompts: int64 (B, T), or lists of numbers of any lengths of at least 1.
        length: how many tokens to write.
        width: how many beginnings are kept for each prompt.
        penalty: the exponent of the lengths in the scores: 0 compares log-probabilities, which favours
            short texts; 1 nearly those per token.
        stop: a token that ends a text, or several.
        context: how many tokens the model may see at once, as for :func:`sample`.
        batch_dim: where the tensors of a model's state have the batch: 1 as in nn.LSTM, 0 as in nn.Recurrent.

    Raises:
        ValueError: an empty prompt, or an option out of its range.
        ShapeError: prompts or logits of another shape.

    >>> follows = ravine.tensor([[0.1, 0.5, 0.4], [0.4, 0.3, 0.3], [0.9, 0.1, 0.0]]).log()
    >>> found = beam(lambda tokens: follows[tokens], [[0]], length=2, width=2)
    >>> found.tokens[0, 0].tolist(), found.log_probs[0].exp()  # not 1, which greedy begins with
    ([2, 0], tensor([0.3600, 0.2000]))
    """
    given = Prompts("beam", model, prompts)
    count("beam", "length", length)
    count("beam", "width", width)
    if not penalty >= 0:
        raise ValueError(f"beam: penalty must be at least 0, got {penalty!r}. 0 compares log-probabilities")
    return _search(
        Reader("beam", model, context, batch_dim), given, length, width, penalty, stops("beam", stop)
    )


def _search(
    reader: Reader, prompts: Prompts, length: int, width: int, penalty: float, stop: list[int]
) -> Beams:
    """All prompts at once; a row whose prompt is still being read has one beam, and no choice."""
    new = prompts.tokens[:, : prompts.shortest]
    batch, device = len(new), new.device
    rows, own = rv.arange(batch, device=device).unsqueeze(1) * width, rv.arange(width, device=device)
    logits = reader.read(new).repeat_interleave(width, 0)
    reader.reorder(rows[:, 0].repeat_interleave(width) // width)
    vocabulary = logits.shape[-1]
    # The others are no texts yet, and become some as the first is continued.
    totals = rv.zeros(batch, width, dtype=logits.dtype, device=device).masked_fill(own > 0, _NEVER)
    lengths = rv.zeros(batch, width, dtype=rv.int64, device=device)
    columns = rv.zeros(batch, width, 0, dtype=rv.int64, device=device)
    ended, last = lengths > 0, new[:, -1:].expand(batch, width)
    total = prompts.longest - prompts.shortest + length
    steps: list[tuple[rv.Tensor, rv.Tensor, rv.Tensor]] = []
    for step in range(total):
        forced = prompts.forced(prompts.shortest + step)
        if step >= length:  # the shorter prompts have their texts
            ended = ended | (prompts.lengths + length <= prompts.shortest + step).unsqueeze(1)
        gains = F.log_softmax(logits, -1).reshape(batch, width, vocabulary)
        gains = rv.where(ended.unsqueeze(2), _only(last, vocabulary, gains), gains)
        counted = lengths + (~ended).to(rv.int64)
        if forced is not None:
            token = prompts.tokens[:, prompts.shortest + step].unsqueeze(1)
            gains = rv.where(forced.reshape(-1, 1, 1), _only(token, vocabulary, gains), gains)
            counted = rv.where(forced.unsqueeze(1), 0, counted)
        candidates = totals.unsqueeze(2) + gains
        _, best = _scores(candidates, counted.unsqueeze(2), penalty).flatten(1).topk(width, -1)
        parents, last = best // vocabulary, best % vocabulary
        totals = candidates.flatten(1).gather(1, best)
        lengths, ended = counted.gather(1, parents), ended.gather(1, parents)
        columns = columns.gather(1, parents.unsqueeze(2).expand(-1, -1, step))
        columns = rv.cat([columns, last.unsqueeze(2)], 2)
        steps.append((parents, last, totals))
        if stop:
            found = is_stop(last, stop)
            ended = ended | (found if forced is None else found & ~forced.unsqueeze(1))
            if (step + 1) % LOOK == 0 and (ended | (totals == _NEVER)).all().item():
                idle = total - step - 1
                columns = rv.cat([columns, *[last.unsqueeze(2)] * idle], 2)
                steps += [(own.expand(batch, width), last, totals)] * idle
                break
        if step + 1 < total:
            reader.reorder((rows + parents).flatten())
            logits = reader.read(last.reshape(-1, 1))
    parts = [prompts.behind(rv.stack(part, 2), length) for part in zip(*steps, strict=True)]
    tokens = prompts.behind(columns, length)
    return Beams(tokens, totals, lengths, _scores(totals, lengths, penalty), (parts[0], parts[1], parts[2]))


def _only(tokens: rv.Tensor, vocabulary: int, like: rv.Tensor) -> rv.Tensor:
    """Log-probabilities (..., V) of what is certain: 0 for the token, minus infinity for any other."""
    chosen = tokens.unsqueeze(-1) == rv.arange(vocabulary, device=tokens.device)
    return rv.where(chosen, 0.0, _NEVER).to(like.dtype)


def _scores(totals: rv.Tensor, lengths: rv.Tensor, penalty: float) -> rv.Tensor:
    return totals if penalty == 0 else totals / ((lengths + 5).to(totals.dtype) / 6) ** penalty


def exhaustive(
    model: Callable[..., Any],
    prompt: rv.Tensor | Sequence[Sequence[int]],
    *,
    length: int,
    penalty: float = 0.0,
    stop: Stop = None,
    batch_dim: int = 1,
) -> Beams:
    """All texts after one prompt, the best first: what searches are held against.

    Raises:
        ValueError: several prompts, more than 65,536 texts, or an option out of its range.

    >>> follows = ravine.tensor([[0.1, 0.5, 0.4], [0.4, 0.3, 0.3], [0.9, 0.1, 0.0]]).log()
    >>> found = exhaustive(lambda tokens: follows[tokens], [[0]], length=2)
    >>> tuple(found.tokens.shape), found.tokens[0, 0].tolist(), found.log_probs.exp().sum()
    ((1, 9, 2), [2, 0], tensor(1.0000))
    """
    given, ends = Prompts("exhaustive", model, prompt), stops("exhaustive", stop)
    count("exhaustive", "length", length)
    reader = Reader("exhaustive", model, batch_dim=batch_dim)
    logits = reader.read(given.tokens)
    number = logits.shape[-1] ** length
    if len(given.tokens) != 1 or number > _MOST:
        raise ValueError(
            f"exhaustive: {number:,} texts after each of {len(given.tokens)} prompts, of at most "
            f"{_MOST:,} after one. Make length smaller, or search with beam"
        )
    device = given.tokens.device
    powers = logits.shape[-1] ** rv.arange(length - 1, -1, -1, device=device)
    texts = rv.arange(number, device=device).unsqueeze(1) // powers % logits.shape[-1]
    reader.reorder(rv.zeros(number, dtype=rv.int64, device=device))
    logits, totals = logits.expand(number, -1), rv.zeros(number, dtype=logits.dtype, device=device)
    ended, lengths = rv.zeros(number, dtype=rv.bool, device=device), rv.zeros_like(texts[:, 0])
    for step in range(length):
        token = texts[:, step]
        again = rv.where(token == texts[:, max(step - 1, 0)], 0.0, _NEVER).to(totals.dtype)
        totals = totals + rv.where(ended, again, log_probs(logits, token))
        lengths = lengths + (~ended).to(rv.int64)
        ended = ended | is_stop(token, ends)
        if step + 1 < length:
            logits = reader.read(token.unsqueeze(1))
    scores, order = _scores(totals, lengths, penalty).sort(-1, descending=True)
    texts, totals, lengths = (part[order].unsqueeze(0) for part in (texts, totals, lengths))
    return Beams(texts, totals, lengths, scores.unsqueeze(0))
