"""Augmentations: what they do to pixels and labels, and that a seed gives them again, on any device."""

import os
from typing import Any

import numpy as np
import pytest
import torch

import ravine
from ravine import autograd, vision, viz
from ravine.nn import functional as F

os.environ.setdefault("RAVINE_ALLOW_SOFTWARE_GPU", "1")  # where there is no other driver

SIZES = [(5, 5), (8, 8), (1, 1), (7, 4)]


def every(generator=None):
    """One of each, on pictures of 9 x 9."""
    g: Any = {"generator": generator}
    return [
        vision.RandomCrop(7, padding=1, **g),
        vision.RandomResizedCrop(6, **g),
        vision.RandomHorizontalFlip(**g),
        vision.RandomVerticalFlip(**g),
        vision.RandomRotation(40, **g),
        vision.RandomAffine(30, translate=(0.2, 0.1), scale=(0.8, 1.2), shear=(5, 20), fill=0.5, **g),
        vision.ColorJitter(0.4, 0.4, 0.4, 0.2, **g),
        vision.RandomErasing(0.7, **g),
        vision.RandAugment(2, 12, **g),
    ]


def same(a, b):
    assert a.shape == b.shape
    assert (a == b).all(), (a, b)


def test_row_98_flips_turns_and_moves_are_exact_and_undo_themselves():
    ravine.manual_seed(0)
    for height, width in SIZES:
        x = ravine.rand(3, 2, height, width)
        across, down = vision.RandomHorizontalFlip(1.0), vision.RandomVerticalFlip(1.0)
        same(across(across(x)), x)
        same(down(down(x)), x)
        same(across(x), x.flip(3))
        same(vision.affine(x, angle=360.0), x)
        same(vision.affine(x, angle=180.0), x.flip((2, 3)))
        if height == width:
            for quarters in range(-3, 6):
                same(vision.affine(x, angle=90.0 * quarters), ravine.rot90(x, quarters, (2, 3)))
        for right, below in ((1, 0), (-2, 1), (0, -3), (width, 0), (0, -height)):
            moved = np.zeros_like(x.numpy())
            for i in range(height):
                for j in range(width):
                    if 0 <= i - below < height and 0 <= j - right < width:
                        moved[:, :, i, j] = x.numpy()[:, :, i - below, j - right]
            same(vision.affine(x, translate=(right, below)), ravine.tensor(moved))
        same(vision.affine(x, translate=(width, 0), fill=0.25), ravine.full_like(x, 0.25))


def test_an_affine_map_is_that_of_torch():
    """Against affine_grid and grid_sample of torch, whose matrix is written from the docstring's formula."""
    rng = np.random.default_rng(0)
    n, height, width = 6, 7, 5
    x = rng.random((n, 2, height, width))
    angle, scale = rng.uniform(-180, 180, n), rng.uniform(0.5, 2, n)
    moves, shear = rng.uniform(-3, 3, (2, n)), rng.uniform(-30, 30, (2, n))
    got = vision.affine(
        ravine.tensor(x),
        angle=ravine.tensor(angle),
        scale=ravine.tensor(scale),
        translate=(ravine.tensor(moves[0]), ravine.tensor(moves[1])),
        shear=(ravine.tensor(shear[0]), ravine.tensor(shear[1])),
    )
    theta = np.zeros((n, 2, 3))
    for k in range(n):
        t = np.radians(angle[k])
        turn = np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]])  # y points down
        a, b = np.tan(np.radians(shear[:, k]))
        back = np.linalg.inv(turn @ (scale[k] * np.array([[1, a], [b, 1]])))
        half = np.diag([width / 2, height / 2])  # from what grids count in to pixels
        theta[k, :, :2] = np.linalg.inv(half) @ back @ half
        theta[k, :, 2] = np.linalg.inv(half) @ -back @ moves[:, k]
    grid = torch.nn.functional.affine_grid(torch.tensor(theta), [n, 2, height, width], align_corners=False)
    expected = torch.nn.functional.grid_sample(torch.tensor(x), grid, align_corners=False)
    np.testing.assert_allclose(got.numpy(), expected.numpy(), atol=1e-12)


def test_the_derivative_of_an_affine_map():
    ravine.manual_seed(3)
    x = ravine.randn(2, 1, 4, 3, dtype=ravine.float64, requires_grad=True)
    angle = ravine.tensor([11.3, -47.0], dtype=ravine.float64, requires_grad=True)
    assert autograd.gradcheck(lambda x, angle: vision.affine(x, angle=angle, scale=1.1), (x, angle))


def test_crops_lie_at_all_places_alike():
    ravine.manual_seed(0)
    x = ravine.arange(16.0).reshape(1, 1, 4, 4).expand(9000, 1, 4, 4)
    crops = vision.RandomCrop((2, 2))(x)
    same(crops[:, 0, :, 1], crops[:, 0, :, 0] + 1)
    same(crops[:, 0, 1], crops[:, 0, 0] + 4)
    corners = crops[:, 0, 0, 0].numpy()
    counts = np.array([(corners == 4 * i + j).sum() for i in range(3) for j in range(3)])
    assert counts.sum() == 9000
    assert ((counts - 1000) ** 2 / 1000).sum() < 26.1  # chi-square of 8 degrees, p = 0.001
    same(vision.RandomCrop(4)(x[:3]), x[:3])
    padded = vision.RandomCrop(8, padding=2)(x[:3])
    same(padded[:, :, 2:6, 2:6], x[:3])
    assert padded.sum().item() == x[:3].sum().item()


def test_a_resized_crop_reads_a_linear_picture_linearly():
    ravine.manual_seed(0)
    ramp = ravine.arange(20.0).reshape(1, 1, 1, 20).expand(50, 1, 20, 20)
    rows = vision.RandomResizedCrop(5, scale=(0.2, 0.5))(ramp)[:, 0, 2]
    steps = rows[:, 1:] - rows[:, :-1]
    inner = (rows[:, 0] > 0) & (rows[:, -1] < 19)
    np.testing.assert_allclose(steps[inner].std(1).numpy(), 0, atol=1e-5)
    sides = (steps.mean(1) * 5)[inner].numpy()
    low, high = np.sqrt(0.2 * 400 * 3 / 4), np.sqrt(0.5 * 400 * 4 / 3)
    assert (sides > low - 1e-3).all()
    assert (sides < high + 1e-3).all()
    x = ravine.rand(3, 2, 6, 6)
    whole = vision.RandomResizedCrop(6, scale=(1.0, 1.0), ratio=(1.0, 1.0))(x)
    np.testing.assert_allclose(whole.numpy(), x.numpy(), atol=1e-5)


def test_a_seed_gives_the_same_pictures_and_another_others():
    ravine.manual_seed(0)
    x = ravine.rand(6, 3, 9, 9)
    for number, change in enumerate(every()):
        ravine.manual_seed(5)
        first = change(x)
        ravine.manual_seed(5)
        same(change(x), first)
        assert (change(x) != first).any()
        own = [every(ravine.Generator().manual_seed(5))[number](x) for _ in range(2)]
        same(*own)
        assert (first[0] - first[1]).abs().sum() > 0


def test_pictures_and_mixtures_are_those_of_the_cpu_on_the_gpu():
    x, y = ravine.rand(6, 3, 9, 9), ravine.tensor([0, 1, 2, 3, 1, 0])
    for change in [*every(), vision.Normalize([0.5] * 3, [0.2, 0.3, 0.4])]:
        both = []
        for device in ("cpu", "gpu"):
            ravine.manual_seed(2)
            both.append(change(x.to(device)).cpu().numpy())
        np.testing.assert_allclose(*both, atol=2e-5)
    for change in (vision.MixUp(0.4, 4), vision.CutMix(1.0, 4)):
        both = []
        for device in ("cpu", "gpu"):
            ravine.manual_seed(2)
            both.append([t.cpu().numpy() for t in change(x.to(device), y.to(device))])
        for a, b in zip(*both):
            np.testing.assert_allclose(a, b, atol=2e-5)


def test_colours_stay_in_their_range_and_follow_their_formulas():
    ravine.manual_seed(0)
    x = ravine.rand(4, 3, 5, 5)
    gray = (x.numpy() * np.array([0.299, 0.587, 0.114]).reshape(3, 1, 1)).sum(1, keepdims=True)
    factor = ravine.tensor([0.0, 0.5, 1.0, 1.8])
    f = factor.numpy().reshape(-1, 1, 1, 1)
    for got, other in (
        (vision.adjust_brightness(x, factor), 0.0),
        (vision.adjust_contrast(x, factor), gray.mean((1, 2, 3), keepdims=True)),
        (vision.adjust_saturation(x, factor), gray),
    ):
        np.testing.assert_allclose(got.numpy(), np.clip(f * x.numpy() + (1 - f) * other, 0, 1), atol=1e-6)
    jittered = vision.ColorJitter(0.9, 0.9, 0.9, 0.5)(x)
    assert 0 <= jittered.min().item() <= jittered.max().item() <= 1
    for adjust in (vision.adjust_brightness, vision.adjust_contrast, vision.adjust_sharpness):
        np.testing.assert_allclose(adjust(x[:, :1], 1.0).numpy(), x[:, :1].numpy(), atol=1e-7)
    constant = ravine.full((1, 2, 5, 5), 0.25)
    np.testing.assert_allclose(vision.adjust_sharpness(constant, 0.3).numpy(), 0.25, atol=1e-6)


def test_hue_turns_as_colorsys_says():
    import colorsys

    ravine.manual_seed(0)
    x = ravine.rand(3, 3, 2, 2)
    x[0, :, 0, 0] = 0.5  # gray has no hue
    turn = ravine.tensor([0.0, 0.37, -0.2])
    got = vision.adjust_hue(x, turn).numpy()
    for n in range(3):
        for i in range(2):
            for j in range(2):
                h, s, v = colorsys.rgb_to_hsv(*x.numpy()[n, :, i, j].tolist())
                expected = colorsys.hsv_to_rgb((h + turn[n].item()) % 1, s, v)
                np.testing.assert_allclose(got[n, :, i, j], expected, atol=1e-5)
    same(vision.adjust_hue(x[:, :1], 0.3), x[:, :1])


def test_what_is_erased_is_a_box_of_its_area():
    ravine.manual_seed(0)
    erased = vision.RandomErasing(0.5, scale=(0.1, 0.3), value=-1.0)(ravine.ones(400, 2, 12, 12)) == -1
    hit = erased.any(3).any(2)
    same(hit[:, 0], hit[:, 1])
    assert 150 < hit[:, 0].sum().item() < 250
    for box in erased[hit[:, 0], 0].numpy():
        rows, columns = box.any(1), box.any(0)
        assert (box == rows[:, None] & columns).all(), "a full rectangle"
        for side in (rows, columns):
            assert np.diff(np.flatnonzero(side)).max(initial=1) == 1, "in one piece"
        # Sides are rounded to pixels: by half a pixel each.
        assert 0.1 * 144 - 12.5 <= box.sum() <= 0.3 * 144 + 12.5


@pytest.mark.parametrize("kind", [vision.MixUp, vision.CutMix])
def test_row_99_mixed_labels_give_the_mixed_loss(kind):
    ravine.manual_seed(0)
    n, classes = 64, 5
    x, y = ravine.rand(n, 1, 6, 6), ravine.randint(0, classes, (n,))
    # Each picture carries its number, so that its partner can be read off the mixture.
    x = x * 0 + ravine.arange(n).reshape(n, 1, 1, 1)
    mixed, target = kind(0.7, classes)(x, y)
    logits = ravine.randn(n, classes)
    loss = F.cross_entropy(logits, target, reduction="none").numpy()
    each = -F.log_softmax(logits, 1).numpy()
    kept = target.numpy()
    assert np.allclose(kept.sum(1), 1, atol=1e-6)
    for i in range(n):
        own = y[i].item()
        if kind is vision.MixUp:
            value = mixed[i, 0, 0, 0].item()
            found = [
                (share, j)
                for j in range(n)
                for share in [1.0 if j == i else (value - j) / (i - j)]
                if j == i or -1e-6 <= share <= 1 + 1e-6
            ]
        else:
            others = {v for v in mixed[i].flatten().tolist() if v != i}
            assert len(others) <= 1
            share = (mixed[i] == i).float().mean().item()
            found = [(share, int(others.pop()) if others else i)]
        expected = [share * each[i, own] + (1 - share) * each[i, y[j].item()] for share, j in found]
        assert min(abs(loss[i] - e) for e in expected) < 2e-4


def test_the_share_of_a_mixture_is_of_the_beta_distribution():
    from scipy import stats

    ravine.manual_seed(0)
    for alpha in (0.2, 1.0, 4.0):
        shares = vision.MixUp(alpha, 2).shares(ravine.zeros(4000, 1))
        assert stats.kstest(shares.numpy(), "beta", (alpha, alpha)).pvalue > 1e-3


def by_hand(x, name, sign, magnitude):
    """One operation of RandAugment to one picture, from the numbers of its docstring."""
    part = magnitude / 30
    degrees = float(np.degrees(np.arctan(magnitude / 100)))
    signed = 1 + 0.03 * magnitude * sign
    moved = [float(np.round(150 / 331 * part * n * sign)) for n in (x.shape[3], x.shape[2])]
    return {
        "identity": lambda: x,
        "rotate": lambda: vision.affine(x, angle=magnitude * sign),
        "shear_x": lambda: vision.affine(x, shear=(degrees * sign, 0.0)),
        "shear_y": lambda: vision.affine(x, shear=(0.0, degrees * sign)),
        "translate_x": lambda: vision.affine(x, translate=(moved[0], 0)),
        "translate_y": lambda: vision.affine(x, translate=(0, moved[1])),
        "brightness": lambda: vision.adjust_brightness(x, signed),
        "contrast": lambda: vision.adjust_contrast(x, signed),
        "saturation": lambda: vision.adjust_saturation(x, signed),
        "sharpness": lambda: vision.adjust_sharpness(x, signed),
        "posterize": lambda: vision.posterize(x, 8 - round(4 * part)),
        "solarize": lambda: vision.solarize(x, 1 - part),
        "autocontrast": lambda: vision.autocontrast(x),
    }[name]()


def test_row_100_exactly_n_operations_at_magnitude_m():
    ravine.manual_seed(0)
    x = ravine.rand(40, 3, 8, 9)
    seen = set()
    for count, magnitude in ((0, 9), (1, 30), (2, 9), (3, 18)):
        change = vision.RandAugment(count, magnitude)
        ravine.manual_seed(count)
        which, signs = change.plan(x)
        assert tuple(which.shape) == tuple(signs.shape) == (count, 40)
        ravine.manual_seed(count)
        got = change(x)
        for i in range(len(x)):
            expected = x[i : i + 1]
            for step in range(count):
                name = change.operations[which[step, i].item()]
                expected = by_hand(expected, name, signs[step, i].item(), magnitude)
                seen.add(name)
            # Where a colour lies on a step of posterize or solarize, the last bit decides.
            off = (got[i] - expected[0]).abs().numpy() > 1e-4
            assert off.mean() < 0.02, (i, which[:, i])
    assert seen == set(change.operations)
    moved = vision.RandAugment(2, 22, operations=["translate_x"])(x)  # round(150/331 * 22/30 * 9) = 3 pixels
    steps = {step: vision.affine(x, translate=(step / 2, 0)) for step in (-6, 6)}
    for step in (-6, 6):
        steps[step] = vision.affine(vision.affine(x, translate=(step / 2, 0)), translate=(step / 2, 0))
    there_and_back = [
        vision.affine(vision.affine(x, translate=(s, 0)), translate=(-s, 0)) for s in (-3.0, 3.0)
    ]
    for i, picture in enumerate(moved):
        assert any((picture == known[i]).all() for known in (*steps.values(), *there_and_back))


def test_a_grid_of_augmented_pictures():
    ravine.manual_seed(0)
    x = ravine.rand(1, 1, 8, 8).expand(6, 1, 8, 8)
    picture = viz.image_grid(vision.RandAugment(2, 15)(x), columns=3)
    assert "<svg" in picture._repr_html_() or "<img" in picture._repr_html_()


def test_no_pictures_and_one():
    for change in every():
        assert change(ravine.zeros(0, 3, 9, 9)).shape[0] == 0
        assert change(ravine.ones(1, 3, 9, 9)).shape[0] == 1
    x, y = vision.MixUp(1.0, 3)(ravine.ones(1, 1, 2, 2), ravine.tensor([2]))
    np.testing.assert_allclose(x.numpy(), 1, atol=1e-6)
    np.testing.assert_allclose(y.numpy(), [[0, 0, 1]], atol=1e-6)


def test_half_and_double_precision_stay_what_they_are():
    for dtype in (ravine.float16, ravine.float64):
        for change in every():
            assert change(ravine.rand(2, 3, 9, 9).to(dtype)).dtype == dtype, change
        assert (
            vision.MixUp(1.0, 2)(ravine.rand(2, 1, 3, 3).to(dtype), ravine.tensor([0, 1]))[0].dtype == dtype
        )
