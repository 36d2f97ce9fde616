"""Layers, losses, containers, initialisation and nn.utils: what does not need torch to be judged."""

# Wrong arguments are passed on purpose, and what may be None is known not to be.
# pyright: reportArgumentType=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportCallIssue=false, reportIndexIssue=false, reportOperatorIssue=false
# pyright: reportAttributeAccessIssue=false, reportPossiblyUnboundVariable=false, reportUnusedExpression=false

import math

import numpy as np
import pytest

import ravine as rv
import ravine.nn.functional as F
from ravine import nn


def array(tensor):
    return np.asarray(tensor.detach().tolist())


# ---- layers


def test_linear_formula_and_shapes(rng):
    layer = nn.Linear(3, 5)
    w, b = array(layer.weight), array(layer.bias)
    for shape in [(3,), (2, 3), (2, 4, 3), (0, 3)]:
        x = rng.normal(size=shape).astype(np.float32)
        got = layer(rv.tensor(x))
        assert tuple(got.shape) == (*shape[:-1], 5)
        np.testing.assert_allclose(array(got).reshape(-1), (x @ w.T + b).reshape(-1), rtol=1e-4, atol=1e-6)
    assert nn.Linear(3, 5, bias=False).bias is None
    assert nn.Linear(3, 5, dtype=rv.float64).weight.dtype == rv.float64


@pytest.mark.parametrize("make", [lambda: nn.Linear(256, 100), lambda: nn.Conv2d(16, 40, 4)])
def test_default_init_is_uniform_within_one_over_root_fan_in(make):
    rv.manual_seed(0)
    layer = make()
    bound = 1 / 16
    for values in (array(layer.weight), array(layer.bias)):
        assert np.abs(values).max() <= bound
        assert np.abs(values).max() > 0.9 * bound
        assert abs(values.mean()) < 0.15 * bound
    assert np.std(array(layer.weight)) == pytest.approx(bound / math.sqrt(3), rel=0.05)
    before = array(layer.weight)
    layer.reset_parameters()
    assert not np.array_equal(before, array(layer.weight))


def test_same_seed_same_parameters():
    rv.manual_seed(3)
    a = nn.Linear(4, 4)
    rv.manual_seed(3)
    b = nn.Linear(4, 4)
    assert a.weight.tolist() == b.weight.tolist()


def test_linear_without_inputs():
    assert nn.Linear(0, 2).bias.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("kernel", [1, 2, 3, (4, 3)])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_padding_keeps_the_size(kernel, dilation):
    layer = nn.Conv2d(2, 3, kernel, padding="same", dilation=dilation)
    assert tuple(layer(rv.ones(1, 2, 9, 8)).shape) == (1, 3, 9, 8)
    valid = nn.Conv2d(2, 3, kernel, padding="valid", dilation=dilation)
    assert tuple(valid(rv.ones(1, 2, 9, 8)).shape)[2] == 9 - dilation * (layer.kernel_size[0] - 1)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"groups": 2}, ValueError, "in_channels must be divisible by groups"),
        ({"groups": 3}, ValueError, "out_channels must be divisible by groups"),
        ({"groups": 0}, ValueError, "argument 'groups' must be positive, not 0"),
        ({"padding": "full"}, ValueError, "Invalid padding string 'full'"),
        ({"padding": "same", "stride": 2}, ValueError, "padding='same' is not supported for strided"),
        ({"padding_mode": "mirror"}, ValueError, "padding_mode must be one of 'zeros', 'reflect'"),
        ({"stride": (1, 2, 3)}, ValueError, "argument 'stride' has 3 numbers"),
    ],
)
def test_conv_options_that_make_no_sense(options, error, text):
    with pytest.raises(error, match=text):
        nn.Conv2d(3, 4, 3, **options)


def test_conv_repr():
    layer = nn.Conv2d(4, 8, 3, stride=2, padding=1, dilation=2, groups=4, bias=False)
    assert layer.extra_repr() == (
        "4, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), dilation=(2, 2), groups=4, bias=False"
    )


def test_layer_norm_parameters():
    layer = nn.LayerNorm((2, 3))
    assert layer.weight.tolist() == [[1.0] * 3] * 2
    assert nn.LayerNorm(3, bias=False).bias is None
    plain = nn.LayerNorm(3, elementwise_affine=False)
    assert list(plain.parameters()) == []
    y = array(plain(rv.tensor([[1.0, 2.0, 6.0]])))
    assert y.mean() == pytest.approx(0, abs=1e-6)
    assert y.std() == pytest.approx(1, abs=1e-4)
    with rv.no_grad():
        layer.weight.fill_(3.0)
    layer.reset_parameters()
    assert layer.weight.tolist() == [[1.0] * 3] * 2


def test_dropout():
    layer = nn.Dropout(0.25)
    x = rv.ones(20000)
    y = array(layer(x))
    assert set(np.round(np.unique(y), 5)) == {0.0, round(1 / 0.75, 5)}
    assert (y == 0).mean() == pytest.approx(0.25, abs=0.02)
    assert layer.eval()(x) is x
    assert nn.Dropout(0.0)(x) is x
    assert set(nn.Dropout(1.0)(x).tolist()) == {0.0}
    z = rv.ones(1000)
    assert nn.Dropout(0.5, inplace=True)(z) is z
    assert 0.0 in z.tolist()
    for p in (-0.1, 1.1):
        with pytest.raises(ValueError, match="dropout probability has to be between 0 and 1"):
            nn.Dropout(p)
    assert repr(layer) == "Dropout(p=0.25, inplace=False)"


def test_relu_inplace():
    x = rv.tensor([-1.0, 1.0])
    assert nn.ReLU(inplace=True)(x) is x
    assert x.tolist() == [0.0, 1.0]
    assert repr(nn.ReLU(inplace=True)) == "ReLU(inplace=True)"


def test_cross_entropy_weight_is_a_buffer():
    loss = nn.CrossEntropyLoss(weight=rv.tensor([1.0, 3.0]))
    assert [name for name, _ in loss.named_buffers()] == ["weight"]
    with pytest.raises(TypeError, match="size_average must be a bool, not Tensor"):
        F.cross_entropy(rv.zeros(1, 2), rv.tensor([0]), None, rv.ones(2))


def test_pad_modes():
    with pytest.raises(ValueError, match="mode 'mirror' is not one of"):
        F.pad(rv.ones(3), (1, 1), mode="mirror")
    with pytest.raises(ValueError, match="mode='reflect' takes no value"):
        F.pad(rv.ones(3), (1, 1), mode="reflect", value=2.0)
    with pytest.raises(ValueError, match="at most 2 on a side"):
        F.pad(rv.ones(3), (3, 1), mode="reflect")


# ---- containers


def test_sequential_behaves_like_a_list():
    a, b, c = nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)
    net = nn.Sequential(a, b, c)
    assert len(net) == 3
    assert [*net] == [a, b, c]
    assert net[-1] is c
    assert isinstance(net[:2], nn.Sequential)
    assert [*net[1:]] == [b, c]
    assert list(net[1:]._modules) == ["1", "2"]
    assert net.append(nn.ReLU()) is net
    net.insert(1, nn.Identity())
    assert [type(m).__name__ for m in net] == ["Linear", "Identity", "ReLU", "Linear", "ReLU"]
    assert list(net._modules) == ["0", "1", "2", "3", "4"]
    net[1] = nn.Tanh()
    assert isinstance(net[1], nn.Tanh)
    del net[1]
    assert net.pop(-1).__class__ is nn.ReLU
    assert [*net] == [a, b, c]
    net.extend([nn.Sigmoid()])
    assert len(net + nn.Sequential(nn.Tanh())) == 5
    assert len(nn.Sequential(a) * 3) == 3
    assert tuple(nn.Sequential({"first": a, "second": b})(rv.ones(1, 2)).shape) == (1, 3)
    del net[1:]
    assert [*net] == [a]
    with pytest.raises(IndexError, match="index 5 is out of range"):
        net[5]
    with pytest.raises(TypeError, match="not a Module subclass"):
        nn.Sequential(3)
    with pytest.raises(IndexError, match="Index out of range: 7"):
        net.insert(7, nn.ReLU())
    with pytest.raises(AssertionError, match="module should be of type"):
        net.insert(0, 3)
    with pytest.raises(ValueError, match="supports only objects of Sequential"):
        net + 1
    with pytest.raises(ValueError, match="Non-positive"):
        net * 0


def test_module_list():
    blocks = nn.ModuleList([nn.ReLU(), nn.Tanh()])
    blocks += [nn.Sigmoid()]
    assert len(blocks + nn.ModuleList([nn.ReLU()])) == 4
    blocks.insert(0, nn.Identity())
    assert [type(m).__name__ for m in blocks[::2]] == ["Identity", "Tanh"]
    assert isinstance(blocks[:2], nn.ModuleList)
    with pytest.raises(NotImplementedError):
        blocks(1)
    assert repr(nn.ModuleList()) == "ModuleList()"


def test_module_dict():
    heads = nn.ModuleDict([("a", nn.Linear(1, 1)), ("b", nn.ReLU())])
    heads["c"] = nn.Tanh()
    heads.update({"b": nn.Sigmoid()})
    assert list(heads.keys()) == ["a", "b", "c"]
    assert [type(m).__name__ for m in heads.values()] == ["Linear", "Sigmoid", "Tanh"]
    assert list(dict(heads.items())) == list(heads)
    assert len(heads) == 3
    assert isinstance(heads.pop("b"), nn.Sigmoid)
    del heads["c"]
    assert "c" not in heads
    heads.clear()
    assert len(heads) == 0
    with pytest.raises(ValueError, match="element #0 has length 3"):
        heads.update([(1, 2, 3)])


# ---- initialisation


@pytest.mark.parametrize(
    ("fill", "std"),
    [
        (nn.init.xavier_normal_, math.sqrt(2 / (300 + 5000))),
        (nn.init.xavier_uniform_, math.sqrt(2 / (300 + 5000))),
        (lambda t: nn.init.xavier_normal_(t, gain=2.0), 2 * math.sqrt(2 / (300 + 5000))),
        (nn.init.kaiming_normal_, math.sqrt(2 / 300)),
        (nn.init.kaiming_uniform_, math.sqrt(2 / 300)),
        (lambda t: nn.init.kaiming_normal_(t, mode="fan_out"), math.sqrt(2 / 5000)),
        (lambda t: nn.init.kaiming_uniform_(t, nonlinearity="tanh"), 5 / 3 / math.sqrt(300)),
        (nn.init.lecun_normal_, 1 / math.sqrt(300)),
        (nn.init.lecun_uniform_, 1 / math.sqrt(300)),
        (nn.init.normal_, 1.0),
        (lambda t: nn.init.uniform_(t, -3.0, 3.0), math.sqrt(3)),
    ],
)
def test_init_variance(fill, std):
    tensor = nn.Parameter(rv.empty(200, 12, 5, 5))  # fan_in 12 * 25, fan_out 200 * 25
    assert fill(tensor) is tensor
    assert tensor.requires_grad
    assert tensor.is_leaf
    values = array(tensor)
    assert values.std() == pytest.approx(std, rel=0.02)
    assert abs(values.mean()) < 0.03 * std


def test_init_constants_and_errors():
    t = rv.empty(2, 2)
    assert nn.init.zeros_(t).tolist() == [[0.0, 0.0]] * 2
    assert nn.init.ones_(t).tolist() == [[1.0, 1.0]] * 2
    assert nn.init.constant_(t, 2.5).tolist() == [[2.5, 2.5]] * 2
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        nn.init.xavier_normal_(rv.empty(3))
    with pytest.raises(ValueError, match="Mode fan not supported"):
        nn.init.kaiming_normal_(t, mode="fan")
    with pytest.raises(ValueError, match="Unsupported nonlinearity swish"):
        nn.init.calculate_gain("swish")
    with pytest.raises(ValueError, match="not a valid number"):
        nn.init.calculate_gain("leaky_relu", True)
    assert nn.init.calculate_gain("selu") == 0.75
    assert nn.init.kaiming_normal_(rv.empty(0, 3)).numel() == 0


# ---- nn.utils


def grads(*values):
    params = []
    for value in values:
        grad = rv.tensor(np.asarray(value, dtype=np.float32))
        p = nn.Parameter(rv.zeros(*grad.shape))
        p.grad = grad
        params.append(p)
    return params


@pytest.mark.parametrize(
    ("norm_type", "norm"), [(2.0, 13.0), (1.0, 19.0), (math.inf, 12.0), (3.0, (27 + 64 + 1728) ** (1 / 3))]
)
def test_clip_grad_norm(norm_type, norm):
    params = [*grads([3.0, -4.0], [[12.0]]), nn.Parameter(rv.zeros(2))]
    total = nn.utils.clip_grad_norm_(iter(params), 1.0, norm_type)
    assert total.item() == pytest.approx(norm, rel=1e-5)
    assert params[0].grad.tolist() == pytest.approx([3 / total.item(), -4 / total.item()], rel=1e-5)
    before = params[1].grad.tolist()
    nn.utils.clip_grad_norm_(params, 100.0, norm_type)  # small enough already
    assert params[1].grad.tolist() == before


def test_clip_grad_edge_cases():
    assert nn.utils.clip_grad_norm_([], 1.0).item() == 0.0
    assert nn.utils.clip_grad_norm_(nn.Parameter(rv.zeros(1)), 1.0).item() == 0.0
    (bad,) = grads([math.inf])
    with pytest.raises(RuntimeError, match="non-finite, so it cannot be clipped"):
        nn.utils.clip_grad_norm_(bad, 1.0, error_if_nonfinite=True)
    assert bad.grad.tolist() == [math.inf]
    (p,) = grads([3.0, -0.5])
    nn.utils.clip_grad_value_(p, 1)
    assert p.grad.tolist() == [1.0, -0.5]


def test_parameters_as_a_vector():
    net = nn.Linear(2, 3)
    vector = nn.utils.parameters_to_vector(net.parameters())
    assert vector.tolist() == [*net.weight.reshape(-1).tolist(), *net.bias.tolist()]
    nn.utils.vector_to_parameters(rv.arange(9, dtype=rv.float32), net.parameters())
    assert net.bias.tolist() == [6.0, 7.0, 8.0]
    assert net.weight.requires_grad
    with pytest.raises(ValueError, match="the vector has 3 elements, the parameters have 9"):
        nn.utils.vector_to_parameters(rv.ones(3), net.parameters())
    with pytest.raises(TypeError, match="expected a Tensor"):
        nn.utils.vector_to_parameters([1.0], net.parameters())
