"""Kullback-Leibler divergences of pairs of distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine.distributions.distribution import Distribution
from ravine.errors import ValueError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ravine import Tensor

__all__ = ["kl_divergence", "register_kl"]

_registry: dict[tuple[type, type], Callable[[Any, Any], Tensor]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Any], Any]:
    """A decorator of `f(p, q)`, which makes it the divergence of these two classes and their subclasses.

    Raises:
        ValueError: a class is none of distributions.

    >>> from ravine.distributions import Normal, register_kl
    >>> class Mine(Normal): ...
    >>> @register_kl(Mine, Mine)
    ... def divergence(p, q):
    ...     return (p.loc - q.loc).square()
    """
    for kind in (type_p, type_q):
        if not isinstance(kind, type) or not issubclass(kind, Distribution):
            raise ValueError(f"register_kl: {kind!r} is not a class of distributions")

    def put(function: Any) -> Any:
        _registry[type_p, type_q] = function
        return function

    return put


def _found(type_p: type, type_q: type) -> Callable[[Any, Any], Tensor] | None:
    """What is registered for the nearest classes, those of p counting more than those of q."""
    near: list[tuple[int, int, Any]] = [
        (type_p.__mro__.index(p), type_q.__mro__.index(q), function)
        for (p, q), function in _registry.items()
        if issubclass(type_p, p) and issubclass(type_q, q)
    ]
    return min(near, key=lambda entry: entry[:2])[2] if near else None


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """`E[log p(x) - log q(x)]` for x of p, of the shape to which the batch shapes broadcast.

    Raises:
        NotImplementedError: no divergence is registered for the two classes.

    >>> from ravine.distributions import Normal, kl_divergence
    >>> kl_divergence(Normal(1.0, 1.0), Normal(0.0, 1.0))
    tensor(0.5000)
    """
    function = _found(type(p), type(q))
    if function is None:
        raise NotImplementedError(
            f"kl_divergence is not known for {type(p).__name__} and {type(q).__name__}: define it with "
            "register_kl"
        )
    return function(p, q)


from ravine.distributions.kl import different as different  # noqa: E402
from ravine.distributions.kl import same as same  # noqa: E402
