"""Indices out of range on a GPU: the error is raised late, and nothing has happened since."""

from __future__ import annotations

import re
import threading
from typing import Any

import numpy as np
import pytest

import ravine
from engine.training import OPTIMIZERS
from engine.windows import NONE, window
from ravine import nn

F = nn.functional


def late(values: list[int]) -> ravine.Tensor:
    """Indices that no call can know."""
    return ravine.tensor(values) + 0


def table() -> ravine.Tensor:
    return ravine.arange(30.0).reshape(10, 3)


FAULTY = {
    "index": lambda: table()[late([1, 12])],
    "index from the end": lambda: table()[late([1, -11])],
    "two indices": lambda: table()[late([1, 2]), late([0, 3])],
    "index in the middle": lambda: ravine.ones(2, 3, 4)[:, late([0, 3])],
    "gather": lambda: ravine.gather(table(), 1, late([0, 5]).reshape(1, 2)),
    "scatter_add": lambda: ravine.scatter_add(table(), 0, late([10]).reshape(1, 1), ravine.ones(1, 1)),
    "index_put": lambda: ravine.index_put(table(), [late([10])], ravine.tensor(1.0)),
    "index_add": lambda: ravine.index_add(table(), 0, late([99]), ravine.ones(1, 3)),
    "embedding": lambda: F.embedding(late([1, 40]), table()),
    "one_hot": lambda: F.one_hot(late([1, 7]), 5),
    "cross_entropy": lambda: F.cross_entropy(table(), late([0, 1, 2, 0, 1, 2, 0, 1, 2, 3])),
    "nll_loss": lambda: F.nll_loss(table(), late([0, 1, 2, 0, -1, 2, 0, 1, 2, 0])),
    "bernoulli": lambda: ravine.bernoulli(table() + 1),
    "binary_cross_entropy": lambda: F.binary_cross_entropy(table() / 5, table() / 29),
    "far below": lambda: table()[late([-(2**40)])],
    "far above": lambda: F.embedding(late([2**40]), table()),
}


def sentence(program: Any, device: str) -> tuple[type, str]:
    with ravine.device(device):
        result = program()
    with pytest.raises((IndexError, ValueError)) as caught:
        result.sum().item()
    return caught.type, str(caught.value)


@pytest.mark.parametrize("name", FAULTY)
def test_the_sentence_is_that_of_the_cpu(name):
    """Type, op, index, bound, operands, module and line; a position in the target only the CPU tells."""
    kind, near = sentence(FAULTY[name], "cpu")
    same, far = sentence(FAULTY[name], "gpu")
    assert same is kind
    assert far.split(":")[0] == near.split(":")[0]
    assert re.findall(r"\[recorded at .*\]", far) == re.findall(r"\[recorded at .*\]", near)
    assert re.findall(r"\(operands.*?\)\)?", far) == re.findall(r"\(operands.*?\)\)?", near)
    if name.startswith("far"):
        return
    if kind is IndexError:
        near = re.sub(r" at position \(.*?\) of the target", " in the target", near)
        near = re.sub(r" of shape \(10, 3\), which has", ", which has", near)
        assert far == near
    else:
        assert far.split(". ")[1] == near.split(". ")[1]


def test_the_module_is_named():
    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(4, 2)

        def forward(self, x: ravine.Tensor) -> ravine.Tensor:
            return self.words(x)

    model = Reader().to("gpu")
    y = model(ravine.tensor([0, 7]).to("gpu"))
    with pytest.raises(IndexError, match=r"embedding: index 7 is no row .*\[in words \(Embedding 4->2\)\]"):
        y.sum().item()


def test_the_first_fault_is_the_one_that_is_raised():
    x = table().to("gpu")
    first, second = x[late([10]).to("gpu")], x[late([11]).to("gpu")]
    with pytest.raises(IndexError, match="index 10 "):
        (first + second).sum().item()


def test_what_was_computed_from_it_raises_whenever_it_is_read():
    x = table().to("gpu")
    bad = x[late([3, 10]).to("gpu")]
    after = x * 2
    derived = (bad * 2).exp()
    with pytest.raises(IndexError, match="index 10 "):
        bad.sum().item()
    assert np.array_equal(after.numpy(), 2 * table().numpy())
    for spoilt in (bad, derived, derived + after[:2], bad[0]):
        for _ in range(2):
            with pytest.raises(IndexError, match="index 10 "):
                spoilt.tolist()
    assert (x + 1).sum().item() == table().sum().item() + 30


def test_a_fault_is_raised_once_where_nobody_reads_what_it_spoilt():
    x = table().to("gpu")
    kept = x[late([10]).to("gpu")]
    with pytest.raises(IndexError):
        ravine.synchronize()
    ravine.synchronize()
    assert (x[0] + 0).tolist() == [0, 1, 2]
    del kept


WRITES = {
    "add_": lambda t, bad: t.add_(bad.sum()),
    "copy_": lambda t, bad: t.copy_(bad[0, 0].expand(t.shape)),
    "a slice": lambda t, bad: t[1:3].mul_(bad[0]),
    "a column": lambda t, bad: t[:, 1].copy_(bad[0, 0].expand(10)),
    "index_put_": lambda t, bad: t.index_put_([late([0, 2]).to("gpu")], bad[0]),
    "a bad index": lambda t, _: t.index_put_([late([0, 10]).to("gpu")], ravine.tensor(9.0).to(t)),
    "what reads nothing bad": lambda t, _: t.zero_(),
    "a chain": lambda t, bad: t.add_(1).mul_(2).sub_(bad[0]),
    ".data": lambda t, bad: t.data.add_(bad[0]),
    "a new value": lambda t, bad: setattr(t, "data", bad[0].expand(10, 3) + 0),
}


def hold(write: Any, begin: int, looked: bool, dtype: ravine.dtype = ravine.float32) -> None:
    """What a write does to memory after a fault is not done, and the next one is."""
    whole = ravine.arange(30.0 + begin).to("gpu", dtype)
    t = whole[begin:].reshape(10, 3)
    if begin != 1:
        del whole
    view = t[2]
    ravine.eval(t)
    if looked:
        t.sum().item()
    before = np.arange(begin, begin + 30.0, dtype=np.float32).reshape(10, 3)
    ravine.optim.SGD([ravine.ones(1, requires_grad=True)], lr=0.1).zero_grad()  # a step begins
    bad = table().to("gpu", dtype)[late([10]).to("gpu")]
    with ravine.no_grad():
        write(t, bad)
    with pytest.raises(IndexError):
        bad.sum().item()
    assert np.array_equal(t.float().numpy(), before), (write, looked)
    assert np.array_equal(view.float().numpy(), before[2]), (write, looked)
    with ravine.no_grad():
        t.add_(1)
    assert np.array_equal(t.float().numpy(), before + 1), (write, looked)


@pytest.mark.parametrize("bound", [1, 3, NONE])
@pytest.mark.parametrize("begin", [0, 1, 64])
def test_what_was_written_since_is_what_it_was(begin, bound):
    """Memory from its beginning, from within it, and from where a binding may begin."""
    with window(bound):
        for write in WRITES.values():
            for looked in (True, False):
                hold(write, begin, looked)


@pytest.mark.parametrize("dtype", [ravine.float16, ravine.bfloat16])
def test_halves_are_what_they_were(dtype):
    """Two lie in a word, and programs compute their values elsewhere."""
    for write in WRITES.values():
        for begin in (0, 1):
            hold(write, begin, True, dtype)


class Task:
    """A small network over indices, with what a step changes."""

    def __init__(self, device: str, optimizer: str, tracks: bool = True) -> None:
        ravine.manual_seed(3)
        self.device = device
        self.words = nn.Embedding(7, 6)
        norm = nn.BatchNorm1d(8, track_running_stats=tracks)
        self.rest = nn.Sequential(nn.Linear(6, 8, bias=False), norm, nn.Tanh(), nn.Linear(8, 4))
        self.model = nn.ModuleList([self.words, self.rest]).to(device)
        self.optimizer = OPTIMIZERS[optimizer](list(self.model.parameters()))
        rng = np.random.default_rng(5)
        self.batches = [rng.integers(0, 7, 12) for _ in range(8)]
        self.labels = [ravine.tensor(rng.integers(0, 4, 12)).to(device) for _ in range(8)]

    def step(self, k: int, bad: bool = False, look: str = "after") -> None:
        words = self.batches[k].copy()
        if bad:
            words[4] = 9
        x = ravine.tensor(words).to(self.device) + 0
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.rest(self.words(x)), self.labels[k])
        if look == "before":
            loss.item()
        loss.backward()
        self.optimizer.step()
        if look == "after":
            loss.item()

    def state(self) -> dict[str, Any]:
        parameters = list(self.model.parameters())
        found: dict[str, Any] = dict(self.model.state_dict())
        for i, p in enumerate(parameters):
            found[f"grad {i}"] = p.grad
            found |= {f"{name} {i}": value for name, value in self.optimizer.state[p].items()}
        return {k: v.detach().cpu().numpy() if isinstance(v, ravine.Tensor) else v for k, v in found.items()}


def same(near: dict[str, Any], far: dict[str, Any]) -> None:
    assert near.keys() == far.keys()
    for name, value in near.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_allclose(far[name], value, rtol=2e-3, atol=2e-4, err_msg=name)
        else:
            assert far[name] == value, name


@pytest.mark.parametrize("optimizer", ["SGD", "SGD with momentum", "Adam", "RAdam", "RMSprop", "NGD"])
def test_a_bad_step_has_not_happened(optimizer):
    """Parameters, gradients, statistics, states and counts are those of the CPU, whose step raises itself."""

    def run(device: str, good: int) -> list[dict[str, Any]]:
        task = Task(device, optimizer)
        for k in range(good):
            task.step(k)
        with pytest.raises(IndexError, match="embedding: index 9 is no row"):
            task.step(good, bad=True)
        failed = task.state()
        for k in range(good, good + 2):
            task.step(k)
        return [failed, task.state()]

    for good in (0, 2):
        near = run("cpu", good)
        for bound in (1, 5, NONE):
            with window(bound):
                for a, b in zip(near, run("gpu", good)):
                    same(a, b)


@pytest.mark.parametrize("good", [0, 2])
@pytest.mark.parametrize("dtype", [ravine.float16, ravine.bfloat16])
@pytest.mark.parametrize("optimizer", ["SGD", "SGD with momentum", "Adam"])
def test_a_bad_step_of_halves_has_not_happened(optimizer, dtype, good):
    """Parameters of an odd number of elements beside float32, with the states that they have by then."""
    words = ravine.arange(21.0).reshape(7, 3).to("gpu", dtype).requires_grad_()
    scale = ravine.ones(3).to("gpu").requires_grad_()
    rule = OPTIMIZERS[optimizer]([words, scale])

    def step(last: int) -> None:
        rule.zero_grad()
        loss = (words[late([0, last]).to("gpu")] * scale).sum()
        loss.backward()
        rule.step()
        loss.item()

    def bits() -> list[bytes]:
        states = [x for p in (words, scale) for x in rule.state[p].values()]
        tensors = [x for x in (words, scale, *states) if isinstance(x, ravine.Tensor)]
        return [x.detach().float().numpy().tobytes() for x in tensors]

    for _ in range(good):
        step(6)
    before = bits()
    with pytest.raises(IndexError, match="index 7 "):
        step(7)
    assert bits()[:2] == before[:2]
    assert not good or bits() == before
    step(6)
    assert bits()[0] != before[0]


def test_a_kernel_of_ones_own_does_not_read_what_is_spoilt():
    double = ravine.gpu.kernel("fn double(x: f32) -> f32 { return 2.0 * x; }")
    weight = ravine.ones(3).to("gpu")
    weight.sum().item()
    bad = double(table().to("gpu")[late([10]).to("gpu")])
    with ravine.no_grad():
        weight.add_(bad[0])
    with pytest.raises(IndexError, match="index 10 "):
        ravine.synchronize()
    assert weight.tolist() == [1, 1, 1]
    with pytest.raises(IndexError, match="index 10 "):
        double(bad).sum().item()
    assert double(weight).tolist() == [2, 2, 2]


def test_steps_after_the_bad_one_have_not_happened_either():
    near, far = Task("cpu", "Adam"), Task("gpu", "Adam")
    for task in (near, far):
        for k in range(3):
            task.step(k, look="never")
    with pytest.raises(IndexError):
        near.step(3, bad=True, look="never")
    far.step(3, bad=True, look="never")
    far.step(4, look="never")
    far.step(5, look="never")
    with pytest.raises(IndexError, match="index 9 "):
        ravine.synchronize()
    same(near.state(), far.state())
    for task in (near, far):
        task.step(6)
    same(near.state(), far.state())


def test_a_program_that_never_looks_is_told_in_the_end():
    far = Task("gpu", "SGD")
    far.step(0)
    before = far.state()

    def train() -> None:
        for k in range(200):
            far.step(k % 8, bad=k == 0, look="never")

    with pytest.raises(IndexError, match="index 9 "):
        train()
    after = far.state()
    same(
        {k: v for k, v in before.items() if "grad" not in k},
        {k: v for k, v in after.items() if "grad" not in k},
    )


def test_a_look_before_the_backward_pass():
    near, far = Task("cpu", "Adam", tracks=False), Task("gpu", "Adam", tracks=False)
    for task in (near, far):
        task.step(0)
        with pytest.raises(IndexError):
            task.step(1, bad=True, look="before")
        task.step(1)
    same(near.state(), far.state())


def test_a_thread_is_not_told_of_another_ones_fault():
    failures: list[BaseException] = []
    turn = threading.Barrier(2, timeout=60)

    def faulty() -> None:
        task = Task("gpu", "Adam")
        for k in range(4):
            turn.wait()
            with pytest.raises(IndexError, match="index 9 "):
                task.step(k, bad=True)

    def sound(found: list[Any]) -> None:
        task = Task("gpu", "Adam")
        for k in range(4):
            turn.wait()
            task.step(k)
        found.append(task.state())

    def guarded(work: Any, *arguments: Any) -> None:
        try:
            work(*arguments)
        except BaseException as error:
            failures.append(error)
            turn.abort()

    found: list[Any] = []
    threads = [
        threading.Thread(target=guarded, args=(faulty,)),
        threading.Thread(target=guarded, args=(sound, found)),
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures, failures
    alone = Task("gpu", "Adam")
    for k in range(4):
        alone.step(k)
    same(alone.state(), found[0])


def test_no_step_that_looks_pays_for_its_doubts():
    """One look tells value and word, and nothing waits twice.

    What a step would go back to is kept up to the look, so that buffers take turns for some steps; from then
    on nothing is made anew.
    """
    task = Task("gpu", "Adam")
    for k in range(12):
        task.step(k % 8)
    before = ravine.stats()
    task.step(5)
    spent = {name: n - before[name] for name, n in ravine.stats().items() if name.startswith("gpu_")}
    assert (spent["gpu_bytes_down"], spent["gpu_waits"]) == (8, 1)
    assert spent["gpu_bind_groups_created"] == spent["gpu_pipelines_created"] == 0
    assert spent["gpu_buffers_created"] == 0
