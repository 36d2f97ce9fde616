"""What a program computes, where, and how long it takes: PyTorch's profiler, by launches and by modules.

>>> with ravine.profiler.profile() as prof:
...     y = (ravine.ones(100) * 2 + 1).sum().item()
>>> [(average.key, average.count) for average in prof.key_averages()]
[('full, mul, add, sum', 1)]
"""

from __future__ import annotations

from ._averages import Average, Averages, ModuleAverage, ModuleAverages
from ._events import Launch, Op, Range
from ._profile import profile, record_function, tensorboard_trace_handler
from ._schedule import ProfilerAction, ProfilerActivity, schedule

__all__ = [
    "Average",
    "Averages",
    "Launch",
    "ModuleAverage",
    "ModuleAverages",
    "Op",
    "ProfilerAction",
    "ProfilerActivity",
    "Range",
    "profile",
    "record_function",
    "schedule",
    "tensorboard_trace_handler",
]
