"""What a training script needs beside the model: progress, metrics, curves."""

from __future__ import annotations

from .checkpoint import load_checkpoint, save_checkpoint
from .curve import loss_curve
from .metrics import Metrics, read_metrics
from .progress import Progress
from .run import Result, Run

__all__ = [
    "Metrics",
    "Progress",
    "Result",
    "Run",
    "load_checkpoint",
    "loss_curve",
    "read_metrics",
    "save_checkpoint",
]
