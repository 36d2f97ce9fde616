"""Small data sets that come inside the package; nothing here uses the network.

Every loader returns NumPy arrays. NumPy is imported by the call, not by the import of this module.

| loader | content |
|---|---|
| `digits` | 1,797 handwritten digits, 8x8 pixels, 10 classes |
"""

from ravine.datasets._digits import digits

__all__ = ["digits"]
