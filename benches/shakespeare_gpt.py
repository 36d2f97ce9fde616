"""The step of shakespeare-gpt against the same in PyTorch's eager mode, and what the whole takes in each.

    python benches/shakespeare_gpt.py [STEPS]    (default: 100 of each, taking turns of 10)

Both run the model's own file, PyTorch's with torch in place of ravine, as tests/parity does. Both start from
the same weights and get the same batches; the losses must agree.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

import ravine
from ravine import optim
from ravine.datasets import shakespeare
from ravine.models import GPT
from ravine.recipes import shakespeare_gpt as recipe
from ravine.train import Windows

TURN = 10  # steps


sys.path.append(str(Path(__file__).parents[1] / "tests"))
in_torch = import_module("parity.test_models").in_torch


def stepper(framework: ModuleType, model: Any, optimizer: Any) -> Callable[[Any, Any], Any]:
    """One training step as in the recipe; returns the loss."""
    functional = framework.nn.functional

    def step(x: Any, y: Any) -> Any:
        loss = functional.cross_entropy(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def main() -> int:
    """Prints both times."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    torch.set_num_threads(ravine.get_num_threads())
    ravine.manual_seed(0)
    text = shakespeare()
    numbers = {symbol: number for number, symbol in enumerate(sorted(set(text)))}
    data = ravine.tensor([numbers[symbol] for symbol in text])
    batches = iter(Windows(data, recipe.LENGTH, recipe.BATCH))

    sizes: Any = {"layers": recipe.LAYERS, "width": recipe.WIDTH, "heads": recipe.HEADS, "tied": False}
    ours = GPT(vocabulary=len(numbers), context=recipe.LENGTH, **sizes)
    theirs = in_torch("gpt")["GPT"](**ours.arguments)
    theirs.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in ours.state_dict().items()})
    options = {"lr": recipe.LR, "betas": (0.9, 0.99), "weight_decay": 0.1}
    sides = {
        "ravine": stepper(ravine, ours, optim.AdamW(ours.parameters(), **options)),
        "torch": stepper(torch, theirs, torch.optim.AdamW(theirs.parameters(), **options)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    losses: dict[str, float] = {}
    for turn in range(-1, steps // TURN):  # the first is not timed
        group = [next(batches) for _ in range(TURN)]
        for name, step in sides.items():
            fed = group
            if name == "torch":
                fed = [tuple(torch.from_numpy(t.numpy().copy()) for t in batch) for batch in group]
            else:
                ravine.eval(*(t for batch in group for t in batch))
            start = time.perf_counter()
            *_, loss = (step(x, y) for x, y in fed)
            losses[name] = loss.item()  # waits
            if turn >= 0:
                seconds[name].append((time.perf_counter() - start) / TURN)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    for name, median in medians.items():
        print(
            f"{name:7} {median * 1e3:8.1f} ms a step, {median * recipe.STEPS:6.0f} s for {recipe.STEPS}, ",
            end="",
        )
        print(f"loss after {(steps // TURN + 1) * TURN} steps {losses[name]:.4f}")
    print(f"ravine takes {medians['ravine'] / medians['torch']:.2f} of torch's time (at most 2 is asked)")
    return int(medians["ravine"] > 2 * medians["torch"])


if __name__ == "__main__":
    sys.exit(main())
