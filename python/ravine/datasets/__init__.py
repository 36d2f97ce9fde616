"""Small data sets that come inside the package, and readers for the usual files.

Arrays are NumPy's. NumPy is imported by the call, not by the import of this module. The embedded sets need
no network; nothing but `download` uses one.

| embedded | content |
|---|---|
| `digits` | 1,797 handwritten digits, 8x8 pixels, 10 classes |
| `fashion` | 2,500 pictures of clothes, 28x28 pixels, 10 classes |
| `shakespeare` | seven texts, 954 KB |
| `names` | 5,494 first names with gender |
| `verses` | 5,509 pairs of sentences, English and Spanish |
| `series` | four time series: `co2`, `elnino`, `nile`, `sunspots` |

| made from a seed | content |
|---|---|
| `shapes` | discs, squares and triangles under noise, with masks |
| `moons` | two half circles in the plane |
| `dates` | dates as people write them, and in ISO 8601 |
| `number_words` | numbers in digits and in words |

| from files | content |
|---|---|
| `mnist` | a folder with the files of MNIST or Fashion-MNIST |
| `cifar10` | a folder with the files of CIFAR-10's binary version |
| `text`, `csv` | a text; a table, column by column |
| `download` | fetches a file, whole and with the right checksum or not at all |
"""

from ravine.datasets._csv import csv
from ravine.datasets._digits import digits
from ravine.datasets._download import download
from ravine.datasets._fashion import FASHION_CLASSES, fashion
from ravine.datasets._folders import CIFAR10_CLASSES, cifar10, mnist, text
from ravine.datasets._generated import SHAPES_CLASSES, dates, moons, number_words, shapes
from ravine.datasets._series import series
from ravine.datasets._texts import names, shakespeare, verses

__all__ = [
    "CIFAR10_CLASSES",
    "FASHION_CLASSES",
    "SHAPES_CLASSES",
    "cifar10",
    "csv",
    "dates",
    "digits",
    "download",
    "fashion",
    "mnist",
    "moons",
    "names",
    "number_words",
    "series",
    "shakespeare",
    "shapes",
    "text",
    "verses",
]


def __dir__() -> list[str]:
    return sorted(__all__)
