"""The information bottleneck of discrete variables, exactly."""

from __future__ import annotations

from typing import NamedTuple

import ravine as rv

from ..errors import ShapeError, ValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["Bottleneck", "information_bottleneck", "mutual_information"]


def mutual_information(joint: Tensor) -> Tensor:
    """``I(X; Y) = sum p(x, y) log (p(x, y) / p(x) p(y))`` in nats.

    Shapes: (..., X, Y) of probabilities with sum 1 -> (...).

    Raises:
        ShapeError: fewer than two dimensions.

    >>> import ravine
    >>> from ravine.models import mutual_information
    >>> round(mutual_information(ravine.tensor([[0.5, 0.0], [0.0, 0.5]])).item(), 6)
    0.693147
    """
    if joint.ndim < 2:
        raise ShapeError(
            f"mutual_information: got probabilities of shape {tuple(joint.shape)}, expected (..., X, Y)"
        )
    alone = joint.sum(-1, keepdim=True) * joint.sum(-2, keepdim=True)
    return (rv.special.xlogy(joint, joint) - rv.special.xlogy(joint, alone)).sum((-2, -1))


class Bottleneck(NamedTuple):
    """What :func:`information_bottleneck` found for each beta.

    Attributes:
        encoder: ``p(t | x)``, (B, X, T); t has as many values as x.
        kept: ``I(X; T)`` in nats, (B,).
        told: ``I(T; Y)`` in nats, (B,): of the I(X; Y) that x tells of y, what t still tells.
    """

    encoder: Tensor
    kept: Tensor
    told: Tensor


def information_bottleneck(joint: Tensor, betas: Sequence[float], *, steps: int = 500) -> Bottleneck:
    """The code t of x with the least ``I(X; T) - beta I(T; Y)``, for each beta (Tishby et al., 1999).

    Blahut's and Arimoto's alternation, ``p(t | x) <- p(t) exp(-beta KL(p(y | x) || p(y | t))) / Z``, never
    raises the objective. It begins with a code that all but names x, since a coarser one would stay where it
    is. With small betas t forgets x; with large ones it keeps all that x tells of y. `vib_loss` approximates
    it with networks, and has its beta before the other term: 1 / beta of this one.

    Args:
        joint: ``p(x, y)``, (X, Y), with sum 1.
        betas: what a nat about y is worth in nats about x.
        steps: of the alternation.

    Raises:
        ShapeError: the joint has not two dimensions.
        ValueError: it is no probability, an x has none, a beta is negative, or there is no beta or step.

    >>> import ravine
    >>> from ravine.models import information_bottleneck
    >>> joint = ravine.tensor([[0.4, 0.1], [0.1, 0.4]])
    >>> found = information_bottleneck(joint, [1.0, 100.0])
    >>> [round(nats, 3) for nats in found.told.tolist()]
    [0.0, 0.193]
    """
    if joint.ndim != 2:
        raise ShapeError(
            f"information_bottleneck: got probabilities of shape {tuple(joint.shape)}, expected (X, Y)"
        )
    if steps < 1 or not betas or min(betas) < 0:
        raise ValueError(
            f"information_bottleneck: got steps={steps} and betas={list(betas)!r:.60}. Steps are positive, "
            "and there is a beta, none of them negative"
        )
    if (joint < 0).any() or abs(joint.sum().item() - 1) > 1e-4 or (joint.sum(1) == 0).any():
        raise ValueError(
            "information_bottleneck: joint is p(x, y): not negative, with sum 1, and no row of zeros. Divide "
            "by its sum, and leave out what never happens"
        )
    least = rv.finfo(joint.dtype).tiny
    p_x = joint.sum(1)
    y_given_x = joint / p_x[:, None]
    entropy = rv.special.xlogy(y_given_x, y_given_x).sum(1)[:, None]  # minus that of p(y | x)
    beta = rv.tensor(betas, dtype=joint.dtype, device=joint.device)[:, None, None]
    named = 4 * rv.eye(len(p_x), dtype=joint.dtype, device=joint.device)
    encoder = named.softmax(1).expand(len(betas), -1, -1)
    for _ in range(steps):
        t = (p_x[:, None] * encoder).sum(1, keepdim=True)
        y_given_t = (p_x[:, None] * encoder / t.clamp(min=least)).mT @ y_given_x
        divergence = entropy - y_given_x @ y_given_t.clamp(min=least).log().mT
        encoder = (t.clamp(min=least).log() - beta * divergence).softmax(-1)
    together = p_x[:, None] * encoder
    return Bottleneck(encoder, mutual_information(together), mutual_information(together.mT @ y_given_x))
