"""Convolutions, pooling and padding of volumes, unpooling, and pooling of other kinds, against torch."""

import numpy as np
import pytest
import torch

import ravine as rv
from parity.layer_calls import Call, hold_all, normal, positive

VOLUME = normal(2, 4, 6, 5, 7)
SMALL = normal(2, 4, 3, 4, 2)
HALVES = ("float64", "float32", "float16", "bfloat16")


def conv(options, weight, bias=True, input=VOLUME):
    given = [input, normal(*weight), *([normal(weight[0])] if bias else [])]
    return Call("conv3d", given, options, dtypes=("float64", "float32"))


def transposed(options, weight, outputs, input=SMALL):
    return Call("conv_transpose3d", [input, normal(*weight), normal(outputs)], options)


def unpool(rank, **options):
    """The indices of a pooling, and other values in the maxima's places."""

    def call(lib, x, values):
        pool = getattr(lib.nn.functional, f"max_pool{rank}d")
        pooled, places = pool(x, 2, return_indices=True)
        return getattr(lib.nn.functional, f"max_unpool{rank}d")(pooled * values, places, 2, **options)

    extents = (4, 6, 8)[:rank]
    return Call(call, [normal(2, 3, *extents), normal(2, 3, *[n // 2 for n in extents])])


def fractional(rank, samples, **options):
    def call(lib, x):
        pool = getattr(lib.nn.functional, f"fractional_max_pool{rank}d")
        drawn = lib.tensor(samples).to(x.dtype)
        return pool(x, return_indices=True, _random_samples=drawn, **options)

    return Call(call, [normal(2, 3, 8, 9, 7)] if rank == 3 else [normal(2, 3, 8, 9)])


def windows(names, *options):
    return [Call(name, [normal(2, 3, 6, 7, 5)], chosen) for name in names for chosen in options]


DRAWS = np.random.default_rng(5).uniform(size=(2, 3, 3))
TIES = Call(
    "max_pool3d",
    [lambda rng: rng.integers(0, 3, size=(2, 3, 6, 7, 5)).astype(float)],
    {"kernel_size": 3, "stride": 2, "padding": 1, "return_indices": True},
)
CASES = {
    "conv3d": [
        conv({}, (6, 4, 2, 3, 2)),
        conv({"stride": 2, "padding": 1}, (6, 4, 3, 3, 3)),
        conv({"stride": (1, 2, 3), "padding": (0, 1, 2), "dilation": (2, 1, 2)}, (6, 4, 2, 3, 2)),
        conv({"padding": "same", "dilation": (1, 2, 1)}, (3, 4, 2, 3, 3), bias=False),
        conv({"padding": "valid"}, (3, 4, 1, 1, 1)),
        conv({"groups": 2, "stride": 2}, (6, 2, 3, 2, 3)),
        conv({"groups": 4, "padding": 1}, (8, 1, 3, 3, 3)),
        conv({}, (3, 4, 2, 2, 2), input=normal(4, 3, 3, 3)),
        conv({}, (3, 4, 2, 2, 2), input=normal(0, 4, 3, 3, 3)),
        Call("conv3d", [VOLUME, normal(3, 4, 2, 2, 2)], dtypes=("float16", "bfloat16")),
    ],
    "conv_transpose3d": [
        transposed({}, (4, 3, 2, 3, 2), 3),
        transposed({"stride": 2, "padding": 1, "output_padding": 1}, (4, 3, 3, 3, 3), 3),
        transposed(
            {"stride": (1, 2, 3), "padding": (0, 1, 2), "dilation": (2, 1, 2), "output_padding": (1, 1, 2)},
            (4, 3, 2, 3, 2),
            3,
        ),
        transposed({"groups": 2, "stride": 2}, (4, 3, 2, 2, 2), 6),
        transposed({"stride": 2}, (4, 3, 1, 1, 1), 3, normal(4, 2, 2, 3)),
        transposed({"padding": 2}, (4, 1, 3, 3, 3), 1, normal(1, 4, 4, 4, 4)),
    ],
    "conv_tbc": [
        Call("conv_tbc", [normal(5, 2, 3), normal(k, 3, 4), normal(4), pad]) for k, pad in ((2, 1), (1, 0))
    ],
    "max_pool3d": [
        *windows(
            ["max_pool3d"],
            {"kernel_size": 2},
            {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
            {"kernel_size": (2, 3, 2), "stride": (2, 1, 3), "padding": (1, 1, 0), "dilation": (2, 1, 2)},
            {"kernel_size": 2, "return_indices": True},
            {"kernel_size": (6, 7, 5), "return_indices": True},
        ),
        TIES,
        Call("max_pool3d", [normal(3, 4, 4, 4), 2], dtypes=HALVES),
    ],
    "avg_pool3d": [
        *windows(
            ["avg_pool3d"],
            {"kernel_size": 2},
            {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
            {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False},
            {"kernel_size": (2, 3, 2), "stride": (2, 1, 3), "padding": (1, 1, 0), "divisor_override": 5},
        ),
    ],
    "adaptive_pool3d": windows(
        ["adaptive_avg_pool3d"], *({"output_size": n} for n in (1, 2, (3, None, 2), (None, 4, 9)))
    )
    + windows(
        ["adaptive_max_pool3d"],
        *({"output_size": n, "return_indices": True} for n in (1, 2, (3, None, 2), (None, 4, 9))),
    ),
    "max_unpool": [
        unpool(1),
        unpool(2),
        unpool(3),
        unpool(2, output_size=(5, 7)),
        unpool(1, output_size=(2, 3, 5)),
        unpool(3, stride=(2, 2, 2), output_size=(4, 7, 9)),
    ],
    "fractional_max_pool": [
        fractional(2, DRAWS[:, :, :2], kernel_size=(2, 3), output_size=(4, 5)),
        fractional(2, DRAWS[:, :, :2], kernel_size=2, output_ratio=(0.6, 0.6)),
        fractional(2, DRAWS[:, :, :2], kernel_size=2, output_ratio=(0.5, 0.7)),
        fractional(3, DRAWS, kernel_size=2, output_size=(1, 4, 3)),
        fractional(3, DRAWS, kernel_size=(3, 2, 2), output_ratio=(0.5, 0.4, 0.6)),
    ],
    "lp_pool": [
        Call(f"lp_pool{rank}d", [draw(2, 3, *(6, 7, 5)[:rank]), p, 2], options)
        for rank in (1, 2, 3)
        for draw, p in ((positive, 3), (positive, 1.5), (normal, 2))
        for options in ({}, {"stride": 1}, {"ceil_mode": True})
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_function(name, rng):
    hold_all(CASES[name], rng)


PADDINGS = {
    "Constant": [(1, -1), (0, 2), (-1, 1)],
    "Zero": [(1, 1), (-1, 2), (0, 0)],
    "Reflection": [(1, 2), (2, 0), (1, 1)],
    "Replication": [(3, 1), (0, 2), (1, 0)],
    "Circular": [(1, 2), (2, 1), (0, 3)],
}


@pytest.mark.parametrize("kind", PADDINGS)
def test_padding_layers(kind, rng):
    more = (0.7,) if kind == "Constant" else ()
    for rank in (1, 2, 3):
        sides = tuple(n for pair in PADDINGS[kind][:rank] for n in pair)
        for given in (sides, 1):
            name = f"{kind}Pad{rank}d"
            mine, theirs = (getattr(lib.nn, name)(given, *more) for lib in (rv, torch))
            assert repr(mine) == repr(theirs)
            calls = [
                Call(
                    lambda lib, x, name=name, given=given: getattr(lib.nn, name)(given, *more)(x),
                    [normal(*lead, *(4, 5, 3)[:rank])],
                )
                for lead in ((2, 3), (3,))
            ]
            hold_all(calls, rng)


LAYERS = {
    "Conv3d": lambda nn: nn.Conv3d(4, 6, (2, 3, 1), (1, 2, 1), (1, 0, 2), groups=2),
    "Conv3d reflect": lambda nn: nn.Conv3d(4, 2, 3, padding=(1, 2, 1), padding_mode="reflect"),
    "Conv3d circular same": lambda nn: nn.Conv3d(4, 2, (2, 3, 4), padding="same", padding_mode="circular"),
    "Conv3d replicate": lambda nn: nn.Conv3d(4, 2, 3, padding=2, padding_mode="replicate", bias=False),
    "ConvTranspose3d": lambda nn: nn.ConvTranspose3d(4, 3, 3, 2, 1, 1, bias=False),
    "BatchNorm3d": lambda nn: nn.BatchNorm3d(4),
    "BatchNorm3d at rest": lambda nn: nn.BatchNorm3d(4, affine=False).eval(),
    "InstanceNorm3d": lambda nn: nn.InstanceNorm3d(4, affine=True),
    "MaxPool3d": lambda nn: nn.MaxPool3d(2, 1, return_indices=True),
    "AvgPool3d": lambda nn: nn.AvgPool3d((1, 2, 2), padding=(0, 1, 1)),
    "AdaptiveAvgPool3d": lambda nn: nn.AdaptiveAvgPool3d((None, 2, 1)),
    "AdaptiveMaxPool3d": lambda nn: nn.AdaptiveMaxPool3d(2, return_indices=True),
    "LPPool3d": lambda nn: nn.LPPool3d(2, (1, 2, 2), ceil_mode=True),
    "Upsample": lambda nn: nn.Upsample(scale_factor=1.5, mode="trilinear"),
    "Dropout3d at rest": lambda nn: nn.Dropout3d(0.3).eval(),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layer(name, rng):
    mine, theirs = LAYERS[name](rv.nn).double(), LAYERS[name](torch.nn).double()
    assert repr(mine) == repr(theirs)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict(
        {k: v + torch.rand(v.shape) if v.ndim else v for k, v in theirs.state_dict().items()}
    )
    mine.load_state_dict({k: rv.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    modules = {rv: mine, torch: theirs}

    def call(lib, x):
        found = modules[lib](x)
        return found if isinstance(found, tuple) else (found, *modules[lib].buffers())

    hold_all([Call(call, [VOLUME], dtypes=("float64",))], rng)


def test_the_output_size_of_a_transpose(rng):
    for size in ((8, 7, 5), (2, 3, 8, 8, 6)):
        calls = [
            Call(
                lambda lib, x, w, size=size: transpose(lib, w)(x, output_size=size),
                [normal(2, 4, 4, 4, 3), normal(4, 3, 3, 3, 3)],
            )
        ]
        hold_all(calls, rng)
    with pytest.raises(
        ValueError, match=r"output_size \(20, 7, 5\) is not between \(7, 7, 5\) and \(8, 8, 6\)"
    ):
        rv.nn.ConvTranspose3d(4, 3, 3, 2, 1)(rv.ones(2, 4, 4, 4, 3), (20, 7, 5))


def transpose(lib, weight):
    layer = lib.nn.ConvTranspose3d(4, 3, 3, 2, 1, bias=False).double()
    return lambda x, output_size: lib.nn.functional.conv_transpose3d(
        x, weight, None, 2, 1, layer._output_padding(x, output_size, *theirs(lib, layer))
    )


def theirs(lib, layer):
    """torch's method is given what ours knows."""
    return () if lib is rv else (layer.stride, layer.padding, layer.kernel_size, 3, layer.dilation)


def test_windows_drawn_at_random_are_within_the_volume():
    rv.manual_seed(3)
    x = rv.arange(4 * 81.0).reshape(2, 2, 9, 9)
    for _ in range(5):
        y, places = rv.nn.FractionalMaxPool2d(3, output_ratio=0.5, return_indices=True)(x)
        assert y.shape == (2, 2, 4, 4)
        assert rv.equal(rv.gather(x.flatten(2), 2, places.flatten(2)), y.flatten(2))
        # Values grow along rows and columns: the last of each window, and windows move on.
        assert bool((places[..., 1:, :] > places[..., :-1, :]).all())
        assert bool((places[..., -1, -1] == 80).all())
