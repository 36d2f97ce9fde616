"""Generated data: the same from the same seed, and right by another way of computing them."""

from datetime import datetime

import numpy as np
import pytest

from ravine.datasets import SHAPES_CLASSES, dates, moons, number_words, shapes


def test_the_same_seed_gives_the_same():
    for make in (dates, number_words):
        assert make(20) == make(20)
        assert make(20) == make(30)[:20]
        assert make(20) != make(20, seed=1)
        assert make(0) == []
    for make in (moons, shapes):
        for a, b in zip(make(5), make(5), strict=True):
            assert (a == b).all()
        assert (make(5)[0] != make(5, seed=1)[0]).any()
        assert len(make(0)[0]) == 0


def test_dates_are_those_that_they_say():
    forms = ("%d %B %Y", "%B %d, %Y", "%A, %B %d, %Y", "%d. %b %Y", "%b %d %Y", "%d/%m/%Y", "%A %d %B %Y")
    seen = set()
    for written, iso in dates(400):
        for form in (*forms, "the %d of %B %Y"):
            try:
                day = datetime.strptime(written, form)  # it knows no case
            except ValueError:
                continue
            assert day.date().isoformat() == iso
            seen.add(form)
            break
        else:
            raise AssertionError(written)
        if "day" in written.lower():
            assert datetime.fromisoformat(iso).strftime("%A").lower() in written.lower()
    assert len(seen) == 8


def spoken(words):
    """The number that words say: the sum of what is between "thousand" and "hundred"."""
    units = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    units = f"{units} sixteen seventeen eighteen nineteen".split()
    tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    total = part = 0
    for word in words.replace("-", " ").split():
        if word == "thousand":
            total, part = total + 1000 * part, 0
        elif word == "hundred":
            part *= 100
        else:
            part += 10 * tens.index(word) + 20 if word in tens else units.index(word)
    return total + part


def test_numbers_are_those_that_they_say():
    pairs = number_words(2000)
    for number, words in pairs:
        assert str(spoken(words)) == number
    assert {len(number) for number, _ in pairs} == {1, 2, 3, 4, 5, 6}
    assert all(len(number) <= 2 for number, _ in number_words(50, digits=2))
    with pytest.raises(ValueError, match="digits must be from 1 to 6"):
        number_words(1, digits=7)


def test_shapes_are_brighter_than_their_ground():
    images, masks = shapes(200)
    assert (images.dtype, masks.dtype) == (np.float32, np.int64)
    assert set(np.unique(masks)) == set(range(len(SHAPES_CLASSES)))
    ground = images[masks == 0].mean()
    for kind in (1, 2, 3):
        assert images[masks == kind].mean() > ground + 0.3
    # Every picture has something, and no more than half of it is covered in the mean.
    assert ((masks > 0).any((1, 2))).all()
    assert 0.05 < (masks > 0).mean() < 0.5
    with pytest.raises(ValueError, match="size must be 8 or more"):
        shapes(1, size=4)


def test_moons_lie_on_their_half_circles():
    points, labels = moons(1000, noise=0.0)
    assert abs(labels.mean() - 0.5) < 1e-9
    centres = np.stack([labels, 0.5 * labels], 1)
    np.testing.assert_allclose(np.linalg.norm(points - centres, axis=1), 1, atol=1e-6)
    assert (points[labels == 0][:, 1] >= -1e-6).all()
    assert (points[labels == 1][:, 1] <= 0.5 + 1e-6).all()
