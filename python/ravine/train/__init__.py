"""What a training script needs beside the model: progress, metrics, curves, checkpoints, a page."""

from __future__ import annotations

from .checkpoint import load_checkpoint, save_checkpoint
from .curve import loss_curve
from .interrupt import Interrupted
from .language import Windows, draw, window_loss
from .metrics import Metrics, read_metrics
from .page import pictures, text
from .png import png
from .progress import Progress
from .result import Result
from .run import Run
from .saved_run import CheckpointError, FolderInUseError, NoRunError, OtherRunError
from .scale import at_scale

__all__ = [
    "CheckpointError",
    "FolderInUseError",
    "Interrupted",
    "Metrics",
    "NoRunError",
    "OtherRunError",
    "Progress",
    "Result",
    "Run",
    "Windows",
    "at_scale",
    "draw",
    "load_checkpoint",
    "loss_curve",
    "pictures",
    "png",
    "read_metrics",
    "save_checkpoint",
    "text",
    "window_loss",
]


def __dir__() -> list[str]:
    return sorted(__all__)
