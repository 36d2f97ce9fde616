"""Random training programs, whose whole state can be compared bit for bit."""

import random
from itertools import pairwise

import ravine
from ravine import nn, optim

ROWS, FEATURES, CLASSES = 8, 6, 3

OPTIMIZERS = {
    "NGD": lambda p: optim.NGD(p, lr=0.01, momentum=0.5),
    "SGD": lambda p: optim.SGD(p, lr=0.05),
    "SGD with momentum": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    "Adadelta": lambda p: optim.Adadelta(p),
    "Adagrad": lambda p: optim.Adagrad(p),
    "Adam": lambda p: optim.Adam(p, lr=0.01, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01),
    "Adamax": lambda p: optim.Adamax(p),
    "Lion": lambda p: optim.Lion(p, lr=0.001),
    "NAdam": lambda p: optim.NAdam(p),
    "RAdam": lambda p: optim.RAdam(p),
    "RMSprop": lambda p: optim.RMSprop(p, momentum=0.5, centered=True),
}


class Enough(Exception):
    """The step came as far as it was to come."""


class Program:
    """A model, an optimizer and a way to step, all drawn from a seed; equal seeds give equal bits.

    It lies where tensors are made.
    """

    def __init__(self, seed):
        draw = random.Random(seed)
        ravine.manual_seed(seed)
        names = list(OPTIMIZERS)
        self.optimizer_name = names[seed % len(names)]
        self.window = draw.choice([1, 64, 2048])
        self.half = draw.choice([None, None, ravine.float16, ravine.bfloat16])
        self.pieces = draw.choice([1, 1, 2, 3])
        self.clips = draw.random() < 0.3
        self.zeros = draw.random() < 0.2
        self.look = draw.choice(
            ["never", "after the forward pass", "after the backward pass", "after the step"]
        )
        self.warm_steps = draw.choice([0, 1, 2])
        width = draw.choice([5, 8])
        layers: list[nn.Module] = [nn.Linear(FEATURES, width)]
        for _ in range(draw.choice([1, 2])):
            layers.append(
                draw.choice(
                    [
                        lambda: nn.BatchNorm1d(width),
                        lambda: nn.BatchNorm1d(width, momentum=None),
                        lambda: nn.LayerNorm(width),
                    ]
                )()
            )
            layers.append(draw.choice([nn.ReLU(inplace=True), nn.GELU(), nn.Dropout(0.3)]))
            layers.append(nn.Linear(width, width))
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, CLASSES)
        if self.half is not None:
            self.head.to(self.half)
        self.seen = ravine.zeros(())  # what a loop of its own adds up
        parts = [list(self.body.parameters()), list(self.head.parameters())]
        if draw.random() < 0.5:
            groups = [{"params": part} for part in parts]
        else:
            groups = parts[0] + parts[1]
        self.optimizer = OPTIMIZERS[self.optimizer_name](groups)
        self.x = ravine.randn(4 * ROWS, FEATURES)
        self.y = ravine.randint(0, CLASSES, (4 * ROWS,))
        ravine.eval(self.x, self.y)
        self.reached = ""  # how far the last step came, as looks and the optimizer tell
        self.until = None  # where a step ends before its end

    def step(self, start, stop):
        """One training step on these rows."""
        self.reached = ""
        if self.zeros:
            self.optimizer.zero_grad(set_to_none=False)
        else:
            self.optimizer.zero_grad()
        cuts = [start + (stop - start) * i // self.pieces for i in range(self.pieces + 1)]
        loss = ravine.zeros(())
        for first, last in pairwise(cuts):
            hidden = self.body(self.x[first:last])
            logits = self.head(hidden.to(self.half or ravine.float32)).float()
            loss = nn.functional.cross_entropy(logits, self.y[first:last]) / self.pieces
            if self.look == "after the forward pass":
                loss.item()
                self.came_to("forward")
            loss.backward()
            if self.look == "after the backward pass":
                loss.item()
                self.came_to("backward")
        if self.clips:
            nn.utils.clip_grad_norm_([p for g in self.optimizer.param_groups for p in g["params"]], 0.5)
        self.seen += loss.detach()
        self.optimizer.step()
        self.came_to("step")
        if self.look == "after the step":
            loss.item()

    def came_to(self, place):
        self.reached += f"{place}, "
        if self.reached == self.until:
            raise Enough

    def warm_up(self):
        """The steps before the one that fails."""
        for _ in range(self.warm_steps):
            self.step(0, ROWS)

    def bits(self):
        """Everything that a step changes, and `.grad`."""
        tensors = [*self.body.state_dict().items(), *self.head.state_dict().items(), ("seen", self.seen)]
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        state = {f"{name} {i}": plain(t) for i, (name, t) in enumerate(tensors)}
        for i, p in enumerate(parameters):
            state[f"grad {i}"] = None if p.grad is None else plain(p.grad)
            for name, value in self.optimizer.state[p].items():
                state[f"state {name} {i}"] = plain(value)
        return state


def plain(value):
    """A tensor as bytes; other things as they are."""
    if not isinstance(value, ravine.Tensor):
        return value
    return value.detach().cpu().to(ravine.float64).numpy().tobytes()
