"""The entries of docs/differences.md about recurrent layers, which `test_differences.py` takes in."""

import pytest

import ravine

__all__ = ["test_cells_with_one_bias", "test_gru_in_both_conventions"]


def test_gru_in_both_conventions(torch):
    x = ravine.ones(4, 1, 2)
    results = []
    for reset_after in (True, False):
        ravine.manual_seed(0)
        results.append(ravine.nn.GRU(2, 3, reset_after=reset_after)(x)[0])
    ravine.manual_seed(0)
    default = ravine.nn.GRU(2, 3)(x)[0]
    assert ravine.equal(default, results[0])
    assert not ravine.equal(default, results[1])
    assert ravine.nn.GRUCell(2, 3, reset_after=False)(x[0]).shape == (1, 3)
    with pytest.raises(TypeError, match="reset_after"):
        torch.nn.GRU(2, 3, reset_after=False)


def test_cells_with_one_bias(torch):
    for name in ("RNNCell", "GRUCell", "LSTMCell"):
        one = getattr(ravine.nn, name)(2, 3, biases=1)
        assert [n for n, _ in one.named_parameters()] == ["weight_ih", "weight_hh", "bias_ih"]
        both = [n for n, _ in getattr(ravine.nn, name)(2, 3).named_parameters()]
        assert both == [n for n, _ in getattr(torch.nn, name)(2, 3).named_parameters()]
        with pytest.raises(TypeError, match="biases"):
            getattr(torch.nn, name)(2, 3, biases=1)
