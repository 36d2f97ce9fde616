"""What a training script needs beside the model: progress, metrics, curves."""

from __future__ import annotations

from .curve import loss_curve
from .metrics import Metrics, read_metrics
from .progress import Progress
from .run import Result, Run

__all__ = ["Metrics", "Progress", "Result", "Run", "loss_curve", "read_metrics"]
