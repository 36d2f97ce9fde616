"""Module paths: what an error says of the place in the model where it happened."""

import copy
import gc
import threading
import weakref

import pytest

import ravine as rv
from ravine import nn
from ravine.nn.module import _path


class Probe(nn.Module):
    def forward(self, seen):
        seen.append(_path.describe(_path.running.frame.id))
        return seen


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Sequential(nn.Identity(), Probe()) for _ in range(2))
        self.last = Probe()
        self.hidden = [Probe()]

    def forward(self, seen):
        for block in self.blocks:
            block(seen)
        self.hidden[0](seen)
        return self.last(seen)


def test_paths_name_the_running_module():
    net = Outer()
    expected = ["blocks[0][1] (Probe)", "blocks[1][1] (Probe)", "<Probe> (Probe)", "last (Probe)"]
    for _ in range(2):  # the second time from the caches
        assert net([]) == expected
    assert nn.Sequential(net)([]) == [
        "Sequential[0].blocks[0][1] (Probe)",
        "Sequential[0].blocks[1][1] (Probe)",
        "Sequential[0].<Probe> (Probe)",
        "Sequential[0].last (Probe)",
    ]
    assert Probe()([]) == ["Probe"]
    assert _path.running.frame is _path.ROOT


def test_path_follows_a_rename_and_a_copy():
    net = Outer()
    net([])
    net.final = net.last
    del net.last
    net.last = net.final
    del net.final
    assert copy.deepcopy(net)([])[-1] == "last (Probe)"
    net.blocks.insert(0, Probe())
    assert net([])[:2] == ["blocks[0] (Probe)", "blocks[1][1] (Probe)"]


def test_a_shared_module_has_the_name_of_each_caller():
    probe = Probe()
    a, b = nn.Sequential(nn.Identity(), probe), nn.Sequential(probe, nn.Identity())
    for _ in range(3):
        assert a([]) == ["Sequential[1] (Probe)"]
        assert b([]) == ["Sequential[0] (Probe)"]
    for _ in range(100):  # callers that come and go are forgotten
        nn.Sequential(probe)([])
    assert len(probe._frames) <= 16


def test_path_is_reset_after_an_error_and_per_thread():
    class Fails(nn.Module):
        def forward(self, seen):
            seen.append(_path.describe(_path.running.frame.id))
            raise KeyError(seen[0])

    net = nn.Sequential(Fails())
    for _ in range(2):
        with pytest.raises(KeyError, match=r"Sequential\[0\] \(Fails\)"):
            net([])
        assert _path.running.frame is _path.ROOT
    results = []
    threads = [threading.Thread(target=lambda: results.append(Outer()([])[-1])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["last (Probe)"] * 4


def test_summaries_and_no_leak():
    assert nn.Linear(512, 2048).path_summary() == "Linear 512->2048"
    assert nn.Conv2d(3, 8, (3, 5)).path_summary() == "Conv2d 3->8, kernel 3x5"
    assert nn.LayerNorm(16).path_summary() == "LayerNorm (16,)"
    assert nn.ReLU().path_summary() == "ReLU"
    with pytest.raises(IndexError):
        _path.describe(-1)
    net = Outer()
    net([])
    entries = len(_path._entries)
    gone = weakref.ref(net)
    del net
    gc.collect()
    assert gone() is None
    for _ in range(10):
        Outer()([])
    assert len(_path._entries) == entries


def test_an_error_names_the_module():
    net = nn.ModuleDict({"body": nn.ModuleList([nn.Linear(3, 4), nn.Linear(4, 8)])})

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, x):
            return self.net.get_submodule("body.1")(x)

    with pytest.raises(Exception, match=r"net\.body\[1\] \(Linear 4->8\)"):
        Model()(rv.ones(2, 3)).tolist()
