"""Pictures of tensors on a GPU are those of the same numbers on the CPU."""

import pytest

import ravine
from ravine import viz
from ravine.train import mistakes


def pictures(device):
    """Every picture of tensors, made of the same numbers on a device."""
    generator = ravine.Generator().manual_seed(0)
    numbers = ravine.rand(4, 6, 6, generator=generator, device="cpu").to(device)
    points, labels = numbers.reshape(-1, 2), ravine.tensor([0, 1, 2, 1], device=device)
    logits = numbers.flatten(1)[:, :3]
    yield viz.image_grid(numbers, labels="abcd", columns=3).svg
    yield viz.image_grid(numbers, normalize="each", columns=3).svg
    yield viz.heatmap(numbers[0], values=True).svg
    yield viz.attention(numbers).svg
    yield viz.histogram({"a": numbers, "b": numbers[0]}).svg
    yield viz.confusion(labels, logits.argmax(1)).svg
    yield viz.quiver(points, points, samples=points).svg
    yield viz.curves({"a": numbers[0, 0]}).svg
    yield viz.latent_grid(lambda z: z[:, :1, None] * numbers[0].to(z.device) + 1, steps=3).svg
    yield mistakes(numbers, labels, logits)


@pytest.mark.parametrize("default", ["cpu", "gpu"])
def test_pictures_are_those_of_the_cpu(default):
    expected = list(pictures("cpu"))
    ravine.set_default_device(default)
    try:
        for number, (here, there) in enumerate(zip(pictures("gpu"), expected, strict=True)):
            assert here == there, number
        for number, (here, there) in enumerate(zip(pictures("cpu"), expected, strict=True)):
            assert here == there, number
    finally:
        ravine.set_default_device("cpu")
