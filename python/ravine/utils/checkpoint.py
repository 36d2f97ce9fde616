"""Activation checkpointing: less memory for more arithmetic (Chen et al., 2016).

>>> import ravine
>>> from ravine import nn
>>> from ravine.utils.checkpoint import checkpoint
>>> layer = nn.Sequential(nn.Linear(4, 64), nn.GELU(), nn.Linear(64, 4))
>>> y = checkpoint(layer, ravine.ones(2, 4))
>>> y.sum().backward()  # computes the layer again
>>> tuple(layer[0].weight.grad.shape)
(64, 4)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core
from ravine._core import Tensor
from ravine._pytree import flatten
from ravine.autograd import enable_grad
from ravine.errors import GradientError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = ["checkpoint", "checkpoint_sequential"]


def __dir__() -> list[str]:
    return sorted(__all__)


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    determinism_check: str = "default",
    debug: bool = False,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, of which only the arguments are kept for the backward pass.

    The values between are computed again when the gradient asks for them, with the random numbers of the
    first time, so that dropout drops the same elements and the results have the same bits. Gradients of any
    order reach arguments and whatever else `function` uses, such as its parameters. Forward mode and `vmap`
    call `function` as it is.

    Args:
        function: anything that takes and returns tensors, nested in tuples, lists and dicts; it is called
            again during the backward pass and must do the same then.
        *args, **kwargs: its arguments.
        preserve_rng_state: whether the second call sees the random state of the first.
        use_reentrant, determinism_check, debug: accepted as PyTorch's; there is one way here.

    Raises:
        GradientError: at the backward pass, if a tensor that `function` reads was written since, or the
            second call returned something else.

    >>> x = ravine.tensor([1.0, 2.0], requires_grad=True)
    >>> checkpoint(lambda t: (t * t).exp().sum(), x).backward()
    >>> x.grad
    tensor([  5.4366, 218.3926])
    """
    transform = _core.open_transform()
    if transform == "all" or not (transform or _core.is_grad_enabled()):
        return function(*args, **kwargs)
    state = _core.get_rng_state()
    leaves, build_arguments = flatten((args, kwargs))
    # A later write to an argument without gradient must not be seen; one with a gradient is told by its node.
    kept = [
        _core.alias(leaf) if isinstance(leaf, Tensor) and not transform and not leaf.requires_grad else leaf
        for leaf in leaves
    ]
    start = _core.sequence()
    leaves, build = flatten(function(*args, **kwargs))
    places = _differentiable(leaves)
    sources = _core.boundary([leaves[i] for i in places], start, True)
    if not sources:
        return build(leaves)

    def vjp(
        values: tuple[Tensor, ...], cotangents: tuple[Tensor | None, ...], needs: list[bool]
    ) -> list[Tensor | None]:
        create_graph = _core.is_grad_enabled()
        now = _core.get_rng_state()
        first = _core.sequence()
        scope = _core.OpenTransform("reverse") if transform else None
        tape = None
        try:
            if preserve_rng_state:
                _core.set_rng_state(state)
            with enable_grad():
                again_args, again_kwargs = build_arguments(kept)
                again, _ = flatten(function(*again_args, **again_kwargs))
                outputs = [again[i] for i in _differentiable(again)]
            read = _core.boundary(outputs, first, False)
        finally:
            if preserve_rng_state:
                _core.set_rng_state(now)
            tape = scope.close() if scope else None
        if len(outputs) != len(cotangents):
            raise GradientError(
                f"checkpoint: the function returned {len(outputs)} tensors with gradients when it was called "
                f"again, {len(cotangents)} at first. It must do the same both times"
            )
        if not _core.same_nodes(read, sources):
            raise GradientError(
                "checkpoint: the function read other tensors when it was called again: one that it uses was "
                "written since. Call backward() before the write, or leave checkpoint out"
            )
        asked = [(y, g) for y, g in zip(outputs, cotangents, strict=True) if g is not None]
        found = _core.run_grad(
            [y for y, _ in asked],
            [g for _, g in asked],
            sources,
            create_graph or bool(transform),
            create_graph,
            bool(transform),
            first,
        )
        del tape
        return [g if needed else None for g, needed in zip(found, needs, strict=True)]

    values = [leaves[i].detach() for i in places]
    for i, made in zip(places, _core.record_custom(sources, values, vjp, None, None), strict=True):
        leaves[i] = made
    return build(leaves)


def _differentiable(leaves: list[Any]) -> list[int]:
    """The places of floating tensors that a gradient can come to."""
    every = bool(_core.open_transform())
    return [
        i
        for i, leaf in enumerate(leaves)
        if isinstance(leaf, Tensor) and leaf.is_floating_point() and (every or leaf.requires_grad)
    ]


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """`functions` one after the other, cut into `segments` of which all but the last are checkpointed.

    With the square root of their number as `segments`, memory grows with that root.

    Args:
        functions: a Sequential, or a list of functions of one argument.
        segments: how many pieces.
        input: what the first is given.
        use_reentrant: as for `checkpoint`.
        **kwargs: `preserve_rng_state`, as for `checkpoint`.

    Raises:
        ValueError: there are fewer functions than segments, or no segment.

    >>> from ravine import nn
    >>> net = nn.Sequential(*(nn.Linear(3, 3) for _ in range(9)))
    >>> tuple(checkpoint_sequential(net, 3, ravine.ones(2, 3)).shape)
    (2, 3)
    """
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)
    if not 1 <= segments <= len(steps):
        raise ValueError(f"checkpoint_sequential: {len(steps)} functions do not make {segments} segments")
    size = len(steps) // segments

    def run(part: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
        def through(value: Any) -> Any:
            for step in part:
                value = step(value)
            return value

        return through

    last = size * (segments - 1)
    for start in range(0, last, size):
        input = checkpoint(run(steps[start : start + size]), input, use_reentrant=use_reentrant, **kwargs)
    return run(steps[last:])(input)
