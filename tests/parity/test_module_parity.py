"""What modules and containers offer besides layers, against torch: the same program in both libraries."""

import copy
import warnings

import numpy as np
import pytest
import torch

import ravine as rv

LIBRARIES = [rv, torch]


def both(program):
    """What a program gives with each library in place of `lib`; an error is its kind."""
    found = []
    for lib in LIBRARIES:
        try:
            found.append(program(lib))
        except Exception as error:
            found.append(next(k for k in type(error).__mro__ if k.__module__ == "builtins"))
    mine, theirs = found
    assert mine == theirs
    return mine


def counted(lib):
    """A module with a number beside its parameters."""

    class Counted(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = lib.nn.Linear(2, 1)
            self.count = 0

        def forward(self, x):
            self.count += 1
            return self.fc(x)

        def get_extra_state(self):
            return {"count": self.count}

        def set_extra_state(self, state):
            self.count = state["count"]

    return Counted()


def test_extra_state():
    def program(lib):
        first, second = counted(lib), counted(lib)
        [first(lib.ones(2)) for _ in range(2)]
        state = first.state_dict()
        second.load_state_dict(state)
        del state["_extra_state"]
        missing = second.load_state_dict(state, strict=False).missing_keys
        return second.count, list(first.state_dict()), missing

    assert both(program) == (2, ["_extra_state", "fc.weight", "fc.bias"], ["_extra_state"])

    def unexpected(lib):
        lib.nn.Linear(2, 1).load_state_dict({**lib.nn.Linear(2, 1).state_dict(), "_extra_state": 1})

    assert both(unexpected) is RuntimeError
    assert both(lambda lib: counted(lib).load_state_dict(counted(lib).fc.state_dict())) is RuntimeError
    assert both(lambda lib: lib.nn.Linear(2, 1).get_extra_state()) is RuntimeError
    assert both(lambda lib: lib.nn.Linear(2, 1).set_extra_state(1)) is RuntimeError


def test_private_state_hooks():
    def program(lib):
        class Renamed(lib.nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = lib.nn.Linear(2, 1)
                self.seen = []
                self._register_load_state_dict_pre_hook(self.rename)

            def rename(self, state, prefix, metadata, strict, missing, unexpected, errors):
                self.seen.append(prefix)
                for key in [key for key in state if key.startswith(prefix + "old.")]:
                    state[key.replace("old.", "fc.")] = state.pop(key)

        net = lib.nn.Sequential(Renamed())
        with_module = []
        hook = net[0]._register_load_state_dict_pre_hook
        hook(lambda m, *a: with_module.append((m is net[0], len(a))), True)
        twin = copy.deepcopy(net)
        state = {"0.old." + k: v for k, v in lib.nn.Linear(2, 1).state_dict().items()}
        net.load_state_dict(state)
        twin.load_state_dict(state)
        net._register_state_dict_hook(lambda m, s, p, meta: {"all": len(s)})
        return with_module[0], net[0].seen, twin[0].seen, net.state_dict()

    assert both(program) == ((True, 7), ["0."], ["0."], {"all": 2})


def test_hooks_that_are_always_called():
    def program(lib):
        seen = []

        class Broken(lib.nn.Module):
            def forward(self, x, fail=False):
                if fail:
                    raise KeyError("forward")
                return x

        net = Broken()
        net.register_forward_hook(lambda m, a, out: seen.append(("plain", out)))
        net.register_forward_hook(lambda m, a, out: seen.append(("always", out)), always_call=True)
        net.register_forward_hook(
            lambda m, a, k, out: seen.append((k, out)), with_kwargs=True, always_call=True
        )
        net(1)
        for _ in range(2):
            try:
                net(2, fail=True)
            except KeyError:
                seen.append("raised")
        return seen

    found = both(program)
    assert found.count("raised") == 2
    assert found.count(("always", None)) == 2
    assert found.count(("plain", None)) == 0


def test_submodules_are_replaced_by_name():
    def program(lib, name="0.1", module=True, strict=False):
        nn = lib.nn
        net = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Tanh())
        net.set_submodule(name, nn.Sigmoid() if module else 3, strict)
        return [type(m).__name__ for m in net.modules()]

    assert "Sigmoid" in both(program)
    assert both(lambda lib: program(lib, "0.more"))[-2:] == ["Sigmoid", "Tanh"]
    assert both(lambda lib: program(lib, "0.more", strict=True)) is AttributeError
    assert both(lambda lib: program(lib, "0.0.weight")) is AttributeError
    assert both(lambda lib: program(lib, "3.1")) is AttributeError
    assert both(lambda lib: program(lib, "")) is ValueError
    assert both(lambda lib: program(lib, module=False)) is ValueError


def test_methods_that_change_nothing():
    seen = []
    net = rv.nn.Linear(2, 2)
    assert net.compile(mode="max-autotune") is None
    assert net.share_memory() is net
    net.register_backward_hook(lambda m, a, b: seen.append(len(b)))
    net(rv.ones(1, 2)).sum().backward()
    assert seen == [1]


def test_containers():
    def parameter_dicts(lib):
        tensors = {name: lib.ones(i + 1) for i, name in enumerate("abc")}
        d = lib.nn.ParameterDict(tensors)
        e = d.copy()
        last = d.popitem()
        e |= {"d": lib.zeros(1)}
        f = d | {"z": lib.zeros(1)}
        g = {"y": lib.zeros(1)} | d
        h = d.fromkeys(["k", "l"], lib.zeros(3))
        return [list(x) for x in (d, e, f, g, h)], last[0], list(reversed(e)), len(list(h.parameters()))

    assert both(parameter_dicts)[1] == "c"
    assert both(lambda lib: lib.nn.ParameterDict().popitem()) is KeyError
    assert both(lambda lib: lib.nn.ParameterDict() | 3) is TypeError

    def arithmetic(lib):
        nn = lib.nn
        net = nn.Sequential(nn.ReLU(), nn.Tanh())
        net *= 2
        net += nn.Sequential(nn.Sigmoid())
        net.insert(1, nn.Identity())
        popped = net.pop(0)
        return [type(m).__name__ for m in (net * 2 + nn.Sequential(nn.ELU()))], type(popped).__name__

    assert both(arithmetic)[1] == "ReLU"


INITS = [name for name in torch.nn.init.__all__ if f"{name}_" in torch.nn.init.__all__]


@pytest.mark.parametrize("name", INITS)
def test_older_names_of_inits_warn(name):
    arguments = {"constant": (0.5,), "sparse": (0.5,)}.get(name, ())
    for lib in LIBRARIES:
        x = lib.empty(2, 2, 3) if name == "dirac" else lib.empty(4, 4)
        with pytest.warns(FutureWarning, match=f"deprecated in favor of `nn.init.{name}_`"):
            assert getattr(lib.nn.init, name)(x, *arguments) is x
    if name in ("constant", "eye", "dirac"):
        shape = (2, 2, 3) if name == "dirac" else (4, 4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mine, theirs = (getattr(lib.nn.init, name)(lib.empty(shape), *arguments) for lib in LIBRARIES)
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
