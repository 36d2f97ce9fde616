"""Weight and spectral norm, parametrizations and fusions, against torch with equal weights."""

# pyright: reportOptionalMemberAccess=false, reportAttributeAccessIssue=false, reportArgumentType=false
# pyright: reportUnusedExpression=false, reportCallIssue=false, reportOperatorIssue=false

import copy
import warnings

import numpy as np
import pytest
import torch
from torch.nn.utils import parametrizations as their_parametrizations
from torch.nn.utils import parametrize as their_parametrize

import ravine as rv
from ravine.nn.utils import parametrizations, parametrize

pytestmark = pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated")

TOLERANCE = {"rtol": 1e-9, "atol": 1e-11}
LAYERS = {
    "Linear": ("Linear(3, 4)", (2, 3)),
    "Conv1d": ("Conv1d(3, 4, 2)", (2, 3, 5)),
    "Conv2d": ("Conv2d(2, 3, (2, 3), groups=1)", (1, 2, 4, 4)),
    "ConvTranspose1d": ("ConvTranspose1d(3, 4, 2)", (2, 3, 5)),
    "ConvTranspose2d": ("ConvTranspose2d(2, 3, 2)", (1, 2, 3, 3)),
    "Embedding": ("Embedding(5, 3)", None),
}
#: What wraps a layer: how torch's module of utils and ours are reached, and arguments.
WRAPPERS = [
    ("utils.weight_norm", {}),
    ("utils.weight_norm", {"dim": None}),
    ("utils.weight_norm", {"dim": 1}),
    ("utils.spectral_norm", {}),
    ("utils.spectral_norm", {"n_power_iterations": 3, "dim": 1, "eps": 1e-6}),
    ("parametrizations.weight_norm", {}),
    ("parametrizations.weight_norm", {"dim": None}),
    ("parametrizations.spectral_norm", {}),
    ("parametrizations.spectral_norm", {"n_power_iterations": 2, "dim": 1}),
]
IDS = [f"{name} {options}" for name, options in WRAPPERS]


def wrap(lib, name, layer, **options):
    place, function = name.split(".")
    home = lib.nn.utils if place == "utils" else lib.nn.utils.parametrizations
    return getattr(home, function)(layer, **options)


def layers(text):
    """The layer in both libraries, in float64."""
    return tuple(eval(f"nn.{text}", {"nn": lib.nn}).double() for lib in (rv, torch))


def equal_weights(mine, theirs):
    """Load torch's state into ours: the names have to be equal."""
    state = {key: rv.tensor(value.numpy()) for key, value in theirs.state_dict().items()}
    mine.load_state_dict(state)


def same(mine, theirs):
    np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), **TOLERANCE)


def same_gradients(mine, theirs):
    found = dict(mine.named_parameters())
    assert list(found) == [name for name, _ in theirs.named_parameters()]
    for name, param in theirs.named_parameters():
        same(found[name].grad, param.grad)


def inputs(shape, rng):
    if shape is None:
        index = rng.integers(0, 5, 4)
        return rv.tensor(index), torch.tensor(index)
    x = rng.standard_normal(shape)
    return rv.tensor(x), torch.tensor(x)


@pytest.mark.parametrize(("name", "options"), WRAPPERS, ids=IDS)
def test_norms(name, options, rng):
    for text, shape in LAYERS.values():
        check_norms(name, options, text, shape, rng)


def check_norms(name, options, text, shape, rng):
    mine, theirs = layers(text)
    assert wrap(rv, name, mine, **options) is mine
    wrap(torch, name, theirs, **options)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    equal_weights(mine, theirs)
    x, y = inputs(shape, rng)
    for mode in (True, True, False):
        mine.train(mode), theirs.train(mode)
        a, b = mine(x), theirs(y)
        same(a, b)
        same(mine.weight, theirs.weight)
        mine.zero_grad(), theirs.zero_grad()
        (a * a).sum().backward()
        (b * b).sum().backward()
        same_gradients(mine, theirs)
    for key, value in theirs.state_dict().items():
        same(mine.state_dict()[key], value)


@pytest.mark.parametrize(("name", "options"), WRAPPERS, ids=IDS)
def test_norms_are_removed(name, options, rng):
    mine, theirs = layers("Linear(3, 4)")
    wrap(rv, name, mine, **options), wrap(torch, name, theirs, **options)
    equal_weights(mine, theirs)
    if name.startswith("utils"):
        with pytest.raises(RuntimeError, match="Cannot register two"):
            wrap(rv, name, mine, **options)
    for lib, layer in ((rv, mine), (torch, theirs)):
        if name.startswith("utils"):
            undo = getattr(lib.nn.utils, f"remove_{name.split('.')[1]}")
            undo(layer)
            with pytest.raises(ValueError, match="not found"):
                undo(layer)
        else:
            lib.nn.utils.parametrize.remove_parametrizations(layer, "weight")
    assert list(mine.state_dict()) == list(theirs.state_dict())
    assert type(mine) is rv.nn.Linear
    same(mine.weight, theirs.weight)
    assert mine.weight.requires_grad


class Composed(torch.nn.Module):
    """A linear layer with weight norm in torch's own smaller ops."""

    def __init__(self, layer, dim):
        super().__init__()
        self.dim = dim
        for number, parameter in enumerate(layer.parameters()):  # bias, g, v
            self.register_parameter(f"p{number}", parameter)

    def forward(self, x):
        v = self.p2
        weight = v * (self.p1 / v.norm(dim=1 - self.dim, keepdim=True))
        return x @ weight.T + self.p0


@pytest.mark.parametrize(("name", "options"), WRAPPERS, ids=IDS)
def test_norms_to_second_order(name, options, rng):
    mine, theirs = layers("Linear(3, 4)")
    wrap(rv, name, mine, **options), wrap(torch, name, theirs, **options)
    equal_weights(mine, theirs)
    if "weight_norm" in name and options.get("dim", 0) is not None:
        theirs = Composed(theirs, options.get("dim", 0))  # torch's fused form is wrong here
    found = []
    for lib, layer, x in zip((rv, torch), (mine, theirs), inputs((2, 3), rng), strict=True):
        parameters = list(layer.parameters())
        first = lib.autograd.grad(layer(x).tanh().sum(), parameters, create_graph=True)
        total = sum((g * g).sum() for g in first)
        found.append(lib.autograd.grad(total, parameters, allow_unused=True))
    for a, b in zip(*found, strict=True):
        same(a, b)


def test_older_states_load_into_the_parametrization():
    _, old = layers("Linear(3, 4)")
    torch.nn.utils.weight_norm(old)
    mine, theirs = layers("Linear(3, 4)")
    parametrizations.weight_norm(mine), their_parametrizations.weight_norm(theirs)
    equal_weights(mine, old)
    theirs.load_state_dict(old.state_dict())
    same(mine.weight, theirs.weight)


def maps(lib):
    """Parametrizations: one with an inverse, one without, one of two tensors, one that changes the shape."""

    class Scaled(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = lib.nn.Parameter(lib.tensor(2.0, dtype=lib.float64))

        def forward(self, x):
            return x * self.factor

        def right_inverse(self, x):
            return x / self.factor

    class Symmetric(lib.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).transpose(-1, -2)

    class Sum(lib.nn.Module):
        def forward(self, a, b):
            return a + b

        def right_inverse(self, x):
            return x * 0.25, x * 0.75

    class Row(lib.nn.Module):
        def forward(self, x):
            return x[:1]

    class Wrong(lib.nn.Module):
        def forward(self, x):
            return "no tensor"

    class Single(lib.nn.Module):
        def forward(self, x):
            return x.float()

    return {kind.__name__: kind for kind in (Scaled, Symmetric, Sum, Row, Wrong, Single)}


CHAINS = ["Scaled", "Symmetric", "Sum", "Sum Scaled", "Scaled Symmetric", "Scaled Scaled"]


@pytest.mark.parametrize("chain", [chain.split() for chain in CHAINS], ids=CHAINS)
@pytest.mark.parametrize("leave", [True, False])
def test_parametrizations(chain, leave, rng):
    mine, theirs = layers("Linear(3, 3)")
    equal_weights(mine, theirs)
    weight, bias = mine.weight, mine.bias
    for lib, layer in ((rv, mine), (torch, theirs)):
        for kind in chain:
            assert (
                lib.nn.utils.parametrize.register_parametrization(layer, "weight", maps(lib)[kind]()) is layer
            )
    assert list(mine.state_dict()) == list(theirs.state_dict())
    assert repr(mine).replace(", dtype=float64", "") == repr(theirs)
    same(mine.weight, theirs.weight)
    assert type(mine).__name__ == type(theirs).__name__ == "ParametrizedLinear"
    assert isinstance(mine, rv.nn.Linear)
    assert parametrize.type_before_parametrizations(mine) is rv.nn.Linear
    assert parametrize.is_parametrized(mine, "weight")
    assert not parametrize.is_parametrized(mine, "bias")
    assert mine.bias is bias
    if chain[0] != "Sum":
        assert mine.parametrizations.weight.original is weight  # what an optimizer holds already

    x, y = inputs((2, 3), rng)
    (mine(x) ** 2).sum().backward()
    (theirs(y) ** 2).sum().backward()
    same_gradients(mine, theirs)

    new = rng.standard_normal((3, 3))
    if "Symmetric" in chain:
        with pytest.raises(RuntimeError, match="right_inverse"):
            mine.weight = rv.tensor(new)
    else:
        mine.weight, theirs.weight = rv.tensor(new), torch.tensor(new)
        same(mine.weight, torch.tensor(new))
        for key, value in theirs.state_dict().items():
            same(mine.state_dict()[key], value)

    twin = copy.deepcopy(mine)
    with parametrize.cached():
        assert mine.weight is mine.weight
        assert twin.weight is not mine.weight
    assert mine.weight is not mine.weight
    if chain[0] == "Sum" and not leave:
        with pytest.raises(ValueError, match="sequence of tensors"):
            parametrize.remove_parametrizations(mine, "weight", leave)
        return
    parametrize.remove_parametrizations(mine, "weight", leave)
    their_parametrize.remove_parametrizations(theirs, "weight", leave)
    same(mine.weight, theirs.weight)
    assert sorted(mine.state_dict()) == ["bias", "weight"]
    assert type(mine) is rv.nn.Linear
    # A copy stays as it was.
    assert parametrize.is_parametrized(twin, "weight")
    assert twin(x).shape == (2, 3)


def test_two_tensors_and_a_buffer():
    mine, theirs = layers("BatchNorm1d(3)")
    for lib, layer in ((rv, mine), (torch, theirs)):
        for name, kind in (("weight", "Scaled"), ("bias", "Scaled"), ("running_var", "Sum")):
            lib.nn.utils.parametrize.register_parametrization(layer, name, maps(lib)[kind]())
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.eval(), theirs.eval()
    x = np.arange(6.0).reshape(2, 3)
    same(mine(rv.tensor(x)), theirs(torch.tensor(x)))
    parametrize.remove_parametrizations(mine, "weight")
    assert not parametrize.is_parametrized(mine, "weight")
    assert parametrize.is_parametrized(mine, "bias")
    assert type(mine).__name__ == "ParametrizedBatchNorm1d"
    parametrize.remove_parametrizations(mine, "running_var")
    assert "running_var" in dict(mine.named_buffers())


def test_what_a_parametrization_may_not_do():
    for lib in (rv, torch):
        register = lib.nn.utils.parametrize.register_parametrization
        kinds = maps(lib)
        for kind in ("Row", "Wrong", "Single"):
            layer = lib.nn.Linear(3, 3).double()
            with pytest.raises(ValueError, match="arametriz"):
                register(layer, "weight", kinds[kind]())
            assert list(layer.state_dict()) == ["weight", "bias"]
            register(layer, "weight", kinds["Scaled"]())
            with pytest.raises(ValueError, match="arametriz"):
                register(layer, "weight", kinds[kind]())
        with pytest.raises(ValueError, match="missing"):
            register(lib.nn.Linear(3, 3), "missing", kinds["Scaled"]())
        with pytest.raises(ValueError, match="parametrization"):
            lib.nn.utils.parametrize.remove_parametrizations(lib.nn.Linear(3, 3), "weight")
        layer = register(lib.nn.Linear(3, 3, bias=False), "weight", kinds["Row"](), unsafe=True)
        assert tuple(layer(lib.ones(2, 3)).shape) == (2, 1)
        with pytest.raises(RuntimeError, match="state_dict"):
            layer.__getstate__()


def test_parametrizations_are_transferred():
    found = []
    for lib in (rv, torch):
        home = lib.nn.utils.parametrize
        source = lib.nn.Linear(3, 3).double()
        home.register_parametrization(source, "weight", maps(lib)["Sum"]())
        home.register_parametrization(source, "bias", maps(lib)["Scaled"]())
        target = lib.nn.Module()
        assert home.transfer_parametrizations_and_params(source, target, "weight") is target
        assert bool((target.weight == source.weight).all())
        assert target.parametrizations.weight.original0 is source.parametrizations.weight.original0
        target = home.transfer_parametrizations_and_params(source, lib.nn.Module())
        found.append(sorted(name for name, _ in target.named_parameters()))
    assert found[0] == found[1]


def test_parametrized_layers_are_trained_and_moved():
    layer = parametrizations.weight_norm(rv.nn.Linear(3, 2))
    optimizer = rv.optim.SGD(layer.parameters(), lr=0.1)
    before = layer.weight.detach().clone()
    layer(rv.ones(1, 3)).sum().backward()
    optimizer.step()
    assert bool((layer.weight != before).any())
    assert layer.double().weight.dtype == rv.float64
    grads = rv.func.grad(lambda p: rv.func.functional_call(layer, p, rv.ones(3, dtype=rv.float64)).sum())
    found = grads({name: p.detach() for name, p in layer.named_parameters()})
    assert set(found) == {name for name, _ in layer.named_parameters()}


@pytest.mark.parametrize("kind", ["Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d", "Linear"])
def test_fusion(kind, rng):
    for bias in (True, False):
        for affine in (True, False) if kind != "Linear" else (True,):  # torch takes one with weights only
            check_fusion(kind, bias, affine, rng)


def check_fusion(kind, bias, affine, rng):
    text, shape = LAYERS[kind]
    mine, theirs = layers(text.replace(")", f", bias={bias})") if text.count(")") == 1 else text)
    size = "2d" if "2d" in kind else "1d"
    outputs = theirs(torch.zeros(shape, dtype=torch.float64)).shape[1]
    norms = [getattr(lib.nn, f"BatchNorm{size}")(outputs, affine=affine).double() for lib in (rv, torch)]
    for buffer in (norms[1].running_mean, norms[1].running_var, *norms[1].parameters()):
        buffer.data.copy_(torch.tensor(rng.uniform(0.5, 2, outputs)))
    equal_weights(mine, theirs), equal_weights(*norms)
    arguments = () if kind == "Linear" else ("Transpose" in kind,)
    name = "fuse_linear_bn_eval" if kind == "Linear" else "fuse_conv_bn_eval"
    with pytest.raises(AssertionError, match="eval"):
        getattr(rv.nn.utils, name)(mine, norms[0], *arguments)
    for module in (mine, theirs, *norms):
        module.eval()
    fused, expected = (
        getattr(lib.nn.utils, name)(layer, norm, *arguments)
        for lib, layer, norm in zip((rv, torch), (mine, theirs), norms, strict=True)
    )
    x, y = inputs(shape, rng)
    same(fused.weight, expected.weight)
    same(fused.bias, expected.bias)
    same(fused(x), norms[0](mine(x)))
    assert type(fused) is type(mine)
    weights = getattr(rv.nn.utils, name.replace("eval", "weights"))(
        mine.weight,
        mine.bias,
        norms[0].running_mean,
        norms[0].running_var,
        norms[0].eps,
        norms[0].weight,
        norms[0].bias,
        *arguments,
    )
    same(weights[0], expected.weight)
    same(weights[1], expected.bias)
    assert fused(x).requires_grad == expected(y).requires_grad


def test_gradient_norms(rng):
    values = [rng.standard_normal(shape) for shape in ((3, 2), (4,), ())]
    ours, others = [rv.tensor(v) for v in values], [torch.tensor(v) for v in values]
    for p in (2, 1, 0.5, 3.0, float("inf"), float("-inf"), 0, -1.0):
        same(rv.nn.utils.get_total_norm(ours, p), torch.nn.utils.get_total_norm(others, p))
    assert rv.nn.utils.get_total_norm([]).item() == torch.nn.utils.get_total_norm([]).item()
    broken = [*ours, rv.tensor([float("inf")], dtype=rv.float64)]
    with pytest.raises(RuntimeError, match="non-finite"):
        rv.nn.utils.get_total_norm(broken, error_if_nonfinite=True)
    for norm, bound in ((5.0, 1.0), (0.5, 1.0)):
        found = []
        for lib, grads in ((rv, ours), (torch, others)):
            params = [lib.zeros_like(g, requires_grad=True) for g in grads]
            for param, grad in zip(params, grads, strict=True):
                param.grad = grad.clone()
            lib.nn.utils.clip_grads_with_norm_(params, bound, lib.tensor(norm, dtype=lib.float64))
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                lib.nn.utils.clip_grad_norm(params, 0.1)
            assert [w.category for w in caught] == [FutureWarning]
            found.append([p.grad for p in params])
        for a, b in zip(*found, strict=True):
            same(a, b)


def test_packed_sequences(rng):
    sequences = [rng.standard_normal((n, 2)) for n in (2, 4, 1)]
    for lib in (rv, torch):
        rnn = lib.nn.utils.rnn
        packed = rnn.pack_sequence([lib.tensor(s) for s in sequences], enforce_sorted=False)
        for a, b in zip(rnn.unpack_sequence(packed), sequences, strict=True):
            np.testing.assert_array_equal(a.numpy(), b)
        inverse = rnn.invert_permutation(packed.sorted_indices)
        assert inverse.tolist() == packed.unsorted_indices.tolist()
        assert rnn.invert_permutation(None) is None
        kinds = {"double": "float64", "float": "float32", "half": "float16", "long": "int64", "int": "int32"}
        for name, dtype in (kinds | {"short": "int16", "char": "int8", "byte": "uint8"}).items():
            assert getattr(packed.to("cpu"), name)().data.dtype == getattr(lib, dtype)
        assert (packed.is_cuda, packed.cpu().is_pinned()) == (False, False)
    shared = rv.nn.Linear(2, 2)
    twice = rv.nn.Sequential(shared, shared)
    assert [len(list(twice.modules(remove_duplicate=once))) for once in (True, False)] == [2, 3]


def test_small_ones():
    for lib in (rv, torch):
        layer = lib.nn.utils.skip_init(lib.nn.Linear, 3, 2, bias=False, dtype=lib.float64)
        assert layer.weight.dtype == lib.float64
        assert tuple(layer.weight.shape) == (2, 3)
        assert layer.weight.device.type == "cpu"
        with pytest.raises(RuntimeError):
            lib.nn.utils.skip_init(lib.nn.ReLU)
        with pytest.raises(RuntimeError):
            lib.nn.utils.skip_init(dict)
        convert = lib.nn.utils.convert_conv2d_weight_memory_format
        conv = lib.nn.Conv2d(1, 1, 1)
        assert convert(conv, lib.channels_last) is conv
        zero = {"weight": lib.zeros(2, 3), "bias": lib.ones(2)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call = lib.nn.utils.stateless.functional_call
            assert call(lib.nn.Linear(3, 2), zero, (lib.ones(3),)).tolist() == [1, 1]
