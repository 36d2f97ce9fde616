"""ravine train shapes-unet: which pixel belongs to a disc, a square or a triangle, under noise.

The pictures are made, so the masks are the truth: 600 to train on, 100 for validation, which chooses the
weights, and 200 for the test, read once. The baseline is the brightness at which a pixel is called the most
frequent shape, chosen on the training part. Nothing was tuned.
"""

from __future__ import annotations

from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, optim
from ravine.datasets import SHAPES_CLASSES, shapes
from ravine.models import UNet, intersection_over_union
from ravine.train import Result, Run, at_scale, pictures, text
from ravine.utils.data import DataLoader, TensorDataset

NAME, ASKED = "shapes-unet", 0.9
SECTION, SHOWS, SECONDS = "14.5", "a U-Net says of every pixel what it belongs to", 120
SCALES = {"full": (24, (600, 100, 200), (16, 32, 64)), "smoke": (1, (24, 4, 4), (4, 8, 8))}
BATCH, LR = 20, 5e-3


def part(count: int, seed: int) -> TensorDataset:
    """Pictures (n, 1, 32, 32) and masks (n, 32, 32)."""
    images, masks = shapes(count, seed=seed)
    return TensorDataset(ravine.tensor(images).unsqueeze(1), ravine.tensor(masks))


def threshold(images: Tensor, masks: Tensor, level: float, kind: int) -> float:
    """What the baseline reaches: pixels brighter than a level are one shape."""
    answers = F.one_hot((images.squeeze(1) > level) * kind, len(SHAPES_CLASSES))
    return intersection_over_union(answers.permute(0, 3, 1, 2), masks).item()


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's epochs, or ``epochs``, or ``steps``, and read the test part once."""
    ravine.manual_seed(seed)
    usual, sizes, widths = at_scale(scale, SCALES)
    train, val, test = (part(size, number) for number, size in enumerate(sizes))
    loader = DataLoader(train, batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    model = UNet(widths=widths, classes=len(SHAPES_CLASSES))
    optimizer = optim.AdamW(model.parameters(), lr=LR)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}

    def answers(dataset: TensorDataset) -> Tensor:
        model.eval()
        with ravine.no_grad():
            return ravine.cat([model(x) for x, _ in DataLoader(dataset, batch_size=50)])

    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            model.train()
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
            if run.due(every=len(loader)):
                scores, masks = answers(val), val.tensors[1]
                share = intersection_over_union(scores, masks).item()
                run.evaluate(val_loss=F.cross_entropy(scores, masks).item(), val_iou=share)
        run.load_best()
        images, masks = test.tensors
        scores = answers(test)
        shown = ravine.stack([images[:8, 0] * 255, masks[:8] * 85, scores[:8].argmax(1) * 85], 1)
        run.show("Picture, truth, answer", pictures(shown.flatten(0, 1), ["picture", "truth", "answer"] * 8))
        seen, known = train.tensors
        levels = [
            (threshold(seen, known, level / 20, kind), level, kind)
            for level in range(6, 16)
            for kind in (1, 2, 3)
        ]
        _, level, kind = max(levels)
        baseline = threshold(images, masks, level / 20, kind)
        told = f"Pixels brighter than {level / 20} called a {SHAPES_CLASSES[kind]}: {baseline:.3f}."
        run.show("Baseline", text(told))
        return run.finish(
            "intersection over union", intersection_over_union(scores, masks).item(), asked=ASKED
        )
