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
"""

from ravine.datasets._digits import digits
from ravine.datasets._fashion import FASHION_CLASSES, fashion
from ravine.datasets._series import series
from ravine.datasets._texts import names, shakespeare, verses

__all__ = ["FASHION_CLASSES", "digits", "fashion", "names", "series", "shakespeare", "verses"]
