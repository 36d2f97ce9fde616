"""A small training step with every class of op in it, whose state can be compared bit for bit."""

import ravine
from ravine import nn, optim

ROWS, VOCABULARY, CLASSES = 8, 12, 4


class Task:
    """A classifier of token pairs: embedding, two layers, a norm; equal seeds give equal bits."""

    def __init__(self, optimizer="adam"):
        ravine.manual_seed(1)
        self.table = nn.Parameter(ravine.randn(VOCABULARY, 6))
        self.net = nn.Sequential(
            nn.Linear(12, 16), nn.GELU(), nn.LayerNorm(16), nn.Dropout(0.25), nn.Linear(16, CLASSES)
        )
        self.parameters = [self.table, *self.net.parameters()]
        self.optimizer = {
            "adam": lambda: optim.Adam(self.parameters, lr=0.01, weight_decay=0.01),
            "sgd": lambda: optim.SGD(self.parameters, lr=0.1, momentum=0.9),
        }[optimizer]()
        self.tokens = ravine.randint(0, VOCABULARY, (5 * ROWS, 2))
        self.labels = ravine.randint(0, CLASSES, (5 * ROWS,))
        self.taken = 0

    def loss(self, tokens, labels):
        """The loss of one batch."""
        logits = self.net(self.table[tokens].reshape(-1, 12))
        return nn.functional.cross_entropy(logits, labels)

    def batch(self):
        """The next batch; a step that is tried again gets the same one."""
        start = self.taken % 5 * ROWS
        return self.tokens[start : start + ROWS], self.labels[start : start + ROWS]

    def step(self, tokens=None, labels=None):
        """Records one training step and starts it; the random numbers depend on the step alone."""
        ravine.manual_seed(100 + self.taken)
        batch = self.batch()
        self.optimizer.zero_grad()
        loss = self.loss(batch[0] if tokens is None else tokens, batch[1] if labels is None else labels)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.taken += 1
        return loss

    def bits(self):
        """The parameters, as bytes."""
        return [p.detach().numpy().tobytes() for p in self.parameters]

    def state_bits(self):
        """The optimizer's state, as bytes and numbers."""
        states = [self.optimizer.state[p] for p in self.parameters]
        return [{name: plain(value) for name, value in state.items()} for state in states]


def plain(value):
    """A tensor as bytes; other things as they are."""
    return value.numpy().tobytes() if isinstance(value, ravine.Tensor) else value
