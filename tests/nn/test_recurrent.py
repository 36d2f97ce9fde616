"""Any cell as a layer, and what the course says of recurrent cells: held to loops in NumPy and to laws."""

import numpy as np
import pytest

import ravine
from ravine import autograd, func, nn, optim, viz
from ravine._pytree import flatten
from ravine.autograd import gradcheck
from ravine.models import gradient_by_lag
from ravine.nn import functional as F

WIDE = ravine.float64


def rand(*shape, **options):
    return ravine.randn(*shape, dtype=WIDE, **options)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def arrays(module):
    return {name: value.detach().numpy() for name, value in module.named_parameters()}


def close(found, expected, tolerance=1e-12):
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=tolerance, atol=tolerance)


def affine(w, x, h):
    """W_ih x + b and W_hh h, apart."""
    b = w["bias_ih"] + w.get("bias_hh", 0)
    return x @ w["weight_ih"].T + b, h @ w["weight_hh"].T


def elman(w, x, h):
    return np.tanh(sum(affine(w, x, h)))


def gru_of_the_notes(w, x, h):
    """The reset before the product, and the new value weighted by the update gate."""
    of_x, _ = affine(w, x, h)
    n = h.shape[1]
    u = w["weight_hh"]
    reset = sigmoid(of_x[:, :n] + h @ u[:n].T)
    update = sigmoid(of_x[:, n : 2 * n] + h @ u[n : 2 * n].T)
    candidate = np.tanh(of_x[:, 2 * n :] + (reset * h) @ u[2 * n :].T)
    return (1 - update) * h + update * candidate


def residual(w, x, h):
    return h @ w.get("weight_q", np.eye(h.shape[1])).T + np.tanh(sum(affine(w, x, h)))


def highway(w, x, h):
    candidate, gate = np.split(sum(affine(w, x, h)), 2, 1)
    return sigmoid(gate) * np.tanh(candidate) + (1 - sigmoid(gate)) * x


CELLS = {
    "RNN": (lambda d, h: nn.RNNCell(d, h, biases=1), elman),
    "GRU": (lambda d, h: nn.GRUCell(d, h, biases=1, reset_after=False), gru_of_the_notes),
    "GRU of two biases": (lambda d, h: nn.GRUCell(d, h, reset_after=False), gru_of_the_notes),
    "residual": (lambda d, h: nn.ResidualRNNCell(d, h), residual),
    "residual, learned": (lambda d, h: nn.ResidualRNNCell(d, h, learned=True, biases=2), residual),
    "highway": (lambda d, h: nn.HighwayCell(h, h), highway),
}


def unrolled(name):
    """A cell run over a sequence, and the loop that says what it should be."""
    ravine.manual_seed(0)
    make, formula = CELLS[name]
    cell = make(3, 4).double()
    x = rand(6, 2, cell.input_size)
    h, expected, w = np.zeros((2, 4)), [], arrays(cell)
    for step in x.numpy():
        h = formula(w, step, h)
        expected.append(h)
    return cell, x, np.stack(expected)


def held(name):
    cell, x, expected = unrolled(name)
    y, last = nn.Recurrent(cell)(x)
    close(y, expected)
    close(last, expected[-1])
    few = x[:3, :1].clone().requires_grad_()
    names = [name for name, _ in cell.named_parameters()]

    def run(x, *values):
        given = {f"cells.0.{n}": v for n, v in zip(names, values, strict=True)}
        return func.functional_call(nn.Recurrent(cell), given, (x,))[0]

    assert gradcheck(run, (few, *cell.parameters()))


def test_row_127_a_one_hot_vector_selects_a_row():
    table = nn.Embedding(7, 5)
    numbers = ravine.tensor([[3, 0, 6], [6, 6, 1]])
    found = F.one_hot(numbers, 7).to(table.weight.dtype) @ table.weight
    assert (found == table(numbers)).all()
    assert F.one_hot(numbers, 7).sum(-1).tolist() == [[1] * 3] * 2


def test_row_128_only_the_rows_that_were_used_have_a_gradient():
    ravine.manual_seed(0)
    table = nn.Embedding(7, 5).double()
    numbers, weights = ravine.tensor([3, 0, 3, 6]), rand(4, 5)
    (table(numbers) * weights).sum().backward()
    expected = np.zeros((7, 5))
    np.add.at(expected, numbers.numpy(), weights.numpy())  # a row that is used twice gets both
    close(table.weight.grad, expected)
    for i in range(7):
        unit = ravine.eye(7, dtype=WIDE)[i]
        close(table(ravine.tensor(i)), (unit @ table.weight).detach().numpy())


def test_row_129_an_elman_network_is_its_loop():
    assert parameters(nn.RNNCell(8, 16, biases=1)) == 400
    assert parameters(nn.Linear(16, 3)) == 51  # an output head
    held("RNN")
    cell, x, expected = unrolled("RNN")
    layer = nn.RNN(3, 4).double()
    bias = {"bias_ih_l0": cell.bias_ih, "bias_hh_l0": ravine.zeros(4, dtype=WIDE)}
    layer.load_state_dict({"weight_ih_l0": cell.weight_ih, "weight_hh_l0": cell.weight_hh, **bias})
    close(layer(x)[0], expected)


def test_row_131_gradients_pass_beside_a_residual_cell():
    """J is a product of I + D W, D within 0 and 1: with |W| = 1 / T its gains lie within (1 -+ 1/T)^T."""
    ravine.manual_seed(0)
    steps, size = 100, 6
    gains = {}
    for name, make in (("plain", nn.RNNCell), ("residual", nn.ResidualRNNCell)):
        cell = make(2, size).double()
        with ravine.no_grad():
            cell.weight_hh /= ravine.linalg.matrix_norm(cell.weight_hh, 2) * steps
        x = rand(steps, 1, 2)

        def last(h, cell=cell, x=x):
            return nn.Recurrent(cell)(x, h)[1][0]

        jacobian = func.jacrev(last)(ravine.zeros(1, size, dtype=WIDE)).reshape(size, size)
        gains[name] = ravine.linalg.svdvals(jacobian).tolist()
    assert max(gains["plain"]) < 1e-100
    assert (1 - 1 / steps) ** steps < min(gains["residual"])
    assert max(gains["residual"]) < (1 + 1 / steps) ** steps
    held("residual")
    held("residual, learned")


def test_row_130_gradients_by_lag_over_a_thousand_steps():
    """At rest tanh has slope 1: gradients are those of powers of W, c^lag where W is c times a rotation."""
    ravine.manual_seed(0)
    steps, size, lines = 1000, 4, {}
    turn = ravine.linalg.qr(rand(size, size))[0]
    for scale in (0.97, 1.0, 1.03):
        layer = nn.RNN(size, size, bias=False).double()
        layer.load_state_dict({"weight_ih_l0": ravine.eye(size, dtype=WIDE), "weight_hh_l0": scale * turn})
        by_lag = gradient_by_lag(layer, ravine.zeros(steps, 1, size, dtype=WIDE))
        close(by_lag, size**0.5 * scale ** np.arange(steps), 1e-9)
        lines[f"{scale}"] = by_lag
    drawn = viz.curves(lines, x_label="steps back", y_label="norm", log=True).svg
    assert all(f">{name} " in drawn for name in lines)
    cut = nn.Recurrent(nn.GRUCell(2, 3), truncate=100)
    x = ravine.randn(steps - 30, 1, 2, requires_grad=True)
    y, _ = cut(x)
    (gradient,) = autograd.grad(y[-1].sum(), x)
    reached = gradient[:, 0].abs().sum(1) != 0
    assert reached.nonzero().flatten().tolist() == list(range(900, 970))
    assert (y == nn.Recurrent(*cut.cells)(x)[0]).all()


class Momentum(nn.Module):
    """A cell of a user, with a state of two tensors in a dict and an output that is neither."""

    def __init__(self, inputs, size):
        super().__init__()
        self.map = nn.Linear(inputs + size, size)

    def forward(self, x, state):
        if state is None:
            state = {
                "h": x.new_zeros(*x.shape[:-1], self.map.out_features),
                "v": (x.sum(-1, keepdim=True) * 0,),
            }
        h = self.map(ravine.cat([x, state["h"]], -1)).tanh()
        v = 0.9 * state["v"][0] + h.sum(-1, keepdim=True)
        return ravine.cat([h, v], -1), {"h": h, "v": (v,)}


def by_hand(cell, x):
    w, b = (p.detach().numpy() for p in cell.map.parameters())
    h, v, found = np.zeros((x.shape[1], len(b))), np.zeros((x.shape[1], 1)), []
    for step in x:
        h = np.tanh(np.concatenate([step, h], 1) @ w.T + b)
        v = 0.9 * v + h.sum(1, keepdims=True)
        found.append(np.concatenate([h, v], 1))
    return np.stack(found)


def test_row_132_any_cell_of_a_user_is_a_layer():
    ravine.manual_seed(0)
    cells = [Momentum(3, 4).double(), Momentum(10, 2).double()]
    reverse = [Momentum(3, 4).double(), Momentum(10, 2).double()]
    layer = nn.Recurrent(*cells, reverse=reverse, batch_first=True)
    x = rand(2, 5, 3)
    y, states = layer(x)
    expected = x.numpy().swapaxes(0, 1)
    for there, back in zip(cells, reverse, strict=True):
        ways = [by_hand(there, expected), by_hand(back, expected[::-1])[::-1]]
        expected = np.concatenate(ways, 2)
    close(y, expected.swapaxes(0, 1))
    assert [tuple(state["v"][0].shape) for state in states] == [(2, 1)] * 4
    # In two parts, the state handed on.
    there = nn.Recurrent(cells[0], Momentum(5, 2).double(), batch_first=True)
    first, state = there(x[:, :2])
    close(ravine.cat([first, there(x[:, 2:], state)[0]], 1), there(x)[0].detach().numpy())
    # One sequence alone, and batches by vmap.
    close(nn.Recurrent(*there.cells)(x[0])[0], there(x)[0][0].detach().numpy())
    many = rand(3, 2, 5, 3)
    looped = ravine.stack([layer(each)[0] for each in many])
    close(func.vmap(lambda each: layer(each)[0])(many), looped.detach().numpy())
    # Derivatives: reverse, forward, and of second order.
    few = x[:, :2].clone().requires_grad_()

    def total(x):
        return (layer(x)[0] ** 2).sum()

    assert gradcheck(total, (few,))
    v = rand(2, 2, 3)
    forward = func.jvp(total, (few,), (v,))[1]
    close(forward, (func.grad(total)(few) * v).sum().item())
    h = 1e-5
    slope = (func.grad(total)(few + h * v) - func.grad(total)(few - h * v)) / (2 * h)
    close(func.jvp(func.grad(total), (few,), (v,))[1], slope.detach().numpy(), 1e-7)


def test_padding_changes_nothing():
    ravine.manual_seed(0)
    lengths = [4, 1, 7, 3]
    layer = nn.Recurrent(
        *(nn.LSTMCell(3, 4), nn.GRUCell(8, 2)),
        reverse=[Momentum(3, 3), nn.LSTMCell(8, 2)],
        batch_first=True,
    ).double()
    x = rand(4, 7, 3)
    y, states = layer(x, lengths=ravine.tensor(lengths))
    for row, length in enumerate(lengths):
        alone, last = layer(x[row : row + 1, :length])
        close(y[row, :length], alone[0].detach().numpy())
        assert (y[row, length:] == 0).all()
        for together, one in zip(states, last, strict=True):
            for a, b in zip(flatten(together)[0], flatten(one)[0], strict=True):
                close(a[row], b[0].detach().numpy())
    (gradient,) = autograd.grad(layer(x.requires_grad_(), lengths=ravine.tensor(lengths))[0].sum(), x)
    inside = ravine.arange(7) < ravine.tensor(lengths).unsqueeze(1)
    assert ((gradient != 0).any(2) == inside).all()
    nothing, state = nn.Recurrent(nn.GRUCell(3, 2))(
        x.float()[:2], lengths=ravine.zeros(7, dtype=ravine.int64)
    )
    assert (nothing == 0).all()
    assert (state == 0).all()


def test_row_133_the_second_direction_reads_backwards():
    ravine.manual_seed(0)
    x = rand(5, 2, 3)
    for make in (nn.RNN, nn.GRU, nn.LSTM):
        both = make(3, 4, bidirectional=True).double()
        names = [name for name in both.state_dict() if not name.endswith("_reverse")]
        one, other = make(3, 4).double(), make(3, 4).double()
        one.load_state_dict({name: both.state_dict()[name] for name in names})
        other.load_state_dict({name: both.state_dict()[f"{name}_reverse"] for name in names})
        y = both(x)[0]
        assert tuple(y.shape) == (5, 2, 8)
        close(y[..., :4], one(x)[0].detach().numpy())
        close(y[..., 4:], other(x.flip(0))[0].flip(0).detach().numpy())


def test_row_134_a_gated_unit_in_both_conventions():
    assert parameters(nn.GRUCell(8, 16, biases=1)) == 1200
    held("GRU")
    held("GRU of two biases")
    # Where both mean the same, with z turned: no reset bias within, and the reset gate open.
    ravine.manual_seed(0)
    here = nn.GRUCell(3, 4, biases=1, reset_after=False).double()
    there = nn.GRUCell(3, 4, biases=1).double()
    turned = {name: value.clone() for name, value in here.state_dict().items()}
    for value in turned.values():
        value[4:8] *= -1  # z of one is 1 - z of the other
    with ravine.no_grad():
        for state in (here.state_dict(), turned):
            state["weight_ih"][:4], state["weight_hh"][:4], state["bias_ih"][:4] = 0, 0, 40.0
    there.load_state_dict(turned)
    x = rand(5, 2, 3)
    close(nn.Recurrent(there)(x)[0], nn.Recurrent(here)(x)[0].detach().numpy())


def test_row_135_a_long_short_term_memory_is_its_six_equations():
    ravine.manual_seed(0)
    assert parameters(nn.LSTMCell(8, 16, biases=1)) == 1600
    cell = nn.LSTMCell(3, 4, biases=1).double()
    w, x = arrays(cell), rand(6, 2, 3)
    h = c = np.zeros((2, 4))
    expected = []
    for step in x.numpy():
        i, f, g, o = np.split(sum(affine(w, step, h)), 4, 1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        expected.append(h)
    y, (last, memory) = nn.Recurrent(cell)(x)
    close(y, np.stack(expected))
    close(last, h)
    close(memory, c)


def test_row_136_a_highway_opens_and_shuts():
    ravine.manual_seed(0)
    x = rand(5, 6)
    shut, open_ = (nn.Highway(6, gate_bias=bias).double() for bias in (-1e3, 1e3))
    assert (shut(x) == x).all()
    assert (open_(x) == open_.transform(x)).all()
    assert parameters(shut) == 2 * 6 * 7
    own = nn.Highway(6, nn.Tanh()).double()
    gate = sigmoid(own.gate(x).detach().numpy())
    close(own(x), gate * np.tanh(x.numpy()) + (1 - gate) * x.numpy())

    def loss(make):
        """After some steps, of a network of fifty layers that learns the sign of x_0 x_1."""
        ravine.manual_seed(0)
        points = ravine.randn(64, 8)
        labels = (points[:, 0] * points[:, 1] > 0).to(ravine.int64)
        net = nn.Sequential(*(make() for _ in range(50)), nn.Linear(8, 2))
        optimizer = optim.Adam(net.parameters(), lr=5e-3)
        for _ in range(80):
            optimizer.zero_grad()
            F.cross_entropy(net(points), labels).backward()
            optimizer.step()
        return F.cross_entropy(net(points), labels).item()

    assert loss(lambda: nn.Highway(8)) < 0.35
    assert loss(lambda: nn.Sequential(nn.Linear(8, 8), nn.ReLU())) > 0.6  # log 2 is chance


def test_row_137_a_highway_cell_mixes_with_its_input():
    held("highway")
    assert parameters(nn.HighwayCell(8, 8)) == 2 * 8 * 17
    with pytest.raises(
        ValueError, match=r"hidden_size must be input_size; got 16 and 8\. Map the input by Linear"
    ):
        nn.HighwayCell(8, 16)


def test_a_cell_of_torchs_weights_is_torchs_layer():
    """The layer's kernels, and the cells' steps."""
    ravine.manual_seed(0)
    x = rand(6, 2, 3)
    for make, cells in ((nn.RNN, nn.RNNCell), (nn.GRU, nn.GRUCell), (nn.LSTM, nn.LSTMCell)):
        layer = make(3, 4, num_layers=2, bidirectional=True).double()
        built = []
        for suffix in ("l0", "l0_reverse", "l1", "l1_reverse"):
            cell = cells(3 if "l0" in suffix else 8, 4).double()
            cell.load_state_dict({n: layer.state_dict()[f"{n}_{suffix}"] for n in cell.state_dict()})
            built.append(cell)
        y, _ = nn.Recurrent(*built[::2], reverse=built[1::2])(x)
        close(y, layer(x)[0].detach().numpy())


def test_odd_shapes():
    for shape in ((1, 1, 3), (2, 0, 3), (4, 3)):
        y, _ = nn.Recurrent(nn.ResidualRNNCell(3, 2))(ravine.randn(*shape))
        assert tuple(y.shape) == (*shape[:-1], 2)
