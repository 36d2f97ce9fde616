"""The progress bar, with a clock that the test winds; metrics.jsonl; and a run as a whole."""

import io
import json
import math
from itertools import pairwise

import pytest

import ravine
from ravine.train import Metrics, Progress, Run, read_metrics
from ravine.train.progress import duration


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    """What a terminal of one line would show."""

    def isatty(self):
        return True

    def screen(self):
        return self.getvalue().split("\r\x1b[K")[-1]


def run(stream, total, clock, seconds_per_step=1.0, **options):
    bar = Progress(total, "demo", stream=stream, clock=clock, **options)
    for step in range(1, total + 1):
        clock.now += seconds_per_step
        bar.update(step, loss=1 / step)
    bar.close()


# ---- not a terminal


@pytest.mark.parametrize("total", [1, 7, 20, 100, 999])
def test_one_line_for_every_five_percent(total):
    stream = io.StringIO()
    run(stream, total, Clock())
    text = stream.getvalue()
    assert "\r" not in text
    assert "\x1b" not in text
    lines = text.splitlines()
    assert len(lines) == min(total, 20)
    assert lines[-1].startswith(f"demo: 100 %, step {total}/{total}, ")


def test_a_slow_loop_shows_at_least_a_line_a_minute():
    stream, clock = io.StringIO(), Clock()
    bar = Progress(1000, "demo", stream=stream, clock=clock)
    shown = []
    for step in range(1, 101):
        clock.now += 7.0
        late = bar.due()
        bar.update(step, loss=1.0)
        if stream.getvalue():
            shown.append(clock.now)
            assert late
        else:
            assert not late
        stream.truncate(0)
        stream.seek(0)
    assert shown[0] == 63.0
    assert max(b - a for a, b in pairwise(shown)) == 63.0
    assert 350.0 in shown  # 5 %: a mark


def test_a_line_says_loss_rate_and_time_left():
    stream = io.StringIO()
    run(stream, 100, Clock(), seconds_per_step=2.0)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "demo: 5 %, step 5/100, loss 0.2, 0.5 steps/s, 3:10 left"
    assert lines[-1] == "demo: 100 %, step 100/100, loss 0.01, 0.5 steps/s, 3:20"


def test_steps_that_jump_over_marks_give_one_line():
    stream = io.StringIO()
    bar = Progress(100, stream=stream, clock=Clock())
    bar.update(42)
    bar.update(43)
    assert stream.getvalue() == "42 %, step 42/100\n"


def test_a_resumed_run_begins_where_it_was():
    stream, clock = io.StringIO(), Clock()
    bar = Progress(100, stream=stream, clock=clock, start=50)
    for step in (51, 52, 53, 54, 55):
        clock.now += 1
        bar.update(step)
    assert stream.getvalue() == "55 %, step 55/100, 1.0 steps/s, 45 s left\n"


# ---- a terminal


def test_the_bar_is_redrawn_in_place():
    stream, clock = Terminal(), Clock()
    bar = Progress(10, "demo", stream=stream, clock=clock, width=80)
    clock.now = 1.0
    bar.update(5, loss=0.25)
    assert stream.screen().startswith("demo  50 % ████████")
    assert stream.screen().endswith("5/10  loss 0.25  5.0 steps/s  1 s left")
    assert len(stream.screen()) < 80
    assert "\n" not in stream.getvalue()
    clock.now = 2.0
    bar.update(10, loss=0.125)
    bar.close()
    assert stream.screen().endswith("10/10  loss 0.125  5.0 steps/s  2 s\n")
    assert "░" not in stream.screen()
    assert stream.getvalue().count("\n") == 1


def test_the_bar_is_drawn_at_most_ten_times_a_second():
    stream = Terminal()
    run(stream, 10_000, Clock(), seconds_per_step=0.001, width=80)
    assert 90 <= stream.getvalue().count("\r") <= 102


@pytest.mark.parametrize("width", range(1, 100, 3))
def test_any_width_holds_the_line(width):
    stream = Terminal()
    run(stream, 5, Clock(), width=width)
    for frame in stream.getvalue().rstrip("\n").split("\r\x1b[K"):
        assert len(frame) <= max(width - 1, 1)


def test_the_rate_follows_a_change():
    stream, clock = Terminal(), Clock()
    bar = Progress(10_000, stream=stream, clock=clock, width=100)
    for step in range(1, 1001):
        clock.now += 0.01
        bar.update(step)
    assert "100 steps/s" in stream.screen()
    for step in range(1001, 1101):
        clock.now += 0.1
        bar.update(step)
    assert "  10.0 steps/s" in stream.screen()


def test_messages_stand_above_the_bar():
    stream, clock = Terminal(), Clock()
    bar = Progress(10, stream=stream, clock=clock, width=60)
    clock.now = 1.0
    bar.update(1)
    bar.message("half way")
    assert "\r\x1b[Khalf way\n\r\x1b[K" in stream.getvalue()
    assert "1/10" in stream.screen()
    plain = io.StringIO()
    Progress(10, stream=plain, clock=clock).message("half way")
    assert plain.getvalue() == "half way\n"


def test_odd_values():
    stream = io.StringIO()
    with Progress(1, stream=stream, clock=Clock()) as bar:
        bar.update(1, loss=math.nan)
    assert stream.getvalue() == "100 %, step 1/1, loss nan, 0 s\n"
    with pytest.raises(ValueError, match="at least one step"):
        Progress(0)
    assert [duration(s) for s in (0, 59.4, 60, 3600, 90061)] == ["0 s", "59 s", "1:00", "1:00:00", "25:01:01"]


# ---- metrics


def test_metrics_are_whole_lines_of_json(tmp_path):
    path = tmp_path / "metrics.jsonl"
    metrics = Metrics(path)
    metrics.step(step=1, epoch=0, loss=0.5, lr=0.01, seconds=0.123456)
    metrics.evaluation(step=1, val_loss=math.inf, val_accuracy=0.75)
    entries = [json.loads(line) for line in path.read_text().splitlines()]  # before it is closed
    metrics.close()
    assert entries == [
        {"step": 1, "epoch": 0, "loss": 0.5, "lr": 0.01, "seconds": 0.1235},
        {"step": 1, "val_loss": None, "val_accuracy": 0.75},
    ]
    with path.open("a") as file:
        file.write('{"step": 2, "ep')  # killed in the middle
    assert read_metrics(path) == entries


# ---- a run


class Loss:
    """A loss that counts how often it is read."""

    reads = 0

    def __init__(self, value):
        self.value = value

    def detach(self):
        return self

    def __float__(self):
        Loss.reads += 1
        return self.value


def test_run(tmp_path, capsys):
    clock = Clock()
    with Run("demo", steps=40, out=tmp_path / "new" / "dir", stream=io.StringIO(), clock=clock) as run:
        for step in range(1, 41):
            clock.now += 0.5
            run.step(Loss(1 / step), epoch=(step - 1) // 20, lr=0.1)
            assert run.steps == step
            if step % 20 == 0:
                run.evaluate(val_loss=2 / step)
        assert run.finish("test accuracy", 0.97222, asked=0.96).reached
    out, err = capsys.readouterr()
    assert out == "demo: test accuracy 0.9722 (asked: >= 0.96), 40 steps, 20.0 s\n"
    assert err == ""
    entries = read_metrics(tmp_path / "new" / "dir" / "metrics.jsonl")
    steps = [e for e in entries if "loss" in e]
    assert [e["step"] for e in steps] == list(range(1, 41))
    assert steps[20] == {"step": 21, "epoch": 1, "loss": 1 / 21, "lr": 0.1, "seconds": 10.5}
    assert next(e for e in entries if "val_loss" in e) == {"step": 20, "val_loss": 0.1}
    assert entries[-1] == {"step": 40, "test_accuracy": 0.97222}
    assert (tmp_path / "new" / "dir" / "curve.svg").read_text().startswith("<svg ")


def test_a_step_notes_more_than_its_loss(tmp_path):
    with Run("demo", steps=2, out=tmp_path, stream=io.StringIO(), clock=Clock()) as run:
        loss = ravine.tensor(2.0, requires_grad=True)
        run.step(loss * 2, epoch=0, lr=0.1, norm=loss * 3, share=0.5)
        run.step(1.0, epoch=0, lr=0.1, norm=math.inf, share=ravine.tensor([0.25]))
        run.evaluate(val_loss=0.5, val_accuracy=0.75)
    entries = read_metrics(tmp_path / "metrics.jsonl")
    base = {"epoch": 0, "lr": 0.1, "seconds": 0.0}
    assert entries == [
        {"step": 1, "loss": 4.0, "norm": 6.0, "share": 0.5, **base},
        {"step": 2, "loss": 1.0, "norm": None, "share": 0.25, **base},
        {"step": 2, "val_loss": 0.5, "val_accuracy": 0.75},
    ]
    assert run.series["norm"] == [(1, 6.0), (2, math.inf)]
    assert (run.train, run.val) == ([(1, 4.0), (2, 1.0)], [(2, 0.5)])
    assert run.series["val_accuracy"] == [(2, 0.75)]


def test_a_run_reads_losses_in_lots(tmp_path):
    Loss.reads = 0
    clock = Clock()
    run = Run("demo", steps=2000, stream=io.StringIO(), clock=clock)
    for _ in range(99):  # less than 5 %: nothing to show yet
        run.step(Loss(1.0), epoch=0, lr=0.1)
    assert Loss.reads == 0
    run.step(Loss(1.0), epoch=0, lr=0.1)
    assert Loss.reads == 100
    run.close()


def test_a_run_that_fails_keeps_what_it_has_and_shows_its_error(tmp_path, capsys):
    def body():
        with Run("demo", steps=3, out=tmp_path, stream=io.StringIO()) as run:
            run.step(1.5, epoch=0, lr=0.1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        body()
    assert [e["loss"] for e in read_metrics(tmp_path / "metrics.jsonl")] == [1.5]
    assert (tmp_path / "curve.svg").exists()
    assert capsys.readouterr().out == ""


def test_not_reached_and_smaller_is_better(capsys):
    run = Run("demo", steps=1, stream=io.StringIO(), clock=Clock())
    assert not run.finish("nats per symbol", 2.3, asked=2.2, at_least=False).reached
    assert not run.finish("accuracy", math.nan, asked=0.9).reached
    assert capsys.readouterr().out.splitlines()[0] == (
        "demo: nats per symbol 2.3000 (asked: <= 2.2), 0 steps, 0.0 s"
    )
