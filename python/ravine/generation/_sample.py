"""One text after each prompt: the likeliest token at each step, or one drawn."""

from __future__ import annotations

from typing import Any

import ravine as rv

from ..errors import ValueError
from ._choose import Chooser
from ._prompts import LOOK, Prompts, count, is_stop, stops
from ._reader import Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ._prompts import Stop

__all__ = ["greedy", "sample", "stream"]


def greedy(
    model: Callable[..., Any],
    prompts: rv.Tensor | Sequence[Sequence[int]],
    *,
    length: int,
    stop: Stop = None,
    context: int | None = None,
) -> rv.Tensor:
    """The likeliest token at each step: :func:`sample` at temperature 0.

    >>> follows = ravine.tensor([[0.0, 2.0], [1.0, 0.0]])
    >>> greedy(lambda tokens: follows[tokens], [[0], [1, 0, 1]], length=3)
    tensor([[1, 0, 1],
            [0, 1, 0]])
    """
    choose = Chooser("greedy", 0.0, 0, 1.0, 1.0, None)
    return _written("greedy", model, prompts, length, choose, stop, context)


def sample(
    model: Callable[..., Any],
    prompts: rv.Tensor | Sequence[Sequence[int]],
    *,
    length: int,
    temperature: float | rv.Tensor = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    repetition: float = 1.0,
    stop: Stop = None,
    context: int | None = None,
    generator: rv.Generator | None = None,
) -> rv.Tensor:
    """Tokens drawn one after the other from ``softmax(logits / temperature)``.

    Args:
        model: maps tokens (B, T) to logits (B, T, V); see the package for caches and states.
        prompts: int64 (B, T), or lists of numbers of any lengths of at least 1.
        length: how many tokens to write.
        temperature: 0 takes the likeliest, large ones draw any token alike; or a tensor with one above 0 for
            each prompt.
        top_k: draw from the k likeliest only (:func:`ravine.generation.top_k`); 0 for all.
        top_p: and from the fewest that have this probability (:func:`ravine.generation.top_p`); 1 for all.
        repetition: the penalty of tokens that have been seen
            (:func:`ravine.generation.repetition_penalty`); 1 for none.
        stop: a token that ends a text, or several.
        context: how many tokens the model may see at once. Beyond, it reads the last so many anew at each
            step, without a cache.
        generator: where the random numbers come from, the global stream by default.

    Returns:
        int64 (B, length), without the prompts; behind a stop token the same again, which :func:`cut` drops.

    Raises:
        ValueError: an empty prompt, or an option out of its range.
        ShapeError: prompts or logits of another shape.

    >>> ravine.manual_seed(0)
    >>> uniform = lambda tokens: ravine.zeros(*tokens.shape, 5)
    >>> tuple(sample(uniform, [[0]] * 3, length=7, top_k=2).shape)
    (3, 7)
    """
    choose = Chooser("sample", temperature, top_k, top_p, repetition, generator)
    return _written("sample", model, prompts, length, choose, stop, context)


def _written(
    name: str,
    model: Callable[..., Any],
    prompts: rv.Tensor | Sequence[Sequence[int]],
    length: int,
    choose: Chooser,
    stop: Stop,
    context: int | None,
) -> rv.Tensor:
    given, reader = Prompts(name, model, prompts), Reader(name, model, context)
    steps = _steps(reader, given, count(name, "length", length), choose, stops(name, stop), LOOK)
    columns = list(steps)
    total = given.longest - given.shortest + length
    columns += columns[-1:] * (total - len(columns))  # all rows have ended, with a stop token each
    return given.behind(rv.stack(columns, 1), length)


def stream(
    model: Callable[..., Any],
    prompts: rv.Tensor | Sequence[Sequence[int]],
    *,
    length: int,
    temperature: float | rv.Tensor = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    repetition: float = 1.0,
    stop: Stop = None,
    context: int | None = None,
    generator: rv.Generator | None = None,
) -> Iterator[rv.Tensor]:
    """What :func:`sample` writes, token by token: an iterator of int64 (B,), that ends when all rows have.

    Raises:
        ValueError: prompts of several lengths, or as for :func:`sample`.

    >>> follows = ravine.tensor([[0.0, 2.0, 1.0], [1.0, 0.0, 2.0], [2.0, 1.0, 0.0]])
    >>> for token in stream(lambda tokens: follows[tokens], [[0]], length=9, temperature=0, stop=2):
    ...     print(token.item())
    1
    2
    """
    given = Prompts("stream", model, prompts)
    if given.shortest != given.longest:
        raise ValueError(
            f"stream: prompts of {given.shortest} to {given.longest} tokens begin at different steps. Stream "
            "prompts of one length, or use sample"
        )
    choose = Chooser("stream", temperature, top_k, top_p, repetition, generator)
    reader = Reader("stream", model, context)
    return _steps(reader, given, count("stream", "length", length), choose, stops("stream", stop), 1)


def _steps(
    reader: Reader, prompts: Prompts, length: int, choose: Chooser, stop: list[int], look: int
) -> Iterator[rv.Tensor]:
    """What stands at each place from the end of the shortest prompt on, (B,)."""
    new = prompts.tokens[:, : prompts.shortest]
    chosen, ended = new[:, -1], rv.zeros(len(new), dtype=rv.bool, device=new.device)
    last = prompts.longest + length - 1
    for place in range(prompts.shortest, last + 1):
        before, chosen = chosen, choose(reader.read(new), new)
        forced = prompts.forced(place)
        if stop:
            chosen = rv.where(ended, before, chosen)
            found = is_stop(chosen, stop)
            ended = ended | (found if forced is None else found & ~forced)
        if forced is not None:
            chosen = rv.where(forced, prompts.tokens[:, place], chosen)
        yield chosen
        if stop and (place - prompts.shortest + 1) % look == 0 and ended.all().item():
            return
        new = chosen.unsqueeze(1)
