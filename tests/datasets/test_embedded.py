"""The embedded sets are the files that were meant, whole, and read as documented."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

import ravine.datasets
from ravine.datasets import FASHION_CLASSES, fashion, names, series, shakespeare, verses

FILES = Path(ravine.datasets.__file__).parent / "files"

# Of the unpacked content, as `python -m ravine.datasets._make` writes it.
SHA256 = {
    "co2.csv.gz": "16695fa2786e53414e5a6b54767a3fdf5de99cfbc68617f69d1362d92776a92f",
    "digits.csv.gz": "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
    "elnino.csv.gz": "b647be00e0fd264be9764e317e6b963f35030014ecca2b21b204521716e463ad",
    "fashion-t10k-images-idx3-ubyte.gz": "0d2bf24781487e94378e62bbb42fb468da524ace873c0c87c6637e008eda40a5",
    "fashion-t10k-labels-idx1-ubyte.gz": "2bed0e3790b2dac87cb49ca6718054c88d630c4060f2671b4e1557c9e0ca6621",
    "fashion-train-images-idx3-ubyte.gz": "98052d42e4201ac7ba5b48ea9ca4cc46eba790fe12cecc925d69cf46ee5fd71c",
    "fashion-train-labels-idx1-ubyte.gz": "e026daf3d28b630d395bff264d45247706f43ecba7d4f48422cba6b6a30e22d3",
    "names.csv.gz": "e762227de1392636f6ac8761fdfeb17d9564069f05e9c868c925f00e1703df0d",
    "nile.csv.gz": "88e97bea7249e5832a85e41aec6ce4b8f7b1b14aae930c8363da7f193286b598",
    "shakespeare.txt.gz": "a0dc5224b6046e80c81df151525190ac5acf1e2d679d5f35807ca87cc566b88f",
    "sunspots.csv.gz": "f67889b1d9002cd5227f0e0ef54e35b419cdd85a31279adef6f73fb41e5c0a9b",
    "verses.tsv.gz": "53f2182dff440c1ee061c6f4470f3b113a1a22ce48774c2a564adccd8837f0e6",
}


def test_every_file_is_known_has_a_licence_and_the_whole_is_small():
    data = {path.name: path for path in FILES.iterdir() if path.suffix == ".gz"}
    found = {
        name: hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest() for name, path in data.items()
    }
    assert found == SHA256
    licences = " ".join(path.read_text(encoding="utf-8") for path in FILES.glob("*.LICENSE.txt"))
    for name in data:
        assert name in licences or (name.startswith("fashion-") and "fashion-*.gz" in licences)
    assert sum(path.stat().st_size for path in FILES.iterdir()) < 1_900_000


@pytest.mark.parametrize(("part", "size"), [("train", 2000), ("test", 500)])
def test_fashion(part, size):
    images, labels = fashion(part)
    assert (images.shape, images.dtype) == ((size, 28, 28), np.float32)
    assert (images.min(), images.max()) == (0, 1)
    assert labels.dtype == np.int64
    assert labels.tolist() == [i % 10 for i in range(size)]  # every prefix is balanced
    assert np.array_equal(images, np.round(images * 255).astype(np.uint8) / np.float32(255))
    images[:] = -1  # the arrays are the caller's
    assert fashion(part)[0].min() == 0


def test_fashion_has_different_pictures_that_look_like_their_classes():
    train, labels = fashion("train")
    test, truth = fashion("test")
    assert len({image.tobytes() for image in [*train, *test]}) == 2500
    # The class with the nearest mean picture; the published figure for the full set is 0.68.
    means = np.stack([train[labels == k].mean(axis=0) for k in range(10)])
    distance = ((test[:, None] - means) ** 2).sum(axis=(2, 3))
    assert 0.6 < (distance.argmin(axis=1) == truth).mean() < 0.8
    trousers = train[labels == FASHION_CLASSES.index("Trouser")].mean(axis=0)
    bags = train[labels == FASHION_CLASSES.index("Bag")].mean(axis=0)
    assert (trousers > 0.3).any(axis=1).sum() > 24
    assert (trousers > 0.3).any(axis=0).sum() < 14 < (bags > 0.3).any(axis=0).sum()


def test_shakespeare():
    text = shakespeare()
    assert len(text) == 953_923
    assert len(set(text)) == 76
    assert text.isascii()
    starts = [
        "THE TRAGEDY OF CORIOLANUS\n",
        "HAMLET, PRINCE OF DENMARK\n",
        "THE LIFE AND DEATH OF KING RICHARD III\n",
        "ROMEO AND JULIET\n",
        "MACBETH\n",
        "THE TEMPEST\n",
        "THE SONNETS\n",
    ]
    places = [("\n" + text).index("\n" + start) for start in starts]
    assert places == sorted(places)
    assert "To be, or not to be" in text
    for line in ("Gutenberg", "Etext", "\r", "\t"):
        assert line not in text


def test_names():
    everyone = names()
    assert len(everyone) == 5494
    assert len({name for name, _ in everyone}) == 5163
    assert sum(gender == "f" for _, gender in everyone) == 4275
    assert {letter for name, _ in everyone for letter in name} == set("abcdefghijklmnopqrstuvwxyz")
    assert ("james", "m") in everyone
    assert {gender for _, gender in everyone} == {"f", "m"}


def test_verses():
    pairs = verses()
    assert len(pairs) == len(set(pairs)) == 5509
    for pair in pairs:
        for side in pair:
            assert 0 < len(side) <= 80
            assert side == " ".join(side.split())
            assert not set(side) & set("<>&{}[]\t")
    assert ("Jesus wept.", "Y lloró Jesús.") in pairs
    spanish = sum(len(set(other) & set("áéíóúñ¿¡")) > 0 for _, other in pairs)
    assert spanish > 0.8 * len(pairs)
    assert not any(set(english) & set("áéíóúñ¿¡") for english, _ in pairs)


@pytest.mark.parametrize(
    ("name", "size", "first", "last", "step", "low", "high", "gaps"),
    [
        ("co2", 2284, "1958-03-29", "2001-12-29", 7, 313, 374, 59),
        ("elnino", 732, "1950-01", "2010-12", 1, 18, 30, 0),
        ("nile", 100, "1871", "1970", 1, 456, 1370, 0),
        ("sunspots", 309, "1700", "2008", 1, 0, 191, 0),
    ],
)
def test_series(name, size, first, last, step, low, high, gaps):
    times, values = series(name)
    assert times.shape == values.shape == (size,)
    assert values.dtype == np.float32
    assert (str(times[0]), str(times[-1])) == (first, last)
    assert (np.diff(times).astype(int) == step).all()
    assert np.isnan(values).sum() == gaps
    assert low <= np.nanmin(values)
    assert np.nanmax(values) <= high


def test_wrong_arguments():
    with pytest.raises(ValueError, match='"train" or "test", not \'valid\''):
        fashion("valid")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="one of co2, elnino, nile, sunspots, not 'gold'"):
        series("gold")  # pyright: ignore[reportArgumentType]
