"""search: grids and draws, what is best, going on, several processes."""

import math

import pytest

import ravine
from ravine import errors, nn, optim
from ravine.nn import functional as F
from ravine.train import Range, search

GRID = {"x": [1, 2, 3], "y": [0.5, 0.25]}


def valley(x, y):
    return (x - 2) ** 2 + y


def threads(x):
    return ravine.get_num_threads() + x


def test_a_grid_tries_every_combination_in_order():
    found = search(valley, GRID)
    assert [t.settings for t in found.trials] == [{"x": x, "y": y} for x in (1, 2, 3) for y in (0.5, 0.25)]
    assert [t.value for t in found.trials] == [1.5, 1.25, 0.5, 0.25, 1.5, 1.25]
    assert found.best.settings == {"x": 2, "y": 0.25}
    assert search(valley, GRID, maximize=True).best.number == 0  # the first of equals
    head, first, *_ = found.table().splitlines()
    assert head.split() == ["trial", "x", "y", "value", "seconds"]
    assert first.split()[:4] == ["3", "2", "0.25", "0.25"]


def test_what_is_no_number_comes_last():
    found = search(lambda x: math.nan if x < 2 else -x, {"x": [0, 1, 2, 3]})
    assert [t.settings["x"] for t in found.ranking] == [3, 2, 0, 1]
    assert search(lambda x: math.nan if x < 2 else -x, {"x": [0, 3]}, maximize=True).best.settings == {"x": 3}


def test_draws_lie_in_their_ranges_and_depend_on_the_seed_alone():
    space = {
        "rate": Range(1e-4, 1e-1, log=True),
        "width": Range(8, 10, whole=True),
        "share": Range(0, 1),
        "name": ["a", "b"],
    }

    def settings(trials, seed=0):
        return [t.settings for t in search(lambda **_: 0.0, space, trials=trials, seed=seed).trials]

    drawn = settings(600)
    assert drawn == settings(600)
    assert drawn[:5] == settings(5)  # more trials change none of those before
    assert drawn != settings(600, seed=1)
    assert {s["width"] for s in drawn} == {8, 9, 10}
    assert {s["name"] for s in drawn} == {"a", "b"}
    # Evenly in the logarithm: a third of the draws in each decade; three standard deviations of 600 draws.
    decades = [math.floor(math.log10(s["rate"])) for s in drawn]
    for decade in (-4, -3, -2):
        assert abs(decades.count(decade) / 600 - 1 / 3) < 3 * math.sqrt(2 / 9 / 600)
    assert abs(sum(s["share"] for s in drawn) / 600 - 0.5) < 3 / math.sqrt(12 * 600)


def test_a_stopped_search_goes_on(tmp_path):
    calls = []

    def failing(x, y, fails=True):
        calls.append((x, y))
        if fails and (x, y) == (2, 0.5):
            raise RuntimeError("no memory")
        return valley(x, y)

    with pytest.raises(RuntimeError, match="no memory") as caught:
        search(failing, GRID, out=tmp_path)
    assert caught.value.__notes__ == ["search: trial 2, with {'x': 2, 'y': 0.5}"]
    with (tmp_path / "trials.jsonl").open("a") as file:
        file.write('{"trial": 2, "set')  # a kill in the middle of a line
    calls.clear()
    found = search(lambda x, y: failing(x, y, False), GRID, out=tmp_path, resume=True)
    assert calls == [(2, 0.5), (2, 0.25), (3, 0.5), (3, 0.25)]
    assert [t.value for t in found.trials] == [t.value for t in search(valley, GRID).trials]
    calls.clear()
    assert search(failing, GRID, out=tmp_path, resume=True).best.settings == {"x": 2, "y": 0.25}
    assert calls == []
    with pytest.raises(errors.StateError, match="is of another search: its trial 0 has"):
        search(valley, {"x": [5], "y": [1]}, out=tmp_path, resume=True)
    (tmp_path / "trials.jsonl").write_text("[]\n")
    with pytest.raises(errors.FileError, match="is no trial"):
        search(valley, GRID, out=tmp_path, resume=True)
    assert len(search(valley, GRID, out=tmp_path).trials) == 6  # begun anew
    assert len((tmp_path / "trials.jsonl").read_text().splitlines()) == 6


def test_processes_find_what_one_does(tmp_path):
    found = search(valley, GRID, processes=2, out=tmp_path)
    assert [(t.settings, t.value) for t in found.trials] == [
        (t.settings, t.value) for t in search(valley, GRID).trials
    ]
    assert len((tmp_path / "trials.jsonl").read_text().splitlines()) == 6
    shared = search(threads, {"x": [0, 0, 0]}, processes=2)
    assert {t.value for t in shared.trials} == {max(1, ravine.get_num_threads() // 2)}


def test_row_85_a_validation_loss_chooses_the_degree():
    """Of noisy points on a cubic, a line fits too little and degree 15 too much."""
    ravine.manual_seed(0)
    x = ravine.rand(40, 1, dtype=ravine.float64) * 2 - 1
    y = 4 * x**3 - 3 * x + 0.1 * ravine.randn_like(x)

    def loss(degree):
        powers = x ** ravine.arange(degree + 1)
        train = ravine.linalg.lstsq(powers[:20], y[:20])[0]
        return F.mse_loss(powers[20:] @ train, y[20:]).item()

    found = search(loss, {"degree": [1, 2, 3, 6, 15]})
    assert found.best.settings == {"degree": 3}
    assert found.ranking[-1].settings["degree"] in (1, 15)


def test_it_trains():
    def loss(rate):
        ravine.manual_seed(0)
        model = nn.Linear(1, 1)
        optimizer = optim.SGD(model.parameters(), lr=rate)
        for _ in range(20):
            optimizer.zero_grad()
            value = F.mse_loss(model(ravine.ones(1, 1)), ravine.zeros(1, 1))
            value.backward()
            optimizer.step()
        return F.mse_loss(model(ravine.ones(1, 1)), ravine.zeros(1, 1)).item()

    found = search(loss, {"rate": [1e-3, 0.1, 0.6]})
    assert [t.settings["rate"] for t in found.ranking][-1] == 0.6  # beyond 2 / a it diverges


def test_what_cannot_be_searched():
    for call, message in (
        (lambda: search(valley, {}), "the space is empty"),
        (lambda: search(valley, {"x": Range(0, 1)}), "x is a Range, which a grid cannot go through"),
        (lambda: search(valley, {"x": []}), "x has no values"),
        (lambda: search(valley, GRID, trials=0), "trials must be positive"),
        (lambda: search(valley, GRID, processes=0), "processes must be positive"),
        (lambda: Range(2, 1), "low < high is asked"),
        (lambda: Range(0, 1, log=True), "0 < low with log"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
