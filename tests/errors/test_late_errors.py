"""Late errors name the op, its shapes, the module, and the line that recorded it."""

import re
from pathlib import Path

import pytest

import ravine
from engine.windows import window
from ravine import _core, nn

HERE = Path(__file__)


def line_of(mark):
    """Where in this file a line with this mark stands, as errors write it."""
    lines = HERE.read_text(encoding="utf-8").splitlines()
    (number,) = [i for i, line in enumerate(lines, 1) if line.endswith(f"# {mark}")]
    shown = HERE.relative_to(Path.cwd()) if HERE.is_relative_to(Path.cwd()) else HERE
    return f"[recorded at {shown}:{number}]"


def bad_index(x):
    return x[ravine.tensor([0, 5]) + 1]  # the index


class Lookup(nn.Module):
    def forward(self, x):
        return bad_index(x)


def test_an_index_names_its_line():
    y = bad_index(ravine.arange(6.0))
    with pytest.raises(IndexError) as caught:
        (y * 2).tolist()
    message = str(caught.value)
    assert "index 6 is out of range for dimension 0 of size 6" in message
    assert "operands of shape (6,) and (2,)" in message
    assert message.endswith(line_of("the index"))


def test_the_module_is_that_of_the_op_and_not_of_its_reader():
    model = nn.Sequential(Lookup(), nn.ReLU())
    y = model(ravine.arange(6.0))
    with pytest.raises(IndexError, match=r"\[in Sequential\[0\] \(Lookup\)\] \[recorded at "):
        y.tolist()


def test_frames_of_the_library_are_passed_over():
    loss = nn.CrossEntropyLoss()(ravine.ones(2, 3), ravine.tensor([0, 2]) + 1)  # the loss
    with pytest.raises(IndexError, match=re.escape(line_of("the loss"))):
        loss.item()


def test_a_line_of_a_backward_pass():
    def backward(x):
        picked = ravine.gather(x, 0, ravine.tensor([0, 1]) + 0)
        picked.sum().backward()

    x = ravine.ones(3, requires_grad=True)
    backward(x)
    assert x.grad is not None
    assert x.grad.tolist() == [1, 1, 0]


def test_memory_names_the_op_that_asked_for_it():
    y = ravine.ones(1000, 1000) * 2  # the product
    try:
        _core.inject_fault("memory", 0)
        with pytest.raises(MemoryError) as caught:
            y.tolist()
    finally:
        _core.inject_fault("memory", -1)
    message = str(caught.value)
    assert re.match(
        r"(full|mul): result of shape \(1000, 1000\) and dtype float32: could not get 4.0 MB", message
    )
    assert message.endswith(line_of("the product"))
    assert y[0, 0].item() == 2


def test_small_ops_note_no_line():
    y = ravine.ones(10) * 2
    try:
        _core.inject_fault("memory", 0)
        with pytest.raises(MemoryError) as caught:
            y.tolist()
    finally:
        _core.inject_fault("memory", -1)
    assert "result of shape (10,)" in str(caught.value)
    assert "recorded at" not in str(caught.value)


def test_eager_errors_have_the_traceback_and_the_line():
    with window(1), pytest.raises(IndexError) as caught:
        bad_index(ravine.arange(6.0))
    assert any(entry.name == "bad_index" for entry in caught.traceback)
