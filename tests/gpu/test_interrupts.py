"""Ctrl-C while a program records, plans and launches on a GPU: nothing is lost, and the statement goes on."""

import signal
import threading

import numpy as np
import pytest

import ravine
from engine.windows import NONE, window
from ravine import _core, nn, optim

F = nn.functional


class Task:
    """A step in statements, each of which can be said again."""

    def __init__(self):
        ravine.manual_seed(1)
        rng = np.random.default_rng(2)
        self.model = nn.Sequential(nn.Linear(5, 7), nn.BatchNorm1d(7), nn.Tanh(), nn.Linear(7, 3)).to("gpu")
        self.optimizer = optim.Adam(self.model.parameters(), lr=0.05)
        self.x = ravine.tensor(rng.standard_normal((6, 5)).astype(np.float32)).to("gpu")
        self.y = ravine.tensor(rng.integers(0, 3, 6)).to("gpu")
        ravine.eval(self.x, self.y)
        self.loss = self.x

    def statements(self):
        def forward():
            self.loss = F.cross_entropy(self.model(self.x), self.y)

        return [
            self.optimizer.zero_grad,
            forward,
            lambda: self.loss.backward(),
            self.optimizer.step,
            lambda: self.loss.item(),
        ]

    def step(self):
        for statement in self.statements():
            statement()

    def bits(self):
        tensors = dict(self.model.state_dict())
        for i, p in enumerate(self.model.parameters()):
            tensors[f"grad {i}"] = p.grad
            tensors |= {f"{name} {i}": v for name, v in self.optimizer.state[p].items()}
        return {
            k: v.detach().cpu().numpy().tobytes() if isinstance(v, ravine.Tensor) else v
            for k, v in tensors.items()
        }


@pytest.fixture(autouse=True)
def no_interrupt_left():
    yield
    _core.inject_fault("interrupt", -1)


@pytest.mark.parametrize("bound", [64, NONE])
def test_a_statement_that_was_interrupted_is_said_again(bound):
    """Before any launch of a step: the step happens once, and gives the bits of one that was left alone."""
    with window(bound):
        calm = Task()
        for _ in range(3):
            calm.step()
        expected = calm.bits()
        places = 0
        while True:
            task = Task()
            task.step()
            _core.inject_fault("interrupt", places)
            told = 0
            for statement in task.statements():
                try:
                    statement()
                except KeyboardInterrupt:
                    told += 1
                    statement()
            left = _core.inject_fault("interrupt", -1)
            task.step()
            found = task.bits()
            differ = [name for name in expected if found[name] != expected[name]]
            assert not differ, f"interrupted before launch {places}: {differ}"
            if not told:
                assert left >= 0
                break
            places += 1
        assert places >= 10


def test_a_signal_while_launches_are_recorded():
    """Python's handler runs between launches, and the look that it broke off is made again."""
    x = ravine.ones(16, 16).to("gpu")

    def chain():
        y = x
        for _ in range(600):
            y = (y @ x) * (1 / 16)
        return y.sum()

    class Stopped(Exception):
        pass

    def stop(*_):
        raise Stopped

    want = chain().item()
    before = signal.signal(signal.SIGALRM, stop)
    stops = 0
    try:
        for delay in (0.001, 0.005, 0.01, 0.02, 0.05):
            y = chain()
            signal.setitimer(signal.ITIMER_REAL, delay)
            try:
                found = y.item()
            except Stopped:
                stops += 1
                found = y.item()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            assert found == want
    except Stopped:
        pass  # it came between two statements
    finally:
        signal.signal(signal.SIGALRM, before)
    assert chain().item() == want


def test_a_thread_that_waits_keeps_no_other_from_its_work():
    x = ravine.ones(8, 8).to("gpu")
    found = []

    def work():
        y = x
        for _ in range(50):
            y = (y @ x) / 8
            found.append(y[0, 0].item())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
        assert not t.is_alive()
    assert found == [1.0] * 150
