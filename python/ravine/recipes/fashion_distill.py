"""ravine train fashion-distill: transformers with few labels learn from a CNN that had many.

First a CNN learns 2,000 reduced pictures (16x16) with their labels. Of these labels the students get 200:
three transformers learn from them alone, which is the baseline, and three of the same starts also from the
CNN's softened answers to all pictures (Hinton et al., 2015). The truth is the test part's labels, read once;
the figure is the mean accuracy of the taught above that of the others. With all labels at hand the teacher
brought nothing: what it adds is what it says of pictures whose labels the student does not have.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import nn, optim
from ravine.models import SmallCNN, vit_small_data
from ravine.recipes._judge import pictures_of
from ravine.train import Result, Run, accuracy, at_scale, distillation_loss, table, text
from ravine.vision import RandomHorizontalFlip

NAME, ASKED = "fashion-distill", 0.03
SECTION, SHOWS, SECONDS = "18.4", "a teacher's answers stand in for labels that a student has not", 120
SCALES = {"full": (1200, 600, 200, 3), "smoke": (3, 3, 50, 1)}  # steps of each part, labels, starts
BATCH, TEACHER_LR, LR, DECAY, TEMPERATURE, ALPHA = 50, 3e-3, 2e-3, 0.05, 2.0, 0.7


def rise_and_fall(steps: int) -> Any:
    """The share of the learning rate at a step: up over a fifth of the steps, then down to nothing."""
    return lambda step: min(5 * (step + 1) / steps, 1.25 * (1 - step / steps), 1.0)


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train the teacher, then all students side by side, and read the test part once."""
    ravine.manual_seed(seed)
    first, second, few, starts = at_scale(scale, SCALES)
    total = steps or epochs * 40 or first + second
    first = total * first // (first + second)
    x, y = pictures_of("train", 16)
    teacher = SmallCNN(size=16, widths=(32, 64), hidden=128)
    alone = nn.ModuleList(vit_small_data(size=16, patch=4, classes=10, regular=False) for _ in range(starts))
    taught = deepcopy(alone)
    models = nn.ModuleDict({"teacher": teacher, "alone": alone, "taught": taught})
    students = [*alone.parameters(), *taught.parameters()]
    optimizers = {
        "teacher": optim.AdamW(teacher.parameters(), lr=TEACHER_LR, weight_decay=DECAY),
        "students": optim.AdamW(students, lr=LR, weight_decay=DECAY),
    }
    lengths = {"teacher": first, "students": total - first}
    schedulers = {
        name: optim.lr_scheduler.LambdaLR(optimizer, rise_and_fall(lengths[name]))
        for name, optimizer in optimizers.items()
    }
    flip = RandomHorizontalFlip()
    parts = {"model": models, "optimizer": optimizers, "scheduler": schedulers, "loader": range(total)}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for _ in run.batches():
            models.train()
            who = "teacher" if run.steps < first else "students"
            chosen = ravine.randint(0, len(x) if who == "teacher" else few, (BATCH,))
            seen, labels = flip(x[chosen]), y[chosen]
            if who == "teacher":
                losses = [F.cross_entropy(teacher(seen), labels)]
            else:
                anything = flip(x[ravine.randint(0, len(x), (BATCH,))])
                both = ravine.cat([seen, anything])
                with ravine.no_grad():
                    told = teacher.eval()(both)
                losses = [F.cross_entropy(student(seen), labels) for student in alone]
                for student in taught:
                    own = student(both)
                    soft = distillation_loss(own, told, told.argmax(1), temperature=TEMPERATURE, alpha=1.0)
                    losses.append((1 - ALPHA) * F.cross_entropy(own[:BATCH], labels) + ALPHA * soft)
            optimizers[who].zero_grad()
            ravine.stack(losses).sum().backward()
            optimizers[who].step()
            run.step(losses[-1], lr=optimizers[who].param_groups[0]["lr"])
            schedulers[who].step()
        x, y = pictures_of("test", 16)
        models.eval()
        with ravine.no_grad():
            shares = [[accuracy(model(x), y).item() for model in kind] for kind in (alone, taught, [teacher])]
        means = [sum(kind) / len(kind) for kind in shares]
        rows = [[str(n), *(f"{share:.3f}" for share in row)] for n, row in enumerate(zip(*shares[:2]))]
        run.show("Test accuracy", table(["start", "labels alone", "with the teacher"], rows))
        run.show("The teacher", text(f"It names {means[2]:.3f} of the test part."))
        return run.finish("accuracy gained", means[1] - means[0], asked=ASKED)
