"""Grids, resampling, and what is done to channels, against torch."""

import itertools
from typing import Any

import pytest
import torch

import ravine as rv
from parity.layer_calls import Call, hold, hold_all, normal, positive

IMAGE, VOLUME = normal(2, 3, 4, 6), normal(2, 3, 4, 6, 5)
ALIGNED = (True, False, None)


def places(*shape):
    """Within the image and beyond it, far from pixels and borders, where the second derivative jumps."""
    return lambda rng: rng.uniform(-1.9, 1.9, size=shape)


GRIDS = [
    Call(
        "grid_sample",
        [IMAGE if rank == 2 else VOLUME, places(2, *(3, 4, 2)[:rank], rank)],
        {"mode": mode, "padding_mode": padding, "align_corners": aligned},
        followed=1 if mode == "nearest" else None,
        # torch has no second derivative of volumes, nor of nothing.
        twice=rank == 2 and mode != "nearest",
    )
    for rank, modes in ((2, ("bilinear", "nearest", "bicubic")), (3, ("bilinear", "nearest")))
    for mode, padding, aligned in itertools.product(modes, ("zeros", "border", "reflection"), ALIGNED)
]


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_grid_sample(mode, rng):
    hold_all((call for call in GRIDS if call.options["mode"] == mode), rng)


def test_grid_sample_of_few_pixels(rng):
    for mode, padding in itertools.product(("bilinear", "bicubic"), ("zeros", "border", "reflection")):
        call = Call(
            "grid_sample",
            [normal(1, 2, 1, 2), places(1, 2, 3, 2)],
            {"mode": mode, "padding_mode": padding, "align_corners": True},
            twice=False,
            dtypes=("float64",),
        )
        hold(call, "float64", rng)


def test_places_that_are_no_numbers_read_nothing():
    nan = rv.full((1, 1, 2, 2), float("nan"))
    for mode in ("bilinear", "nearest", "bicubic"):
        y = rv.nn.functional.grid_sample(rv.ones(1, 1, 3, 3), nan, mode, align_corners=False)
        assert tuple(y.shape) == (1, 1, 1, 2)
        y.tolist()


def test_affine_grid(rng):
    for aligned in ALIGNED:
        for size in ([2, 3, 4, 5], (2, 1, 1, 3)):
            hold_all([Call("affine_grid", [normal(2, 2, 3), list(size)], {"align_corners": aligned})], rng)
        size = [2, 3, 4, 1, 6]
        hold_all([Call("affine_grid", [normal(2, 3, 4), size], {"align_corners": aligned})], rng)


SIZES = [
    {"size": (5, 9, 3)},
    {"size": (2, 3, 7)},
    {"size": 4},
    {"scale_factor": 1.7},
    {"scale_factor": 0.6},
    {"scale_factor": 2},
    {"scale_factor": (0.5, 1.3, 2.1)},
    {"scale_factor": 1.7, "recompute_scale_factor": True},
    {"size": (4, 6, 5)},
]
MODES = {
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "area": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
}


def shortened(options, rank):
    return {key: value[:rank] if isinstance(value, tuple) else value for key, value in options.items()}


@pytest.mark.parametrize("mode", MODES)
def test_interpolate(mode, rng):
    for rank, options in itertools.product(MODES[mode], SIZES):
        for aligned in ALIGNED if mode.endswith(("linear", "cubic")) else (None,):
            chosen = shortened(options, rank) | {"mode": mode, "align_corners": aligned}
            call = Call("interpolate", [normal(2, 3, *(4, 6, 5)[:rank])], chosen)
            if (mode, rank) == ("nearest", 3) and "scale_factor" in options:
                # torch's gradient is not that of its value; `nearest_volumes_have_their_gradient` tests ours.
                call = Call(call.name, call.arguments, chosen, followed=0)
            hold(call, "float64", rng)
            if mode in ("bilinear", "bicubic"):
                call = Call("interpolate", call.arguments, chosen | {"antialias": True})
                hold(call, "float64", rng)
                hold(call, "float32", rng)
    for dtype in ("float32", "bfloat16"):
        hold(
            Call("interpolate", [normal(1, 2, *[4] * MODES[mode][0])], {"scale_factor": 1.5, "mode": mode}),
            dtype,
            rng,
        )


def test_older_names(rng):
    calls = [
        Call("upsample", [IMAGE], {"scale_factor": 2, "mode": "bilinear"}),
        Call("upsample", [VOLUME, 5]),
        Call("upsample_nearest", [VOLUME, (5, 4, 8)]),
        Call("upsample_bilinear", [IMAGE], {"scale_factor": 3}),
        *(
            Call(lambda lib, x, name=name, options=options: getattr(lib.nn, name)(**options)(x), [IMAGE])
            for name in ("UpsamplingNearest2d", "UpsamplingBilinear2d")
            for options in ({"size": (5, 7)}, {"scale_factor": 2})
        ),
    ]
    hold_all(calls, rng)


def made(name, *arguments, eval=False, input=IMAGE, **options):
    def call(lib, x):
        layer = getattr(lib.nn, name)(*arguments, **options)
        return (layer.eval() if eval else layer)(x)

    return Call(call, [input])


CHANNELS = [
    *(
        Call("local_response_norm", [normal(2, 6, 3), n], {"alpha": 0.3, "beta": 0.9, "k": 2.0})
        for n in (1, 2, 3, 5, 8)
    ),
    Call("local_response_norm", [VOLUME, 3], dtypes=("float64", "float32")),
    Call("channel_shuffle", [normal(2, 6, 3), 3]),
    Call("channel_shuffle", [VOLUME, 1]),
    Call("native_channel_shuffle", [normal(2, 6, 3, 2), 2], followed=0),
    Call("rrelu", [IMAGE]),
    Call("rrelu", [IMAGE, 0.3, 0.3, True]),
    made("LocalResponseNorm", 2, 0.4),
    made("ChannelShuffle", 3),
    made("RReLU", 0.1, 0.4, eval=True),
    made("Softmax2d"),
    made("Softmax2d", input=normal(3, 4, 2)),
    made("Unflatten", 1, (3, -1)),
    made("Unflatten", -1, (2, 3)),
    made("Dropout3d", 0.4, eval=True),
    made("FeatureAlphaDropout", 0.4, eval=True),
    Call(lambda lib, x: lib.nn.SyncBatchNorm(3).eval().to(x.dtype)(x), [IMAGE]),
]


def test_channels(rng):
    hold_all(CHANNELS, rng)


def test_cross_map_norms(rng):
    # With as many channels none leaves a window in torch, which then forgets to take the first one out.
    for size, channels in ((3, 2), (4, 2), (5, 3), (9, 4)):
        call = made("CrossMapLRN2d", size, 0.5, 0.9, 2.0, input=positive(2, channels, 3, 2))
        hold(Call(call.name, call.arguments, followed=0), "float64", rng)


@pytest.mark.filterwarnings("ignore:.*deprecated:FutureWarning")
def test_layers_look_like_torchs():
    for make in (
        lambda nn: nn.LocalResponseNorm(2, 0.4),
        lambda nn: nn.ChannelShuffle(3),
        lambda nn: nn.RReLU(0.1, 0.4),
        lambda nn: nn.RReLU(inplace=True),
        lambda nn: nn.Softmax2d(),
        lambda nn: nn.Unflatten(1, (3, -1)),
        lambda nn: nn.Dropout3d(0.2),
        lambda nn: nn.FeatureAlphaDropout(0.2),
        lambda nn: nn.BatchNorm3d(3),
        lambda nn: nn.SyncBatchNorm(3),
        lambda nn: nn.UpsamplingNearest2d(3),
        lambda nn: nn.UpsamplingBilinear2d(scale_factor=2),
        lambda nn: nn.Container(a=nn.ReLU()),
        lambda nn: nn.FractionalMaxPool2d(2, 3),
        lambda nn: nn.MaxUnpool2d(2),
        lambda nn: nn.LPPool1d(2, 3),
    ):
        assert repr(make(rv.nn)) == repr(make(torch.nn))


def test_noise_is_within_its_bounds():
    rv.manual_seed(1)
    x = rv.full((1000,), -2.0)
    slopes = rv.nn.functional.rrelu(x, 0.25, 0.5, training=True) / x
    assert 0.25 <= slopes.min().item() < 0.26
    assert 0.49 < slopes.max().item() <= 0.5
    assert rv.equal(rv.nn.functional.rrelu(-x, training=True), -x)
    twin = x.clone()
    assert rv.nn.functional.rrelu_(twin, 0.5, 0.5) is twin
    assert twin.tolist() == [-1.0] * 1000


def test_whole_channels_are_dropped():
    rv.manual_seed(1)
    for layer in (rv.nn.Dropout3d(0.5), rv.nn.FeatureAlphaDropout(0.5)):
        y = layer(rv.ones(40, 30, 2, 2, 2)).flatten(2)
        assert rv.equal(y, y[:, :, :1].expand(y.shape))
        kept = (y[:, :, 0] == y.max()).to(rv.float32).mean().item()
        assert 0.45 < kept < 0.55
    x = rv.randn(200, 100, 4)
    y = rv.nn.functional.feature_alpha_dropout(x, 0.3, training=True)
    assert abs(y.mean().item()) < 0.03
    assert abs(y.std().item() - 1) < 0.03


def test_batch_norms_are_converted():
    model: Any = rv.nn.Sequential(rv.nn.Linear(3, 4), rv.nn.BatchNorm1d(4, eps=0.1), rv.nn.ReLU()).eval()
    want = model(rv.ones(2, 3))
    weight = model[1].weight
    found: Any = rv.nn.SyncBatchNorm.convert_sync_batchnorm(model)
    assert type(found[1]) is rv.nn.SyncBatchNorm
    assert found[1].weight is weight
    assert not found[1].training
    assert rv.equal(found(rv.ones(2, 3)), want)
