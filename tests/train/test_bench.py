"""ravine bench: refuses a busy machine, and times both sides on a quiet one."""

import io
from itertools import pairwise

import pytest

from ravine import bench, cli


def steady(works):
    for work in works:
        work()  # a case that cannot run must not pass
    return [[0.002 - 0.001 * number] * 15 for number, _ in enumerate(works)]


def busy(works):
    return [[0.001, 0.001, 0.002, 0.004, 0.001] * 3 for _ in works]


def test_every_case_runs_on_both_sides_and_gives_ratios():
    out = io.StringIO()
    timings = bench.bench(stream=out, timer=steady)
    assert [t.name for t in timings] == [name for name, _, _ in bench.cases()]
    assert all(t.ratio == pytest.approx(0.5) for t in timings)
    lines = out.getvalue().splitlines()
    assert len(lines) == len(timings) + 3
    assert "against NumPy" in lines[0]
    assert lines[-1].endswith("0.50x")


def test_both_sides_compute_the_same():
    import numpy as np

    import ravine

    results = []
    evaluated = ravine.eval
    try:
        ravine.eval = lambda *values: values[0]
        for name, ours, theirs in bench.cases():
            if not name.startswith(("normal", "training")):
                np.testing.assert_allclose(ours().numpy(), theirs(), rtol=2e-4, atol=2e-3, err_msg=name)
                results.append(name)
    finally:
        ravine.eval = evaluated
    assert len(results) == len(bench.cases()) - 2


def test_a_busy_machine_is_refused_with_its_spread(monkeypatch, capsys):
    with pytest.raises(bench.TooNoisyError) as caught:
        bench.bench(timer=busy)
    assert "took 1.00 to 4.00 ms" in str(caught.value)
    assert f"a spread of {caught.value.spread:.0%} (at most 15%)" in str(caught.value)
    assert caught.value.spread == bench.spread(busy([None])[0])
    assert capsys.readouterr().out == ""
    assert len(bench.bench(["add"], anyway=True, timer=busy)) == 1

    def refuse(words, anyway):
        raise caught.value

    monkeypatch.setattr(bench, "bench", refuse)
    assert cli.main(["bench"]) == 1
    assert "too busy to be timed" in capsys.readouterr().err


def test_unknown_words_name_the_cases(capsys):
    assert cli.main(["bench", "no-such-case"]) == 2
    assert "softmax" in capsys.readouterr().err


def test_a_case_far_apart_is_taken_again():
    calls = []

    def first_busy(works):
        calls.append(len(works))
        return busy(works) if len(calls) < 3 else steady(works)

    (timing,) = bench.compare([("case", lambda: None, lambda: None)], first_busy)
    assert calls == [2, 2, 2]
    assert timing.ratio == pytest.approx(0.5)


def test_times_are_taken_in_turns(monkeypatch):
    order = []
    monkeypatch.setattr(bench, "ROUNDS", 4)
    found = bench.take_turns([lambda: order.append("a"), lambda: order.append("b")])
    assert [len(samples) for samples in found] == [4, 4]
    assert all(sample >= 0 for samples in found for sample in samples)
    runs = "".join(order)
    assert runs.rstrip("b").endswith("a")
    assert sum(a != b for a, b in pairwise(runs)) >= 7
