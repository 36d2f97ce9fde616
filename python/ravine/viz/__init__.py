"""Pictures without any other library: loss curves, image grids, heat maps, computation graphs.

Each function returns a :class:`Picture`, which notebooks show and ``save`` writes as SVG, PNG or HTML.

>>> import ravine
>>> picture = ravine.viz.heatmap(ravine.eye(3), title="identity")
>>> picture.svg.startswith("<svg ")
True
"""

from __future__ import annotations

from ._curves import curves, loss_curve
from ._graph import graph
from ._heatmap import heatmap
from ._images import image_grid
from ._picture import Picture

__all__ = ["Picture", "curves", "graph", "heatmap", "image_grid", "loss_curve"]


def __dir__() -> list[str]:
    return sorted(__all__)
