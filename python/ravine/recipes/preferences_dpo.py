"""ravine train preferences-dpo: names that please more, learnt from pairs without any reward model.

A GPT learns to spell first names, and stays as the reference. Then two names that it wrote are compared again
and again: the one that pleases more becomes likelier by direct preference optimisation. Who compares has a
hidden taste, the share of vowels; its mean over new names has to grow by ASKED, with a divergence from the
reference of at most BOUND nats a name, or counts as no growth. The baseline is the reference. The page has
the share of new pairs that the policy's likelihood, against the reference's, orders as the taste does.
BETA was chosen, of two, by the divergence.
"""

from __future__ import annotations

from typing import Any

import ravine
from ravine import Tensor, nn, optim
from ravine.datasets import names
from ravine.generation import log_probs
from ravine.models import GPT
from ravine.recipes.preferences_ppo import spelling, written
from ravine.recipes.preferences_reward import SIZES, decode, encode, lengths, pairs
from ravine.train import Result, Run, at_scale, table, text
from ravine.train.alignment import dpo_loss, dpo_margin

NAME, ASKED = "preferences-dpo", 0.1
SECTION, SHOWS, SECONDS = "17.9", "a language model learns from pairs which of its texts please more", 60
SCALES = {"full": ((500, 50), 64, 1000), "smoke": ((4, 4), 8, 40)}  # steps, batch, names at the end
LR, LOW_LR, BETA, BOUND = 2e-3, 5e-4, 0.5, 5.0


def likelihood(model: nn.Module, tokens: Tensor) -> Tensor:
    """The log-probabilities (N,) of whole names, their ends included."""
    shown = ravine.arange(tokens.shape[1] - 1) < lengths(tokens).unsqueeze(1) - 1
    return (log_probs(model(tokens[:, :-1]), tokens[:, 1:]) * shown).sum(1)


def likelihoods(nets: nn.ModuleDict, sides: tuple[Tensor, Tensor]) -> list[Tensor]:
    """Of the names that are preferred and of the others, by the policy and by the reference."""
    with ravine.no_grad():
        fixed = [likelihood(nets["reference"], side) for side in sides]
    return [likelihood(nets["policy"], side) for side in sides] + fixed


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train both parts for the scale's steps, or ``steps`` in the same shares, and write names."""
    ravine.manual_seed(seed)
    shares, batch, count = at_scale(scale, SCALES)
    total = steps or epochs or sum(shares)
    spelt = shares[0] * total // sum(shares)
    data = encode(sorted({name for name, _ in names()}))
    nets = nn.ModuleDict({name: GPT(**SIZES) for name in ("policy", "reference")})
    optimizers = {
        part: optim.AdamW(nets["policy"].parameters(), lr=lr, weight_decay=0.0)
        for part, lr in (("spell", LR), ("prefer", LOW_LR))
    }
    parts = {"model": nets, "optimizer": optimizers, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            part = "spell" if run.steps < spelt else "prefer"
            if run.steps == spelt:
                nets["reference"].load_state_dict(nets["policy"].state_dict())
            if part == "spell":
                loss = spelling(nets["policy"], data[ravine.randint(0, len(data), (batch,))])
            else:
                own, _, _ = written(nets["reference"], nets["reference"], 2 * batch)
                loss = dpo_loss(*likelihoods(nets, pairs(own, batch)), beta=BETA)
            optimizers[part].zero_grad()
            loss.backward()
            optimizers[part].step()
            run.step(loss)
        before, liked, _ = written(nets["reference"], nets["reference"], count)
        after, pleased, apart = written(nets["policy"], nets["reference"], count)
        margin = dpo_margin(*likelihoods(nets, pairs(before, count)), beta=BETA).detach()
        told = [
            ("share of vowels before", f"{liked:.3f}"),
            ("share of vowels after", f"{pleased:.3f}"),
            ("divergence, in nats a name", f"{apart:.2f}"),
            ("new pairs in the order of the taste", f"{(margin > 0).float().mean().item():.3f}"),
            ("mean margin of their rewards", f"{margin.mean().item():.3f}"),
        ]
        run.show("How they please", table(["", ""], told))
        for title, some in (("before", before), ("after", after)):
            run.show(f"Names {title}", text(", ".join(decode(some[:40]))))
        return run.finish("growth of the share of vowels", (pleased - liked) * (apart <= BOUND), asked=ASKED)
