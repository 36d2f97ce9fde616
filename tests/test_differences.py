"""docs/differences.md, entry by entry: what Ravine does, and that torch does something else."""

import copy
import importlib
import io
import math
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ravine
from distribution_differences import *  # noqa: F403
from recurrent_differences import *  # noqa: F403
from special_differences import *  # noqa: F403

PAGE = Path(__file__).parents[1] / "docs" / "differences.md"


def test_every_entry_of_the_page_has_a_test():
    entries = re.findall(r"^\*\*(\w+)\.\*\*", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    tests = [name.removeprefix("test_") for name in globals() if name.startswith("test_")]
    assert entries
    assert sorted(entries) == sorted(t for t in tests if t != "every_entry_of_the_page_has_a_test")


def test_later_writes_do_not_change_gradients(torch):
    def gradient(m):
        p = m.tensor([1.0, 2.0], requires_grad=True)
        loss = (p * p).sum()
        with m.no_grad():
            p.mul_(10)
        loss.backward()
        return p.grad.tolist()

    assert gradient(ravine) == [2.0, 4.0]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        gradient(torch)


def test_writes_to_data_do_not_change_gradients(torch):
    def gradient(m):
        p = m.tensor([1.0], requires_grad=True)
        loss = (p * p).sum()
        p.data.mul_(10)
        loss.backward()
        return p.grad.item()

    assert gradient(ravine) == 2.0
    assert gradient(torch) == 20.0


def test_a_write_may_read_its_own_target(torch):
    def shifted(m):
        x = m.tensor([1.0, 2.0, 3.0])
        x[1:] = x[:-1]
        return x.tolist()

    assert shifted(ravine) == [1.0, 1.0, 2.0]
    with pytest.raises(RuntimeError, match="refer to a single memory location"):
        shifted(torch)


def test_a_tensor_written_over_forgets_its_history(torch):
    def cleared(m):
        x = m.ones(2, requires_grad=True)
        y = x * 2
        y.zero_()
        return y.requires_grad

    assert not cleared(ravine)
    assert cleared(torch)


def test_a_detached_handle_stays_detached(torch):
    def written(m):
        x = m.zeros(2)
        d = x.detach()
        d.add_(m.ones(2, requires_grad=True))
        return d.requires_grad, x.requires_grad, x.tolist()

    assert written(ravine) == (False, False, [1.0, 1.0])
    assert written(torch) == (True, False, [1.0, 1.0])


def test_expanded_views_are_not_written(torch):
    def written(m):
        m.zeros(3).expand(1, 3).add_(1)

    written(torch)
    with pytest.raises(ravine.Error, match="expanded"):
        written(ravine)


def test_grad_leaves_every_grad_alone(torch):
    def filled(m):
        x = m.ones(2, requires_grad=True)
        y = x * 2
        y.retain_grad()
        m.autograd.grad((y * 3).sum(), x)
        return y.grad is not None

    assert not filled(ravine)
    assert filled(torch)


def test_layout_is_the_engines_affair(torch):
    def same(m):
        t = m.zeros(2, 3).T
        return t.is_contiguous(), t.contiguous() is t

    assert same(ravine) == (True, True)
    assert same(torch) == (False, False)


def test_reshape_is_always_a_view(torch):
    def written(m):
        x = m.zeros(2, 3)
        x.T.reshape(6).add_(1)
        return x.sum().item()

    assert written(ravine) == 6.0
    assert written(torch) == 0.0


def test_numpy_is_read_only(torch):
    def changed(m):
        t = m.zeros(2)
        a = t.numpy()
        t.add_(1)
        return a.flags.writeable, a.tolist()

    assert changed(ravine) == (False, [0.0, 0.0])
    assert changed(torch) == (True, [1.0, 1.0])
    source = np.zeros(2)
    t = ravine.from_numpy(source)
    source += 1
    assert t.tolist() == [0.0, 0.0]


def test_unfold_is_not_written_through(torch):
    def written(m):
        x = m.tensor([0.0, 1.0, 2.0, 3.0])
        windows = x.unfold(0, 2, 2)
        windows[0].fill_(9)
        x[3] = 7
        return x.tolist(), windows.tolist()

    assert written(ravine) == ([0.0, 1.0, 2.0, 7.0], [[9.0, 9.0], [2.0, 3.0]])
    assert written(torch) == ([9.0, 9.0, 2.0, 7.0], [[9.0, 9.0], [2.0, 7.0]])


def test_strided_elements_are_copied(torch):
    def written(m):
        x = m.zeros(4)
        m.as_strided(x, (2,), (2,)).fill_(1)
        return x.tolist()

    assert written(ravine) == [0.0, 0.0, 0.0, 0.0]
    assert written(torch) == [1.0, 0.0, 1.0, 0.0]


def test_a_generator_serves_every_device(torch):
    def drawn(m, device):
        return m.rand(2, generator=m.Generator(device).manual_seed(0)).tolist()

    assert drawn(ravine, "meta") == drawn(ravine, "cpu")
    with pytest.raises(RuntimeError, match="META"):
        drawn(torch, "meta")


def test_copies_do_not_share_later_writes(torch):
    def written(m):
        x = m.zeros(2)
        shallow, detached = copy.copy(x), x.detach()
        x.add_(1)
        return shallow.tolist(), detached.tolist()

    assert written(ravine) == ([0.0, 0.0], [1.0, 1.0])
    assert written(torch) == ([1.0, 1.0], [1.0, 1.0])


def test_dlpack_gives_torch_a_copy(torch):
    def written(m):
        x = m.zeros(2)
        torch.from_dlpack(x).add_(1)
        return x.tolist()

    assert written(ravine) == [0.0, 0.0]
    assert written(torch) == [1.0, 1.0]
    x = ravine.zeros(2)
    array = np.from_dlpack(x)
    assert not array.flags.writeable
    assert array.ctypes.data == x.data_ptr()


def test_foreign_memory_is_copied(torch):
    def seen(m, **options):
        source = np.zeros(2)
        t = m.from_dlpack(source, **options)
        source += 1
        return t.tolist()

    assert seen(ravine) == [0.0, 0.0]
    assert seen(torch) == [1.0, 1.0]
    source = np.zeros(2)
    assert ravine.from_dlpack(source, copy=False).data_ptr() == source.ctypes.data


def test_empty_is_zero():
    assert ravine.empty(1000).abs().sum().item() == 0


def test_gelu_of_minus_infinity(torch):
    assert ravine.gelu(ravine.tensor(-np.inf)).item() == 0
    assert np.isnan(torch.nn.functional.gelu(torch.tensor(-np.inf)).item())


def test_numbers_that_do_not_fit(torch):
    def made(m):
        x = m.tensor([10, 200], dtype=m.uint8)
        return [(x // 300).tolist(), (x == 266).tolist(), (x < 256).tolist()]

    assert made(ravine) == [[0, 0], [False, False], [True, True]]
    assert made(torch) == [[0, 4], [True, False], [False, False]]
    for call in (
        lambda m: m.tensor([-1], dtype=m.uint8),
        lambda m: m.arange(300, dtype=m.uint8),
    ):
        with pytest.raises(ravine.errors.ValueError):
            call(ravine)
        call(torch)
    assert ravine.tensor([10, 200], dtype=ravine.uint8).clamp(0, 256).tolist() == [10, 200]
    with pytest.raises(RuntimeError):
        torch.tensor([10, 200], dtype=torch.uint8).clamp(0, 256)


def test_negative_zeros_add_up(torch):
    def signs(m):
        return [math.copysign(1, m.tensor(x).sum().item()) for x in ([-0.0, -0.0], [])]

    assert signs(ravine) == [-1, 1]
    assert signs(torch) == [1, 1]


def test_conditions_are_bool(torch):
    def chosen(m):
        return m.where(m.tensor([1, 0], dtype=m.uint8), m.zeros(2), m.ones(2)).tolist()

    with pytest.raises(ravine.Error):
        chosen(ravine)
    with pytest.warns(UserWarning, match="uint8"):
        assert chosen(torch) == [0.0, 1.0]


def test_ties_keep_their_order(torch):
    def places(m):
        x = m.ones(20)
        return m.topk(x, 3)[1].tolist(), m.sort(x)[1].tolist(), m.kthvalue(x, 3)[1].item()

    first = [0, 1, 2], list(range(20)), 2
    assert places(ravine) == first
    assert all(a != b for a, b in zip(places(torch), first, strict=True))


def test_einsum_keeps_the_dtype(torch):
    def product(m, equation, *shapes):
        return m.einsum(equation, *(m.ones(shape, dtype=m.int32) for shape in shapes)).dtype

    assert product(ravine, "i,i->", (3,), (3,)) == ravine.int32
    assert product(torch, "i,i->", (3,), (3,)) == torch.int32
    assert product(ravine, "ij,i->i", (2, 3), (2,)) == ravine.int32
    assert product(torch, "ij,i->i", (2, 3), (2,)) == torch.int64
    assert product(ravine, "ij,j->", (2, 3), (3,)) == ravine.int32
    with pytest.raises(RuntimeError, match="expected scalar type"):
        product(torch, "ij,j->", (2, 3), (3,))


def test_cosine_similarity_below_eps(torch):
    def similarity(m):
        x = m.tensor([0.1, 0.0], requires_grad=True)
        value = m.nn.functional.cosine_similarity(x, m.ones(2), dim=0, eps=1.0)
        value.backward()
        return value.item(), x.grad[0].item()

    # The value is 0.1 x / (1 * sqrt(2)): its derivative in x is known.
    assert similarity(ravine) == pytest.approx((0.1 / 2**0.5, 1 / 2**0.5))
    assert similarity(torch) == pytest.approx((0.1 / 2**0.5, 0.9 / 2**0.5))


def test_a_scheduler_restores_the_rates(torch):
    def rate(m):
        def fresh():
            p = m.zeros(1, requires_grad=True)
            p.grad = m.zeros(1)
            optimizer = m.optim.SGD([p], lr=1.0)
            return optimizer, m.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)

        optimizer, scheduler = fresh()
        optimizer.step()
        scheduler.step()
        state = scheduler.state_dict()
        optimizer, scheduler = fresh()
        scheduler.load_state_dict(state)
        return optimizer.param_groups[0]["lr"]

    assert rate(ravine) == 0.5
    assert rate(torch) == 1.0


def test_no_gradient_warns(torch):
    def warned(m):
        optimizer = m.optim.SGD([m.zeros(1, requires_grad=True)], lr=1.0)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            optimizer.step()
            optimizer.step()
        return [warning.category for warning in caught]

    assert warned(ravine) == [ravine.NoGradientWarning]
    assert warned(torch) == []


def test_a_stream_is_read_once(torch):
    def samples(m):
        data = importlib.import_module(f"{m.__name__}.utils.data")

        class Stream(data.IterableDataset):
            def __iter__(self):
                return iter(range(3))

        return sorted(int(x) for x in data.DataLoader(Stream(), batch_size=None, num_workers=2))

    assert samples(ravine) == [0, 1, 2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, from Python 3.12
        assert samples(torch) == [0, 0, 1, 1, 2, 2]


class Anything:
    """What only a pickle can hold."""


def test_files_hold_no_code(torch):
    with pytest.raises(ravine.errors.DTypeError, match="Anything"):
        ravine.save({"a": Anything()}, io.BytesIO())
    file = io.BytesIO()
    torch.save({"a": Anything()}, file)
    file.seek(0)
    assert isinstance(torch.load(file, weights_only=False)["a"], Anything)
    file.seek(0)
    with pytest.raises(ravine.errors.FileError):
        ravine.load(file)


def test_shared_memory_is_not_restored(torch):
    def written(m):
        x, file = m.zeros(4), io.BytesIO()
        m.save([x, x, x.reshape(2, 2)], file)
        file.seek(0)
        first, same, view = m.load(file)
        first.add_(1)
        return same is first, same.tolist() == first.tolist(), view.sum().item()

    assert written(ravine) == (True, True, 0.0)
    assert written(torch)[1:] == (True, 4.0)


def test_plain_containers_warn(torch):
    def called(m):
        class Own(m.nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = [m.nn.Linear(2, 2)]
                self.named = {"a": m.nn.Linear(2, 2)}
                self.weightless = [m.nn.ReLU()]

            def forward(self, x):
                return self.weightless[0](self.named["a"](self.layers[0](x)))

        own = Own()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            own(m.ones(1, 2))
            own(m.ones(1, 2))
        return [str(w.message) for w in caught]

    listed, named = called(ravine)
    assert "Own.layers is a plain list" in listed
    assert "Use nn.ModuleList(...)" in listed
    assert "Own.named is a plain dict" in named
    assert "Use nn.ModuleDict(...)" in named
    assert called(torch) == []


def test_all_and_any_are_bool(torch):
    for name in ("all", "any"):
        kinds = [str(getattr(m, name)(m.ones(2, dtype=m.uint8)).dtype) for m in (ravine, torch)]
        assert kinds == ["ravine.bool", "torch.uint8"]


def test_gradients_of_strided_scatters(torch):
    def gradient(m):
        x = m.arange(3.0).requires_grad_()
        y = m.as_strided_scatter(x, m.zeros(1), (1,), (1,))
        return m.autograd.grad(y.sum(), x)[0].tolist()

    assert gradient(ravine) == [0, 1, 1]
    assert gradient(torch) == [1, 0, 0]


def test_booleans_are_not_added_up(torch):
    def added(m):
        return m.zeros(2, dtype=m.bool).index_add(0, m.tensor([0, 0]), m.ones(2, dtype=m.bool)).tolist()

    assert added(torch) == [True, False]
    with pytest.raises(ravine.errors.DTypeError, match="bool"):
        added(ravine)


def test_truth_values_have_no_derivative(torch):
    def follows(m):
        x = m.ones(2, requires_grad=True)
        return x.clone().logical_not_().requires_grad

    assert (follows(ravine), follows(torch)) == (False, True)


def test_layers_and_losses_take_floats(torch):
    def loss(m):
        return m.nn.functional.l1_loss(m.tensor([1, 2]), m.tensor([2, 4]), reduction="sum").item()

    assert loss(torch) == 3
    with pytest.raises(ravine.errors.DTypeError, match="floating"):
        loss(ravine)


def test_losses_want_equal_shapes(torch):
    def shape(m):
        return tuple(m.nn.functional.mse_loss(m.zeros(3, 1), m.zeros(3), reduction="none").shape)

    with pytest.warns(UserWarning, match="different to the input size"):
        assert shape(torch) == (3, 3)
    with pytest.raises(ravine.errors.ShapeError, match="must be equal"):
        shape(ravine)


def test_a_shape_prints_as_a_tuple(torch):
    assert [str(m.ones(2, 3).shape) for m in (ravine, torch)] == ["(2, 3)", "torch.Size([2, 3])"]


def test_one_element_is_formatted(torch):
    def formatted(m):
        return f"{m.tensor(1.5):.2f}", f"{m.tensor([[1.5]]):.2f}"

    assert formatted(ravine) == ("1.50", "1.50")
    with pytest.raises(TypeError):
        formatted(torch)


def test_third_derivatives_of_batch_norm(torch):
    values = np.random.default_rng(0).normal(size=(5, 3, 4))

    def fused(m, x):
        return m.nn.functional.batch_norm(x, None, None, training=True, eps=0.1)

    def formula(m, x):
        centred = x - x.mean((0, 2), keepdim=True)
        return centred / m.sqrt((centred * centred).mean((0, 2), keepdim=True) + 0.1)

    def third(m, norm):
        x = m.tensor(values, requires_grad=True)
        y = norm(m, x)
        for _ in range(2):
            (g,) = m.autograd.grad(m.sum(m.sin(y)), [x], create_graph=True)
            y = y + m.sum(m.tanh(g * g))
        y.sum().backward()
        return x.grad.numpy()

    np.testing.assert_allclose(third(ravine, fused), third(torch, formula), rtol=1e-9, atol=1e-9)
    assert np.abs(third(torch, fused) - third(torch, formula)).max() > 0.1


def test_second_derivatives_of_weight_norm(torch):
    rng = np.random.default_rng(0)
    values = [rng.normal(size=shape) for shape in ((3, 1), (3, 4), (2, 4))]

    def layer(m):
        made = m.nn.utils.parametrizations.weight_norm(m.nn.Linear(4, 3, bias=False).double())
        return lambda g, v, x: m.func.functional_call(
            made, {"parametrizations.weight.original0": g, "parametrizations.weight.original1": v}, (x,)
        )

    def formula(m):
        return lambda g, v, x: x @ (v * (g / (v * v).sum(1, keepdim=True).sqrt())).T

    def second(m, call):
        g, v = (m.tensor(value, requires_grad=True) for value in values[:2])
        y = m.tanh(call(g, v, m.tensor(values[2]))).sum()
        first = m.autograd.grad(y, [g, v], create_graph=True)
        return m.autograd.grad(sum((a * a).sum() for a in first), [v])[0].numpy()

    expected = second(torch, formula(torch))
    np.testing.assert_allclose(second(ravine, layer(ravine)), expected, rtol=1e-9, atol=1e-9)
    assert np.abs(second(torch, layer(torch)) - expected).max() > 0.1


def test_unread_errors_do_not_raise():
    x, wrong = ravine.zeros(3), ravine.tensor([5]) + 0
    unread = x[wrong]
    del unread
    read = x[wrong]
    with pytest.raises(ravine.errors.IndexError):
        read.tolist()


def test_nearest_volumes_have_their_gradient(torch):
    def checked(m):
        x = m.arange(120, dtype=m.float64).reshape(1, 1, 4, 6, 5).requires_grad_(True)
        f = m.nn.functional.interpolate
        return m.autograd.gradcheck(lambda x: f(x, scale_factor=(0.5, 1.3, 2.1)), (x,), raise_exception=False)

    assert checked(ravine)
    assert not checked(torch)


def test_ctc_gradient_by_log_probabilities(torch):
    def gradient(m):
        scores = m.full((2, 1, 2), 0.5).log().requires_grad_(True)
        loss = m.nn.functional.ctc_loss(scores, m.tensor([[1]]), (2,), (1,), reduction="sum")
        return m.autograd.grad(loss, scores)[0].flatten()

    # Of the three alignments, each step names the label in two.
    assert gradient(ravine).tolist() == pytest.approx([-1 / 3, -2 / 3] * 2)
    assert gradient(torch).tolist() == pytest.approx([1 / 2 - 1 / 3, 1 / 2 - 2 / 3] * 2)


def test_cross_map_norm_forgets_the_first_channel(torch):
    def sums(m):
        x = m.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1)
        layer = m.nn.CrossMapLRN2d(1, 1.0, -1.0, 0.0)
        return layer(x + 1).flatten() / (x + 1).flatten()

    assert sums(ravine).tolist() == [4.0, 1.0, 1.0]
    assert sums(torch).tolist() == [4.0, 5.0, 5.0]


def test_eigenvalues_are_real(torch):
    symmetric, turn = [[2.0, 1.0], [1.0, 2.0]], [[0.0, -1.0], [1.0, 0.0]]
    assert sorted(ravine.linalg.eigvals(ravine.tensor(symmetric)).tolist()) == pytest.approx([1, 3])
    assert torch.linalg.eigvals(torch.tensor(symmetric)).is_complex()
    with pytest.raises(ravine.errors.LinAlgError, match="complex eigenvalues"):
        ravine.linalg.eigvals(ravine.tensor(turn)).tolist()
    assert torch.linalg.eigvals(torch.tensor(turn)).is_complex()


def test_triangles_have_triangular_gradients(torch):
    def gradient(m):
        L = m.tensor([[2.0, 0.0], [1.0, 1.0]], requires_grad=True)
        return m.autograd.grad(m.cholesky_inverse(L)[0, 0], L)[0][0, 1].item()

    assert gradient(ravine) == 0
    assert gradient(torch) != 0


def test_determinants_of_singular_matrices(torch):
    def second(m):
        x = m.zeros(2, 2, dtype=m.float64, requires_grad=True)
        (g,) = m.autograd.grad(m.linalg.det(x), x, create_graph=True)
        return m.autograd.grad(g.sum(), x)[0].tolist()

    assert second(ravine) == [[1, -1], [-1, 1]]
    assert np.isnan(second(torch)).all()


def test_gradients_of_tables_are_dense(torch):
    def gradient(m: Any) -> Any:
        table = m.ones(3, 2, requires_grad=True)
        m.nn.functional.embedding(m.tensor([1, 1]), table, sparse=True).sum().backward()
        return table.grad

    assert gradient(ravine).tolist() == [[0.0, 0.0], [2.0, 2.0], [0.0, 0.0]]
    assert gradient(torch).is_sparse
