"""Tensors as buffers of wgpu-py and back, and what a shader finds in them."""

import subprocess
import sys

import numpy as np
import pytest

import ravine
from ravine.interop.wgpu import from_wgpu, to_wgpu

ON_GPU = ("bool", "uint8", "int8", "int16", "int32", "int64", "float32")
DTYPES = (*ON_GPU, "float16", "bfloat16", "float64")
SHAPES = [(), (0,), (1,), (7,), (3, 0, 2), (5, 129)]


def some(rng, shape, dtype):
    """Numbers with every sign, and those that are special."""
    values = rng.integers(-128, 128, shape) * (2**40 if dtype == "int64" else 1)
    if dtype in ("float16", "bfloat16", "float32", "float64"):
        values = np.where(
            rng.random(shape) < 0.2, rng.choice([np.nan, np.inf, -np.inf, -0.0], shape), values / 8
        )
    name = "float32" if dtype == "bfloat16" else dtype
    return ravine.tensor(np.asarray(values).astype(name)).to(getattr(ravine, dtype))


def bits(x):
    x = x.cpu()
    x = x.to(ravine.float32) if x.dtype == ravine.bfloat16 else x
    return x.numpy().tobytes()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_values_go_there_and_back(host, rng, dtype, packed):
    for shape in SHAPES:
        x = some(rng, shape, dtype)
        for device in ("cpu", "gpu") if dtype in ON_GPU else ("cpu",):
            buffer = to_wgpu(x.to(device), host.device, packed=packed)
            assert buffer.size % 16 == 0
            assert buffer.size >= 16
            back = from_wgpu(buffer, shape, x.dtype, device=device, wgpu_device=host.device, packed=packed)
            assert (back.dtype, tuple(back.shape), back.device) == (x.dtype, shape, x.to(device).device)
            assert bits(back) == bits(x)


def test_any_layout_arrives_in_row_major_order(host, rng):
    x = some(rng, (4, 6), "int16")
    for seen in (
        x.T,
        x[::2, 1::2],
        x.flip(0),
        x[:1].expand(3, -1),
        x[2],
        x.reshape(2, 2, 6).permute(2, 0, 1),
    ):
        for device in ("cpu", "gpu"):
            there = to_wgpu(seen.to(device), host.device)
            back = from_wgpu(there, seen.shape, ravine.int16, wgpu_device=host.device)
            assert np.array_equal(back.numpy(), seen.numpy())


def words(host, buffer, dtype):
    return np.frombuffer(host.device.queue.read_buffer(buffer), dtype)


def test_what_a_shader_finds(host):
    """Narrow elements take a word, with their sign; packed ones their own size. The rest of a buffer is 0."""
    for dtype, values, word, narrow in [
        ("bool", [True, False, True], np.uint32, np.uint8),
        ("uint8", [255, 0, 7], np.uint32, np.uint8),
        ("int8", [-1, 0, 127], np.int32, np.int8),
        ("int16", [-1, 0, 32767], np.int32, np.int16),
    ]:
        x = ravine.tensor(values, dtype=getattr(ravine, dtype))
        assert words(host, to_wgpu(x, host.device), word).tolist() == [*map(int, values), 0]
        packed = words(host, to_wgpu(x, host.device, packed=True), narrow)
        assert packed.tolist() == [*map(int, values), *[0] * (len(packed) - 3)]
    x = ravine.tensor([-1, 2**40])
    assert words(host, to_wgpu(x, host.device), np.uint32).tolist() == [2**32 - 1, 2**32 - 1, 0, 2**8]


def test_a_history_stays_behind(host):
    x = ravine.ones(3, requires_grad=True) * 2
    back = from_wgpu(to_wgpu(x, host.device), (3,), ravine.float32, wgpu_device=host.device)
    assert back.tolist() == [2, 2, 2]
    assert not back.requires_grad


def test_tensors_are_made_where_others_are(host):
    buffer = to_wgpu(ravine.ones(3), host.device)
    with ravine.device("gpu"):
        assert from_wgpu(buffer, (3,), ravine.float32, wgpu_device=host.device).device == "gpu:0"


def test_a_buffer_that_does_not_fit_is_refused(host):
    buffer = to_wgpu(ravine.ones(4), host.device)
    with pytest.raises(ValueError, match=r"shape \(5,\) of float32 takes 20 bytes, the buffer has 16"):
        from_wgpu(buffer, (5,), ravine.float32, wgpu_device=host.device)
    closed = host.device.create_buffer(size=16, usage=host.wgpu.BufferUsage.STORAGE)
    with pytest.raises(ValueError, match="COPY_SRC"):
        from_wgpu(closed, (4,), ravine.float32, wgpu_device=host.device)
    with pytest.raises(ravine.errors.DeviceError):
        to_wgpu(ravine.ones(3, device="meta"), host.device)


def test_without_wgpu_a_sentence_says_what_to_install():
    program = (
        "import sys; sys.modules['wgpu'] = None\n"
        "import ravine\n"
        "try: ravine.interop.wgpu.to_wgpu(ravine.ones(3))\n"
        "except ImportError as e: print(e)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "pip install 'ravine[wgpu]'" in done.stdout, done.stderr
