"""Pictures without any other library: curves, images, maps of numbers, fields, computation graphs.

Each function returns a :class:`Picture`, which notebooks show and ``save`` writes as SVG, PNG or HTML.

>>> import ravine
>>> picture = ravine.viz.heatmap(ravine.eye(3), title="identity")
>>> picture.svg.startswith("<svg ")
True
"""

from __future__ import annotations

from ._attention import attention
from ._confusion import confusion
from ._curves import curves, loss_curve
from ._graph import graph
from ._heatmap import heatmap
from ._histogram import histogram
from ._images import image_grid
from ._latent import latent_grid
from ._picture import Picture
from ._plane import quiver, scatter

__all__ = [
    "Picture",
    "attention",
    "confusion",
    "curves",
    "graph",
    "heatmap",
    "histogram",
    "image_grid",
    "latent_grid",
    "loss_curve",
    "quiver",
    "scatter",
]


def __dir__() -> list[str]:
    return sorted(__all__)
