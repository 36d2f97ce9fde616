"""Where values live: views alias, buffers are reused, histories keep what their rules read and no more."""

import gc
import weakref

import pytest

import ravine
from engine.windows import NONE, window
from ravine import _core

MB = 1 << 20


def live():
    """Bytes of evaluated values."""
    ravine.synchronize()
    return ravine.stats()["bytes_live"]


def big(value=1.0):
    """An evaluated tensor of 4 MB."""
    x = ravine.full((MB,), value)
    ravine.eval(x)
    return x


VIEWS = {
    "slice": (lambda x: x[1:], lambda n: n[1:]),
    "step": (lambda x: x[:, ::2], lambda n: n[:, ::2]),
    "transpose": (lambda x: x.T, lambda n: n.T),
    "reshape": (lambda x: x.reshape(2, 6), lambda n: n.reshape(2, 6)),
    "of views": (
        lambda x: x.reshape(2, 6)[1].reshape(3, 2).T[0],
        lambda n: n.reshape(2, 6)[1].reshape(3, 2).T[0],
    ),
    "data": (lambda x: x.data, lambda n: n),
    "row": (lambda x: x[-1], lambda n: n[-1]),
}


@pytest.mark.parametrize("bound", [1, 2048])
@pytest.mark.parametrize("name", VIEWS)
def test_views_alias_in_both_directions(name, bound):
    view_of, numpy_view_of = VIEWS[name]
    with window(bound):
        x = ravine.arange(12.0).reshape(3, 4).clone()
        n = x.numpy().copy()
        view, numpy_view = view_of(x), numpy_view_of(n)
        for write in (1.5, -2.0):
            view.mul_(write)
            numpy_view *= write
            x.add_(write)
            n += write
            assert x.tolist() == n.tolist()
            assert view.tolist() == numpy_view.tolist()


COPIES = {
    "flip": lambda x: x.flip(0),
    "clone": lambda x: x.clone(),
    "advanced index": lambda x: x[ravine.tensor([0, 1])],
    "index_select": lambda x: ravine.index_select(x, 0, ravine.tensor([0, 1])),
    "cat": lambda x: ravine.cat([x]),
    "pad": lambda x: ravine.pad(x, (0, 0)),
    "masked": lambda x: x[x >= 0],
    "multiplied by one": lambda x: x * 1,
}


@pytest.mark.parametrize("name", COPIES)
def test_what_copies_is_no_view(name):
    x = ravine.arange(6.0).reshape(2, 3).clone()
    copy = COPIES[name](x)
    copy.add_(100)
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
    x.mul_(0)
    assert copy.amin().item() >= 100


def test_a_view_is_no_copy():
    x = big()
    before = live()
    views = [x[1:], x.reshape(1024, 1024), x.reshape(1024, 1024).T, x[::2], x.detach()]
    ravine.eval(*views)
    assert live() - before < 4096
    assert views[0].data_ptr() == x.data_ptr() + 4


def test_in_place_ops_stay_in_place():
    x, y = big(), big()
    address = x.data_ptr()
    _core.reset_peak()
    start = live()
    for write in (lambda: x.add_(y), lambda: x.mul_(2), lambda: x.sqrt_(), lambda: x.sub_(0.5)):
        write()
        assert x.data_ptr() == address
    x[:10] = 4
    x[ravine.tensor([5, 7])] = 9
    assert x.data_ptr() == address
    assert x[:11].tolist() == [4, 4, 4, 4, 4, 9, 4, 9, 4, 4, 1.5]
    assert live() == start


def test_an_update_writes_over_what_the_gradient_is_computed_from():
    p = ravine.ones(MB, requires_grad=True)
    optimizer = ravine.optim.SGD([p], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        _core.reset_peak()
        before = live()
        optimizer.step()
        assert ravine.stats()["bytes_peak"] - before < 4 * MB + 4096  # the gradient


def test_a_dying_input_gives_its_buffer():
    x = big()
    address = x.data_ptr()
    x = x * 2 + 1
    assert x.data_ptr() == address
    y = x + 1
    assert y.data_ptr() != address
    assert x.data_ptr() == address


@pytest.mark.parametrize("bound", [1, 64, 2048, NONE])
def test_a_chain_needs_no_memory_per_link(bound):
    with window(bound):
        x = big()
        before = live()
        _core.reset_peak()
        for _ in range(100):
            x = (x + 1) * 0.5
        ravine.eval(x)
        assert ravine.stats()["bytes_peak"] - before <= 8 * MB


def test_a_write_under_a_history_copies_once_and_counts_it():
    x = ravine.ones(MB, requires_grad=True)
    y = (x * x).sum()  # its rule reads x
    ravine.eval(y)
    before, copies = live(), ravine.stats()["copied_for_history"]
    with ravine.no_grad():
        x[:2] = 3
        ravine.eval(x)
        assert ravine.stats()["copied_for_history"] == copies + 1
        x[1:2] = 4  # the copy is nobody else's
        ravine.eval(x)
    assert ravine.stats()["copied_for_history"] == copies + 1
    assert live() - before == 4 * MB
    y.backward()
    assert x.grad is not None
    assert x.grad[:2].tolist() == [2, 2]  # the history saw the 1, not the 3
    assert x[:3].tolist() == [3, 4, 1]


def test_a_write_that_no_history_reads_copies_nothing():
    x = ravine.ones(MB, requires_grad=True)
    y = (x + 1).sum()  # its rule reads no value
    ravine.eval(y)
    address, copies = x.data_ptr(), ravine.stats()["copied_for_history"]
    with ravine.no_grad():
        x[:2] = 3
        x.mul_(3)
    assert x.data_ptr() == address
    assert ravine.stats()["copied_for_history"] == copies


def test_backward_ends_the_history():
    before = live()
    x = ravine.ones(MB, requires_grad=True)
    loss = (x.cumsum(0).exp() * x.sin()).sum()
    loss.item()
    assert live() - before >= 8 * MB  # x and its running sum; what follows is computed again
    loss.backward()
    x.grad = None
    assert live() - before < 5 * MB
    assert loss.requires_grad


def test_dropping_the_loss_drops_the_history():
    x = ravine.ones(MB, requires_grad=True)
    before = live()
    loss = (x.exp() * x.sin()).sum()
    loss.item()
    del loss
    assert live() - before < 4096


def test_no_grad_keeps_nothing():
    x = ravine.ones(MB, requires_grad=True)
    before = live()
    with ravine.no_grad():
        y = (x.exp() * x.sin()).sum()
        y.item()
    assert live() - before < 4096


def test_unread_results_are_never_computed():
    before = ravine.stats()["kernels_run"]
    for _ in range(50):
        ravine.matmul(ravine.ones(100, 100), ravine.ones(100, 100))
    ravine.synchronize()
    assert ravine.stats()["kernels_run"] == before


def test_results_of_several_outputs_live_alone():
    before = live()
    values, indices = ravine.sort(ravine.arange(float(MB)))
    ravine.eval(values, indices)
    del indices
    assert live() - before < 5 * MB
    assert values[-1].item() == MB - 1


@pytest.mark.parametrize("bound", [1, 2048])
def test_copies_are_made_when_one_of_two_is_written(bound):
    with window(bound):
        x, y = big(1), big(2)
        before = live()
        x.copy_(y)
        ravine.eval(x)
        assert live() - before <= 0
        x[0] = 5
        y[1] = 6
        assert x[:3].tolist() == [5, 2, 2]
        assert y[:3].tolist() == [2, 6, 2]


def test_numpy_views_keep_their_memory():
    x = ravine.arange(6.0) + 1
    n = x.numpy()
    with pytest.raises(ValueError, match="read-only"):
        n[0] = 5
    x.add_(10)
    assert x.tolist() == [11, 12, 13, 14, 15, 16]
    assert n.tolist() == [1, 2, 3, 4, 5, 6]
    del x
    assert n.tolist() == [1, 2, 3, 4, 5, 6]


def test_data_from_numpy_are_copied(rng):
    n = rng.standard_normal(1000)
    x = ravine.from_numpy(n)
    y = x * 2
    expected = (n * 2).tolist()
    n[:] = 0
    assert y.tolist() == expected


def test_handles_and_graphs_are_freed_without_the_collector():
    gc.disable()
    try:
        before = live()
        x = ravine.ones(MB, requires_grad=True)
        y = (x * x).sum()
        y.backward()
        gone = weakref.ref(x)
        del x, y
        assert gone() is None
        assert live() - before < 4096
    finally:
        gc.enable()


def test_peak_is_measured_anew():
    x = big()
    _core.reset_peak()
    start = ravine.stats()["bytes_peak"]
    y = x + 1
    ravine.eval(y)
    assert ravine.stats()["bytes_peak"] - start == 4 * MB
    del y
    _core.reset_peak()
    assert ravine.stats()["bytes_peak"] == start


@pytest.mark.parametrize("pending", [False, True])
@pytest.mark.parametrize(
    "write",
    [
        lambda x, source: ravine.scatter_add(x, 0, ravine.tensor([1, 2, 3, 0]), source),
        lambda x, source: ravine.index_put(x, [ravine.tensor([3, 3, 0, 1])], source, accumulate=True),
        lambda x, source: ravine.index_put(x, [ravine.tensor([3, 2, 1, 0])], source),
    ],
    ids=["scatter_add", "index_put_accumulate", "index_put"],
)
def test_what_a_write_reads_too_is_not_written_over(write, pending):
    def result(same):
        x = ravine.tensor([1.0, 2.0, 3.0, 4.0])
        if pending:
            x = x * 1
        y = write(x, x if same else x.clone())
        del x
        return y.tolist()

    assert result(same=True) == result(same=False)
