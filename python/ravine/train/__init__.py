"""What a training script needs beside the model: progress, metrics, curves, checkpoints, a page."""

from __future__ import annotations

from .callbacks import (
    Callback,
    ClipGradients,
    EarlyStopping,
    MovingAverage,
    StopAtGradientNorm,
    StopAtPlateau,
)
from .checkpoint import load_checkpoint, save_checkpoint
from .compare import compare
from .curve import loss_curve
from .distances import frechet_distance, sliced_wasserstein
from .distillation import FeatureMatching, distill, distillation_loss
from .ensemble import Ensemble
from .fit import Fit, accuracy, evaluate, fit
from .freeze import freeze, unfreeze
from .interrupt import Interrupted
from .language import Windows, window_loss
from .logs import Log
from .metrics import Metrics, read_metrics
from .mistakes import mistakes
from .page import bars, pictures, table, text
from .png import png
from .probe import linear_probe
from .progress import Progress
from .result import Result
from .run import Run
from .saved_run import CheckpointError, FolderInUseError, NoRunError, OtherRunError
from .scale import at_scale
from .search import Range, Search, Trial, search
from .tensorboard import TensorBoardLog

__all__ = [
    "Callback",
    "CheckpointError",
    "ClipGradients",
    "EarlyStopping",
    "Ensemble",
    "FeatureMatching",
    "Fit",
    "FolderInUseError",
    "Interrupted",
    "Log",
    "Metrics",
    "MovingAverage",
    "NoRunError",
    "OtherRunError",
    "Progress",
    "Range",
    "Result",
    "Run",
    "Search",
    "StopAtGradientNorm",
    "StopAtPlateau",
    "TensorBoardLog",
    "Trial",
    "Windows",
    "accuracy",
    "at_scale",
    "compare",
    "bars",
    "distill",
    "distillation_loss",
    "evaluate",
    "fit",
    "frechet_distance",
    "freeze",
    "linear_probe",
    "load_checkpoint",
    "loss_curve",
    "mistakes",
    "pictures",
    "png",
    "read_metrics",
    "save_checkpoint",
    "search",
    "sliced_wasserstein",
    "table",
    "text",
    "unfreeze",
    "window_loss",
]


def __dir__() -> list[str]:
    return sorted(__all__)
