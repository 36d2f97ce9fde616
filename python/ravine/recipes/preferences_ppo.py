"""ravine train preferences-ppo: names that please more, by a reward model and proximal policy optimisation.

A GPT learns to spell, and stays as the reference. A reward model learns from pairs of names what pleases.
Then the GPT writes names, and is changed towards greater rewards, with a price on its divergence from the
reference; a critic, which begins as the reward model, says what was to be expected. The truth is the hidden
taste, the share of vowels: its mean over new names has to grow by ASKED above the reference's, with a
divergence of at most BOUND nats a name, or counts as no growth. Nothing was tuned.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ravine
from ravine import Tensor, nn, optim
from ravine.datasets import names
from ravine.generation import log_probs
from ravine.models import GPT, RewardModel
from ravine.recipes.preferences_reward import LONGEST, SIZES, decode, encode, judging, lengths, pairs, taste
from ravine.train import Result, Run, alignment, at_scale, text

NAME, ASKED = "preferences-ppo", 0.1
SECTION, SHOWS, SECONDS = "17.9", "a language model is aligned with a reward, and stays near what it was", 90
SCALES = {"full": ((500, 100, 60), 64, 1000), "smoke": ((3, 3, 3), 8, 20)}  # steps, batch, names at the end
LR, BETA, BOUND, PASSES = 2e-3, 1.0, 5.0, 2


def spelling(model: nn.Module, tokens: Tensor) -> Tensor:
    """The mean of minus the log-probabilities of names' letters and ends."""
    shown = ravine.arange(tokens.shape[1] - 1) < lengths(tokens).unsqueeze(1) - 1
    return -alignment.masked_mean(log_probs(model(tokens[:, :-1]), tokens[:, 1:]), shown)


def written(policy: nn.Module, reference: nn.Module, count: int) -> tuple[Tensor, float, float]:
    """Names that a policy writes, how much they please, and its divergence from the reference, in nats."""
    texts = alignment.rollout(policy, ravine.zeros(count, 1).long(), length=LONGEST + 1, stop=0)
    with ravine.no_grad():
        apart = alignment.kl_penalty(texts.of(policy(texts.tokens)), texts.of(reference(texts.tokens)))
    return texts.tokens, taste(texts.tokens).mean().item(), (apart * texts.mask).sum(1).mean().item()


def improvements(nets: nn.ModuleDict, batch: int) -> Iterator[Tensor]:
    """The loss of policy and critic on names that the policy writes, for each pass over these."""
    texts = alignment.rollout(nets["policy"], ravine.zeros(batch, 1).long(), length=LONGEST + 1, stop=0)
    with ravine.no_grad():
        price = BETA * (texts.log_probs - log_probs(texts.of(nets["reference"](texts.tokens)), texts.written))
        ends = texts.mask & (texts.mask.cumsum(1) == texts.mask.sum(1, keepdim=True))
        pleased = nets["reward"](texts.tokens, lengths(texts.tokens)).unsqueeze(1)
        values = nets["critic"].scores(texts.tokens)[:, :-1] * texts.mask
        ahead = alignment.advantages((ends * pleased - price) * texts.mask, values)
    for _ in range(PASSES):
        own, found = texts.of(nets["policy"](texts.tokens)), nets["critic"].scores(texts.tokens)[:, :-1]
        better, drawn = alignment.whitened(ahead, texts.mask), log_probs(own, texts.written)
        policy = alignment.ppo_loss(drawn, texts.log_probs, better, mask=texts.mask)
        yield policy + 0.5 * alignment.value_loss(found, values, ahead + values, mask=texts.mask)


def taught(optimizer: optim.Optimizer, loss: Tensor) -> Tensor:
    """The loss, after a step along its gradient."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train the three parts for the scale's steps, or ``steps`` in the same shares, and write names."""
    ravine.manual_seed(seed)
    shares, batch, count = at_scale(scale, SCALES)
    total = steps or epochs or sum(shares)
    spelt, judged = (sum(shares[:part]) * total // sum(shares) for part in (1, 2))
    data = encode(sorted({name for name, _ in names()}))
    nets = nn.ModuleDict({name: GPT(**SIZES) for name in ("policy", "reference")})
    nets.update({name: RewardModel(**SIZES) for name in ("reward", "critic")})
    optimizers = {
        part: optim.AdamW([p for name in learners for p in nets[name].parameters()], lr=LR, weight_decay=0.0)
        for part, learners in (("spell", ["policy"]), ("judge", ["reward"]), ("write", ["policy", "critic"]))
    }
    parts = {"model": nets, "optimizer": optimizers, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            part = "spell" if run.steps < spelt else "judge" if run.steps < judged else "write"
            if run.steps == judged:
                nets["reference"].load_state_dict(nets["policy"].state_dict())
                nets["critic"].load_state_dict(nets["reward"].state_dict())
            if part == "spell":
                losses = [spelling(nets["policy"], data[ravine.randint(0, len(data), (batch,))])]
            elif part == "judge":
                losses = [judging(nets["reward"], *pairs(data, batch))]
            else:
                losses = improvements(nets, batch)
            run.step([taught(optimizers[part], loss) for loss in losses][-1])
        before, liked, _ = written(nets["reference"], nets["reference"], count)
        after, pleased, apart = written(nets["policy"], nets["reference"], count)
        told = f"before {liked:.3f}, after {pleased:.3f}, {apart:.2f} nats a name from the reference"
        for title, lines in ("Vowels", [told]), ("Before", decode(before)), ("After", decode(after)):
            run.show(title, text(", ".join(lines[:40])))
        return run.finish("growth of the share of vowels", (pleased - liked) * (apart <= BOUND), asked=ASKED)
