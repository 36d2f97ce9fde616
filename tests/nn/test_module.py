"""Module: registration, walks, calls and hooks, modes, dtype, state, copies and text."""

# Wrong arguments are passed on purpose, and what may be None is known not to be.
# pyright: reportArgumentType=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOperatorIssue=false
# pyright: reportAttributeAccessIssue=false, reportPossiblyUnboundVariable=false, reportUnusedExpression=false

import copy

import numpy as np
import pytest

import ravine as rv
from ravine import nn


class Block(nn.Module):
    def __init__(self, size=4):
        super().__init__()
        self.fc1 = nn.Linear(size, 2 * size)
        self.fc2 = nn.Linear(2 * size, size)

    def forward(self, x):
        return x + self.fc2(self.fc1(x).relu())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(3))
        self.head = nn.Linear(4, 2, bias=False)
        self.register_buffer("count", rv.tensor([1, 2]))
        self.register_buffer("scratch", rv.zeros(2), persistent=False)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


# ---- registration and attributes


def test_assigned_parameters_and_modules_are_found():
    net = Net()
    names = [name for name, _ in net.named_parameters()]
    assert names[:2] == ["blocks.0.fc1.weight", "blocks.0.fc1.bias"]
    assert names[-1] == "head.weight"
    assert len(names) == 13
    assert [name for name, _ in net.named_children()] == ["blocks", "head"]
    assert [name for name, _ in net.named_modules()][:3] == ["", "blocks", "blocks.0"]
    assert [name for name, _ in net.named_buffers()] == ["count", "scratch"]
    assert len(list(net.modules())) == 12
    assert list(net.head.children()) == []
    assert [name for name, _ in net.named_parameters(recurse=False)] == []
    assert next(net.named_parameters(prefix="model"))[0] == "model.blocks.0.fc1.weight"


def test_shared_parameters_and_modules_are_given_once():
    net = nn.Module()
    net.a = nn.Linear(2, 2)
    net.b = net.a
    net.tied = net.a.weight
    assert len(list(net.parameters())) == 2
    assert len(list(net.modules())) == 2
    assert len(list(net.children())) == 1
    assert len(list(net.named_parameters(remove_duplicate=False))) == 5
    assert [name for name, _ in net.named_modules(remove_duplicate=False)] == ["", "a", "b"]


def test_before_init_registration_is_refused():
    class Forgot(nn.Module):
        def __init__(self, value):
            self.value = value

    with pytest.raises(AttributeError, match=r"cannot assign parameters before Module.__init__\(\) call"):
        Forgot(nn.Parameter(rv.zeros(1)))
    with pytest.raises(AttributeError, match=r"cannot assign module before Module.__init__\(\) call"):
        Forgot(nn.ReLU())
    with pytest.raises(AttributeError, match=r"must call super\(\).__init__\(\)"):
        Forgot(3)(1)


@pytest.mark.parametrize(
    ("act", "error", "text"),
    [
        (lambda m: m.register_parameter("a.b", None), KeyError, 'parameter name can\'t contain "."'),
        (lambda m: m.register_parameter("", None), KeyError, "can't be empty string"),
        (lambda m: m.register_parameter(3, None), TypeError, "parameter name should be a string. Got int"),
        (lambda m: m.register_parameter("forward", None), KeyError, "attribute 'forward' already exists"),
        (lambda m: m.register_parameter("x", rv.zeros(1)), TypeError, "Parameter or None required"),
        (lambda m: m.register_buffer("x", 3), TypeError, "cannot assign 'int' object to buffer 'x'"),
        (lambda m: m.register_buffer("w", rv.zeros(1)), KeyError, "attribute 'w' already exists"),
        (lambda m: m.add_module("x", 3), TypeError, "int is not a Module subclass"),
        (lambda m: m.add_module("w", nn.ReLU()), KeyError, "attribute 'w' already exists"),
        (lambda m: setattr(m, "w", 3), TypeError, "cannot assign 'int' as parameter 'w'"),
        (lambda m: setattr(m, "child", 3), TypeError, "cannot assign 'int' as child module 'child'"),
        (lambda m: setattr(m, "state", 3), TypeError, "cannot assign 'int' as buffer 'state'"),
        (lambda m: m.missing, AttributeError, "'Module' object has no attribute 'missing'"),
    ],
)
def test_wrong_registrations(act, error, text):
    module = nn.Module()
    module.w = nn.Parameter(rv.zeros(1))
    module.child = nn.ReLU()
    module.register_buffer("state", rv.zeros(1))
    with pytest.raises(error) as caught:
        act(module)
    assert text in caught.value.args[0]  # str() of a KeyError would quote it


def test_a_parameter_must_be_a_leaf():
    class Derived(nn.Parameter):
        is_leaf = False  # pyright: ignore[reportAssignmentType]

    with pytest.raises(ValueError, match="Cannot assign non-leaf Tensor to parameter 'w'"):
        nn.Module().register_parameter("w", Derived(rv.zeros(1)))


def test_a_name_moves_between_stores():
    module = nn.Module()
    module.x = 3
    module.x = nn.Parameter(rv.zeros(1))
    assert "x" in module._parameters
    assert "x" not in module.__dict__
    module.x = None
    assert module.x is None
    assert list(module.parameters()) == []
    module.x = nn.Parameter(rv.ones(1))
    module.y = rv.zeros(1)  # a plain tensor is a plain attribute
    assert list(module.buffers()) == []
    module.y = nn.Buffer(rv.zeros(1), persistent=False)
    assert [name for name, _ in module.named_buffers()] == ["y"]
    assert list(module.state_dict()) == ["x"]
    module.y = rv.ones(1)  # now it stays a buffer
    assert [name for name, _ in module.named_buffers()] == ["y"]
    module.y = nn.ReLU()  # and a module takes its place
    assert list(module.buffers()) == []
    assert isinstance(module.y, nn.ReLU)


def test_delete_and_dir():
    net = Net()
    assert {"blocks", "head", "count", "forward"} <= set(dir(net))
    assert "0" not in dir(net.blocks)
    del net.head, net.count, net.scratch
    assert not hasattr(net, "head")
    assert list(net.buffers()) == []
    del net.blocks[0].fc1.weight
    assert "blocks.0.fc1.weight" not in dict(net.named_parameters())
    with pytest.raises(AttributeError):
        del net.head


def test_lookup_by_dotted_name():
    net = Net()
    assert net.get_submodule("") is net
    assert net.get_submodule("blocks.1.fc2") is net.blocks[1].fc2
    assert net.get_parameter("head.weight") is net.head.weight
    assert net.get_buffer("count") is net.count
    with pytest.raises(AttributeError, match="Block has no attribute `fc3`"):
        net.get_submodule("blocks.0.fc3")
    with pytest.raises(AttributeError, match=r"`weight` is not a ravine.nn.Module"):
        net.get_submodule("head.weight")
    with pytest.raises(AttributeError, match=r"`head` is not a ravine\.nn\.Parameter"):
        net.get_parameter("head")
    with pytest.raises(AttributeError, match="`head` is not a buffer"):
        net.get_buffer("head")


def test_parameter():
    p = nn.Parameter(rv.tensor([1.0, 2.0]))
    assert isinstance(p, rv.Tensor)
    assert p.requires_grad
    assert p.is_leaf
    assert repr(p).startswith("Parameter containing:\n")
    assert tuple(nn.Parameter().shape) == (0,)
    assert not nn.Parameter(rv.tensor([1]), requires_grad=False).requires_grad
    q = copy.deepcopy(p)
    assert type(q) is nn.Parameter
    assert q.requires_grad
    with rv.no_grad():
        q.fill_(5.0)
    assert p.tolist() == [1.0, 2.0]
    memo = {}
    assert copy.deepcopy([p, p], memo)[0] is memo[id(p)]
    assert not isinstance(p * 2, nn.Parameter)


# ---- the call


def test_forward_is_required():
    with pytest.raises(NotImplementedError, match=r'Module \[Module\] is missing the required "forward"'):
        nn.Module()(1)


def test_hooks_run_in_order_and_change_what_passes():
    seen = []

    class Add(nn.Module):
        def forward(self, x, by=1):
            seen.append(("forward", x, by))
            return x + by

    module = Add()
    first = module.register_forward_pre_hook(lambda m, args: seen.append(("pre", args)))
    module.register_forward_pre_hook(lambda m, args: args[0] * 10)
    module.register_forward_pre_hook(lambda m, args, kw: (args, {"by": 2}), with_kwargs=True)
    last = module.register_forward_hook(lambda m, args, out: out * 100)
    module.register_forward_hook(
        lambda m, args, kw, out: seen.append(("first", args, kw, out)), prepend=True, with_kwargs=True
    )
    assert module(1) == 1200
    assert seen == [("pre", (1,)), ("forward", 10, 2), ("first", (10,), {"by": 2}, 12)]
    first.remove()
    first.remove()
    last.remove()
    seen.clear()
    assert module(1) == 12
    assert seen[0] == ("forward", 10, 2)
    with module.register_forward_hook(lambda m, args, out: -out):
        assert module(1) == -12
    assert module(1) == 12


def test_a_pre_hook_with_kwargs_must_return_a_pair():
    module = nn.Identity()
    module.register_forward_pre_hook(lambda m, args, kw: args, with_kwargs=True)
    with pytest.raises(RuntimeError, match="forward pre-hook must return None or a pair"):
        module(1)


# ---- modes


def test_train_eval_apply_and_requires_grad():
    net = Net()
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    net.blocks.train()
    assert not net.training
    assert net.blocks[0].fc1.training
    with pytest.raises(ValueError, match="training mode is expected to be boolean"):
        net.train(1)
    order = []
    net.apply(lambda module: order.append(type(module).__name__))
    assert order[-1] == "Net"
    assert order[:3] == ["Linear", "Linear", "Block"]
    net.requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())


@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad(set_to_none):
    layer = nn.Linear(2, 1)
    layer.zero_grad()
    layer(rv.ones(1, 2)).sum().backward()
    held = layer.weight.grad
    layer.zero_grad(set_to_none)
    if set_to_none:
        assert layer.weight.grad is None
        assert held.tolist() == [[1.0, 1.0]]
    else:
        assert layer.weight.grad.tolist() == [[0.0, 0.0]]
        assert held.tolist() == [[0.0, 0.0]]


# ---- dtype


def test_to_casts_floating_point_only_and_keeps_the_objects():
    net = Net()
    weight, count = net.head.weight, net.count.dtype
    net(rv.ones(1, 4)).sum().backward()
    assert net.double() is net
    assert net.head.weight is weight
    assert weight.dtype == rv.float64
    assert weight.grad.dtype == rv.float64
    assert weight.requires_grad
    assert weight.is_leaf
    assert net.count.dtype == count
    assert net.scratch.dtype == rv.float64
    assert net(rv.ones(1, 4, dtype=rv.float64)).dtype == rv.float64
    for convert, dtype in [
        (net.half, rv.float16),
        (net.bfloat16, rv.bfloat16),
        (net.float, rv.float32),
        (lambda: net.to(rv.float64), rv.float64),
        (lambda: net.to(dtype=rv.float32), rv.float32),
        (lambda: net.to("cpu", rv.float64), rv.float64),
        (lambda: net.to(rv.zeros(1)), rv.float32),
        (net.cpu, rv.float32),
        (lambda: net.type(rv.float64), rv.float64),
    ]:
        convert()
        assert weight.dtype == dtype
    assert net.count.dtype == rv.float64  # `type` casts everything
    with pytest.raises(TypeError, match="only accepts floating point"):
        net.to(rv.int64)
    with pytest.raises(TypeError, match="unexpected keyword argument 'typo'"):
        net.to(typo=1)


# ---- state


def test_state_dict_round_trip():
    net, other = Net(), Net()
    state = net.state_dict()
    assert list(state)[-1] == "head.weight"
    assert "scratch" not in state
    assert state["count"].tolist() == [1, 2]
    assert not state["head.weight"].requires_grad
    assert net.state_dict(keep_vars=True)["head.weight"] is net.head.weight
    assert list(net.head.state_dict(prefix="a.")) == ["a.weight"]
    result = other.load_state_dict(state)
    assert repr(result) == "<All keys matched successfully>"
    assert (result.missing_keys, result.unexpected_keys) == ([], [])
    x = rv.tensor(np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4))
    assert other(x).tolist() == net(x).tolist()
    with rv.no_grad():
        net.head.weight.fill_(7.0)  # the state shares the values, the loaded module has copied them
    assert state["head.weight"].tolist()[0][0] == 7.0
    assert other.head.weight.tolist()[0][0] != 7.0


def test_load_errors_name_everything_at_once():
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    state = dict(nn.Sequential(nn.Linear(2, 4), nn.Linear(3, 1)).state_dict())
    state["2.weight"] = state.pop("1.weight")
    state["0.gain"] = rv.zeros(1)
    state["1.bias"] = 3
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(state)
    text = str(caught.value)
    assert text.startswith("Error(s) in loading state_dict for Sequential:\n\t")
    assert 'Missing key(s) in state_dict: "1.weight". ' in text
    assert 'Unexpected key(s) in state_dict: "2.weight", "0.gain". ' in text or (
        'Unexpected key(s) in state_dict: "0.gain", "2.weight". ' in text
    )
    assert (
        "size mismatch for 0.weight: copying a param with shape [4, 2] from checkpoint, "
        "the shape in current model is [3, 2]." in text
    )
    assert "size mismatch for 0.bias" in text
    assert 'While copying the parameter named "1.bias", expected ravine.Tensor' in text
    with pytest.raises(TypeError, match="Expected state_dict to be dict-like"):
        net.load_state_dict([1])


def test_load_not_strict_reports_what_differs():
    net = nn.Sequential(nn.Linear(2, 3))
    result = net.load_state_dict({"0.bias": rv.ones(3), "1.bias": rv.ones(3)}, strict=False)
    assert net[0].bias.tolist() == [1.0, 1.0, 1.0]
    assert result == (["0.weight"], ["1.bias"])
    assert "missing_keys=['0.weight']" in repr(result)


def test_load_assign_takes_the_tensors_themselves():
    layer = nn.Linear(2, 1)
    layer.requires_grad_(False)
    state = {"weight": rv.ones(1, 2, dtype=rv.float64), "bias": nn.Parameter(rv.zeros(1))}
    layer.load_state_dict(state, assign=True)
    assert layer.weight.dtype == rv.float64
    assert isinstance(layer.weight, nn.Parameter)
    assert layer.bias is state["bias"]
    assert not layer.bias.requires_grad


# ---- copies and text


def test_deepcopy_is_independent():
    net = Net()
    net(rv.ones(1, 4))
    twin = copy.deepcopy(net)
    assert twin.head is not net.head
    assert isinstance(twin.head.weight, nn.Parameter)
    x = rv.ones(1, 4)
    before = net(x).tolist()
    assert twin(x).tolist() == before
    with rv.no_grad():
        twin.head.weight.fill_(0.0)
    assert net(x).tolist() == before
    tied = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    tied[1].weight = tied[0].weight
    twin = copy.deepcopy(tied)
    assert twin[1].weight is twin[0].weight


def test_repr():
    assert repr(nn.Linear(2, 3, bias=False)) == "Linear(in_features=2, out_features=3, bias=False)"
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding="same"), nn.Flatten(), nn.ModuleList([nn.ReLU(), nn.ReLU()])
    )
    assert repr(net) == (
        "Sequential(\n"
        "  (0): Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=same)\n"
        "  (1): Flatten(start_dim=1, end_dim=-1)\n"
        "  (2): ModuleList(\n"
        "    (0-1): 2 x ReLU()\n"
        "  )\n"
        ")"
    )
