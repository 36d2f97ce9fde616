"""Learning from preferences: reward models, proximal policy optimisation, and direct preferences.

A policy is a model of tokens, whose texts :func:`rollout` draws. Everything below is a composition of ops on
log-probabilities, whatever model they are of.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import ravine as rv

from ..errors import ShapeError, ValueError
from ..generation import log_probs, sample
from ..nn import functional as F

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Rollout",
    "advantages",
    "dpo_loss",
    "dpo_margin",
    "kl_penalty",
    "masked_mean",
    "ppo_loss",
    "reward_loss",
    "rollout",
    "value_loss",
    "whitened",
]


def masked_mean(x: rv.Tensor, mask: rv.Tensor | None = None) -> rv.Tensor:
    """The mean over what the mask shows; over everything without one, 0 if it shows nothing.

    >>> masked_mean(ravine.tensor([1.0, 2.0, 9.0]), ravine.tensor([True, True, False]))
    tensor(1.5000)
    """
    if mask is None:
        return x.mean()
    _same("masked_mean", x=x, mask=mask)
    return rv.where(mask, x, 0.0).sum() / mask.sum().clamp(min=1)


def whitened(x: rv.Tensor, mask: rv.Tensor | None = None) -> rv.Tensor:
    """``(x - mean) / deviation`` of what the mask shows, as advantages are given to :func:`ppo_loss`.

    >>> whitened(ravine.tensor([1.0, 3.0, 9.0]), ravine.tensor([True, True, False]))[:2]
    tensor([-1.,  1.])
    """
    x = x - masked_mean(x, mask)
    return x / (masked_mean(x.square(), mask) + 1e-12).sqrt()


def reward_loss(chosen: rv.Tensor, rejected: rv.Tensor) -> rv.Tensor:
    """``-log sigma(r_chosen - r_rejected)``, the mean over pairs (Christiano et al., 2017).

    The likelihood of preferences by Bradley and Terry's model; a constant added to all rewards changes
    nothing.

    Args:
        chosen: rewards (N,) of the texts that were preferred.
        rejected: rewards (N,) of the others.

    >>> reward_loss(ravine.zeros(3), ravine.zeros(3))
    tensor(0.6931)
    """
    _same("reward_loss", chosen=chosen, rejected=rejected)
    return -F.logsigmoid(chosen - rejected).mean()


def dpo_margin(
    chosen: rv.Tensor,
    rejected: rv.Tensor,
    reference_chosen: rv.Tensor,
    reference_rejected: rv.Tensor,
    beta: float = 0.1,
) -> rv.Tensor:
    """``beta (log pi(y_w)/pi_0(y_w) - log pi(y_l)/pi_0(y_l))``: by how much a policy rewards the first more.

    >>> one, zero = ravine.ones(1), ravine.zeros(1)
    >>> dpo_margin(one, zero, zero, one, beta=0.5)
    tensor([1.])
    """
    _same(
        "dpo_margin",
        chosen=chosen,
        rejected=rejected,
        reference_chosen=reference_chosen,
        reference_rejected=reference_rejected,
    )
    return beta * ((chosen - reference_chosen) - (rejected - reference_rejected))


def dpo_loss(
    chosen: rv.Tensor,
    rejected: rv.Tensor,
    reference_chosen: rv.Tensor,
    reference_rejected: rv.Tensor,
    beta: float = 0.1,
) -> rv.Tensor:
    """``-log sigma(margin)``, the mean over pairs (Rafailov et al., 2023); see :func:`dpo_margin`.

    Its gradient is ``-beta sigma(-margin) (grad log pi(y_w) - grad log pi(y_l))``.

    Args:
        chosen: log-probabilities (N,) of the texts that were preferred, by the policy.
        rejected: those of the others.
        reference_chosen: those of the first by the reference, from which the policy began.
        reference_rejected: those of the others.
        beta: how dear it is to leave the reference.

    >>> zeros = ravine.zeros(2)
    >>> dpo_loss(zeros, zeros, zeros, zeros)
    tensor(0.6931)
    """
    return -F.logsigmoid(dpo_margin(chosen, rejected, reference_chosen, reference_rejected, beta)).mean()


def kl_penalty(logits: rv.Tensor, reference: rv.Tensor) -> rv.Tensor:
    """``KL(pi || pi_0) = sum_v pi(v) (log pi(v) - log pi_0(v))`` at each token, (..., V) -> (...).

    Exact for one token. Its sum over tokens that the policy drew has as its mean the divergence of whole
    texts.

    >>> kl_penalty(ravine.zeros(2, 3), ravine.zeros(2, 3))
    tensor([0., 0.])
    """
    _same("kl_penalty", logits=logits, reference=reference)
    own = F.log_softmax(logits, -1)
    return (own.exp() * (own - F.log_softmax(reference, -1))).sum(-1)


def advantages(
    rewards: rv.Tensor, values: rv.Tensor, *, discount: float = 1.0, decay: float = 0.95
) -> rv.Tensor:
    """``A_t = sum_k (discount decay)^k delta_(t+k)``, the generalised advantages (Schulman et al., 2016).

    ``delta_t = r_t + discount V_(t+1) - V_t``, with a value of 0 behind the last step. Give 0 as reward and
    value of steps behind a text's end. The returns that a critic learns are ``A + V``.

    Shapes: (B, T), (B, T) -> (B, T).

    >>> advantages(ravine.tensor([[0.0, 0.0, 1.0]]), ravine.zeros(1, 3), decay=0.5)
    tensor([[0.2500, 0.5000, 1.0000]])
    """
    _same("advantages", rewards=rewards, values=values)
    if rewards.ndim != 2:
        raise ShapeError(f"advantages: rewards are (B, T), got {tuple(rewards.shape)}. Use unsqueeze(0)")
    total, found = rv.zeros(len(rewards), dtype=rewards.dtype, device=rewards.device), []
    after = total
    for step in range(rewards.shape[1] - 1, -1, -1):
        total = rewards[:, step] + discount * after - values[:, step] + discount * decay * total
        after = values[:, step]
        found.append(total)
    return rv.stack(found[::-1], 1) if found else rewards


def ppo_loss(
    log_probs: rv.Tensor,
    old: rv.Tensor,
    advantages: rv.Tensor,
    *,
    clip: float = 0.2,
    mask: rv.Tensor | None = None,
) -> rv.Tensor:
    """``-min(q A, clamp(q, 1 - clip, 1 + clip) A)`` with ``q = exp(log_probs - old)``, the mean over steps.

    Proximal policy optimisation (Schulman et al., 2017). No gradient flows where the policy has moved
    far enough already.

    Args:
        log_probs: of the tokens that were drawn, by the policy as it is.
        old: by the policy as it drew them, a constant.
        advantages: how much better than expected each was.
        clip: how far a probability may move.
        mask: bool, the steps that count.

    >>> ppo_loss(ravine.tensor([1.0]), ravine.tensor([0.0]), ravine.tensor([2.0]))
    tensor(-2.4000)
    """
    _same("ppo_loss", log_probs=log_probs, old=old, advantages=advantages)
    if not clip > 0:
        raise ValueError(f"ppo_loss: clip must be above 0, got {clip!r}. 0.2 is usual")
    ratio = (log_probs - old).exp()
    return -masked_mean(rv.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages), mask)


def value_loss(
    values: rv.Tensor,
    old: rv.Tensor,
    returns: rv.Tensor,
    *,
    clip: float = 0.2,
    mask: rv.Tensor | None = None,
) -> rv.Tensor:
    """``max((V - R)^2, (old + clamp(V - old, -clip, clip) - R)^2) / 2``, the mean over steps.

    >>> value_loss(ravine.tensor([1.0]), ravine.tensor([0.0]), ravine.tensor([1.0]))
    tensor(0.3200)
    """
    _same("value_loss", values=values, old=old, returns=returns)
    if not clip > 0:
        raise ValueError(f"value_loss: clip must be above 0, got {clip!r}. float('inf') for none")
    near = old + (values - old).clamp(-clip, clip)
    return 0.5 * masked_mean(rv.maximum((values - returns).square(), (near - returns).square()), mask)


class Rollout(NamedTuple):
    """Texts that a policy wrote.

    Attributes:
        tokens: int64 (B, P + L), with the prompts.
        written: int64 (B, L), without.
        mask: bool (B, L), up to the stop token, that one included.
        log_probs: (B, L), of each token when it was drawn; a constant.
    """

    tokens: rv.Tensor
    written: rv.Tensor
    mask: rv.Tensor
    log_probs: rv.Tensor

    def of(self, logits: rv.Tensor) -> rv.Tensor:
        """Of a model's logits (B, P + L, V) of ``tokens``, those (B, L, V) of what was written."""
        return logits[:, -self.written.shape[1] - 1 : -1]


def rollout(
    policy: Callable[..., Any],
    prompts: rv.Tensor,
    *,
    length: int,
    stop: int,
    generator: rv.Generator | None = None,
) -> Rollout:
    """Let a policy write after prompts (B, P), by :func:`ravine.generation.sample` at temperature 1.

    Policies are best without dropout, which would make two policies of one.

    >>> uniform = lambda tokens: ravine.zeros(*tokens.shape, 4)
    >>> texts = rollout(uniform, ravine.zeros(2, 1, dtype=ravine.int64), length=3, stop=0)
    >>> tuple(texts.tokens.shape), texts.log_probs[0].exp()
    ((2, 4), tensor([0.2500, 0.2500, 0.2500]))
    """
    written = sample(policy, prompts, length=length, stop=stop, generator=generator)
    tokens = rv.cat([prompts, written], 1)
    stopped = (written == stop).to(rv.int64)
    mask = stopped.cumsum(1) - stopped == 0
    texts = Rollout(tokens, written, mask, rv.zeros(written.shape, device=written.device))
    with rv.no_grad():
        logits = policy(tokens)
    return texts._replace(log_probs=log_probs(texts.of(logits), written))


def _same(name: str, **tensors: rv.Tensor) -> None:
    """What belongs together has one shape: broadcasting would give a number, but a wrong one."""
    shapes = {argument: tuple(tensor.shape) for argument, tensor in tensors.items()}
    if len(set(shapes.values())) > 1:
        told = ", ".join(f"{argument} {shape}" for argument, shape in shapes.items())
        raise ShapeError(f"{name}: these must have one shape, got {told}. Check for a missing squeeze")
