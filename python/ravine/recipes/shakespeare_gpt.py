"""ravine train shakespeare-gpt: a transformer that reads Shakespeare letter by letter, trained with AdamW.

Four layers of width 128 with 4 heads read windows of 96 characters, 24 a batch, for 2,000 steps. The last
tenth of the text is for validation; the last weights are measured on all of it. No rate was tuned.
"""

from __future__ import annotations

from math import cos, pi
from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim
from ravine.datasets import shakespeare
from ravine.train import Result, Run, Windows, at_scale, draw, text, window_loss

NAME, ASKED = "shakespeare-gpt", 1.80
SECTION, SHOWS, SECONDS, DEMO = "17.8", "a transformer writes like Shakespeare", 600, True
LAYERS, WIDTH, HEADS, LENGTH, BATCH, STEPS = 4, 128, 4, 96, 24, 2000
LR, WARM_UP, TEMPERATURES = 3e-3, 100, [0.5, 0.8, 1.0]
SCALES = {"full": (STEPS, BATCH, None, 400), "smoke": (4, 4, 4000, 8)}  # steps, batch, symbols read, written


class Block(nn.Module):
    """Attention to what came before, then a feed-forward net, each behind a norm and added to its input."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.mix, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.ffn = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        batch, length, _ = x.shape
        mixed = self.mix(self.norm1(x)).reshape(batch, length, 3, HEADS, WIDTH // HEADS)
        q, k, v = mixed.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, length, WIDTH))
        return x + self.ffn(self.norm2(x))


class GPT(nn.Module):
    """Numbers of symbols (batch, length) -> scores of what follows each (batch, length, symbols)."""

    def __init__(self, symbols: int) -> None:
        super().__init__()
        self.symbol, self.place = nn.Embedding(symbols, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, symbols)
        for name, parameter in self.named_parameters():
            if name.endswith("weight") and "norm" not in name:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        x = self.symbol(x) + self.place(ravine.arange(x.shape[1]))
        return self.head(self.norm(self.blocks(x)))


def write(model: nn.Module, start: Tensor, length: int, temperatures: list[float]) -> list[list[int]]:
    """The ``length`` symbols that the model draws after ``start``, for each temperature."""
    window, written = start.expand(len(temperatures), -1), []
    with ravine.no_grad():
        for _ in range(length):
            drawn = draw(model(window)[:, -1], ravine.tensor(temperatures).unsqueeze(1)).unsqueeze(1)
            window = ravine.cat([window, drawn], 1)[:, -LENGTH:]
            written.append(drawn)
    return ravine.cat(written, 1).tolist()


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, ``steps``, or ``epochs`` times the text's length, and write something."""
    ravine.manual_seed(seed)
    usual, batch, read, written = at_scale(scale, SCALES)
    symbols = sorted(set(corpus := shakespeare()[:read]))
    data = ravine.tensor([symbols.index(symbol) for symbol in corpus])
    train, val = data[: -(len(data) // 10)], data[-(len(data) // 10) :]
    total = steps or (usual if not epochs else epochs * len(train) // (batch * LENGTH))
    model = GPT(len(symbols))
    optimizer = optim.AdamW(model.parameters(), lr=LR, betas=(0.9, 0.99), weight_decay=0.1)
    # Up in a straight line, then down along a cosine to a fiftieth.
    scheduler = optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / WARM_UP, 0.51 + 0.49 * cos(pi * step / total))
    )
    loader = Windows(train, LENGTH, batch)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss, epoch=run.steps * batch * LENGTH // len(train))
            scheduler.step()
            if run.due(every=250):
                run.evaluate(val_loss=window_loss(model, val, LENGTH))
        for t, numbers in zip(TEMPERATURES, write(model, val[:LENGTH], written, TEMPERATURES), strict=True):
            run.show(f"Written at temperature {t}", text("".join(symbols[n] for n in numbers)))
        return run.finish("validation loss", window_loss(model, val, LENGTH), asked=ASKED, at_least=False)
