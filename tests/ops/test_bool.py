"""Elements of bool tensors are 0 and 1, wherever they come from."""

import numpy as np

import ravine as rv
from ops.registry import OPS, listed, tensor


def byte_values(t):
    """What memory holds."""
    return set(t.numpy().view(np.uint8).ravel().tolist())


def test_every_op_makes_bools_of_bools():
    """True everywhere: what adds or multiplies bytes would make others."""
    made = 0
    for op in OPS.values():
        for case in op.cases(limit=5000):
            data = case.draw("bool", None if case.first == "b" else "bool")
            args = [tensor(np.ones_like(x) if x.dtype == bool else x, x.dtype.name) for x in data]
            try:
                results = [r for r in listed(op.run(case.fill(args))) if isinstance(r, rv.Tensor)]
                results = [r for r in results if r.dtype is rv.bool]
                found = [byte_values(r.detach()) for r in results]
            except rv.errors.Error:
                continue
            for values in found:
                assert values <= {0, 1}, (op.name, case.text, values)
                made += 1
    assert made > 200


def test_sums_of_bools_are_bools():
    """Alone, and as part of a fused group; 256 of them do not wrap."""
    m = rv.tensor([True, False, True])
    for fused in (False, True):
        x = m
        for _ in range(300):
            x = x + m
            if not fused:
                rv.eval(x)
        assert byte_values(x) == {0, 1}
        assert x.sum().item() == 2
        assert x.double().tolist() == [1, 0, 1]
        assert rv.tensor([1.0, 2.0, 3.0])[x].tolist() == [1, 3]


def test_numbers_become_bools():
    for number, truth in (
        (256, True),
        (-1, True),
        (0.5, True),
        (2**64, True),
        (float("nan"), True),
        (0.0, False),
        (0, False),
    ):
        made = {
            "tensor": rv.tensor([number, number], dtype=rv.bool),
            "full": rv.full((2,), number, dtype=rv.bool),
            "full_like": rv.full_like(rv.zeros(2), number, dtype=rv.bool),
            "new_full": rv.zeros(2).new_full((2,), number, dtype=rv.bool),
            "fill_": rv.zeros(2, dtype=rv.bool).fill_(number),
            "masked_fill": rv.zeros(2, dtype=rv.bool).masked_fill(rv.tensor([True, True]), number),
            "index_fill": rv.zeros(2, dtype=rv.bool).index_fill(0, rv.tensor([0, 1]), number),
            "logical_and": rv.logical_and(rv.tensor([True, True]), number),
            "logical_or": rv.logical_or(rv.tensor([False, False]), number),
        }
        z = made["setitem"] = rv.zeros(2, dtype=rv.bool)
        z[:] = number
        z = made["setitem by index"] = rv.zeros(2, dtype=rv.bool)
        z[rv.tensor([0, 1])] = number
        z = made["setitem by mask"] = rv.zeros(2, dtype=rv.bool)
        z[rv.tensor([True, True])] = number
        for form, mask in made.items():
            assert mask.dtype is rv.bool, form
            assert byte_values(mask) == {int(truth)}, (form, number)
            assert mask.sum().item() == 2 * truth, (form, number)
            assert rv.tensor([1.0, 2.0])[mask].shape == (2 * truth,), (form, number)


def test_foreign_bytes_become_bools(tmp_path):
    """Memory of other libraries and files may hold any byte for true."""
    array = np.array([0, 1, 2, 128, 255], np.uint8).view(bool)
    frozen = array.copy()
    frozen.flags.writeable = False
    good = np.array([False, True])
    path = tmp_path / "bytes.safetensors"
    rv.save({"x": rv.tensor([False, True, True, True, True])}, path)
    damaged = path.read_bytes()
    at = damaged.rindex(bytes([0, 1, 1, 1, 1]))
    path.write_bytes(damaged[:at] + array.tobytes() + damaged[at + 5 :])
    made = {
        "tensor": rv.tensor(array),
        "from_numpy": rv.from_numpy(array),
        "as_tensor": rv.as_tensor(array),
        "strided": rv.tensor(np.repeat(array, 2)[::2]),
        "nested": rv.tensor([array])[0],
        "dlpack": rv.from_dlpack(array),
        "dlpack, read-only": rv.from_dlpack(frozen),
        "dlpack, shared": rv.from_dlpack(array, copy=False),
        "dlpack, copied": rv.from_dlpack(array, copy=True),
        "from uint8": rv.tensor(array.view(np.uint8)).to(rv.bool),
        "safetensors": rv.load(path)["x"],
    }
    for form, mask in made.items():
        assert byte_values(mask) == {0, 1}, form
        assert mask.sum().item() == 4, form
        assert mask.tolist() == [False, True, True, True, True], form
    assert rv.from_dlpack(good, copy=False).data_ptr() == good.ctypes.data
