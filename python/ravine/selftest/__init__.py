"""``ravine selftest``: whether this machine's device computes what it should, and how fast.

Every kernel is held to float64 NumPy within the accuracy that its record states, over shapes that do not
divide evenly; derivatives are held to differences of the formula. The report is text to paste into an issue.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import ravine
from ravine import _core
from ravine.errors import Error

if TYPE_CHECKING:
    from typing import TextIO

    from ._bench import Check
    from ._speed import Speed

__all__ = ["Report", "selftest"]


@dataclass
class Report:
    """What was found."""

    checks: list[Check] = field(default_factory=list)
    speeds: list[Speed] = field(default_factory=list)
    #: Families that raised, and what.
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def failures(self) -> list[Check]:
        """Checks whose error is larger than is stated."""
        return [check for check in self.checks if not check.passed]

    @property
    def passed(self) -> bool:
        """Whether everything ran, and within what is stated."""
        return not self.failures and not self.errors


def selftest(
    device: str = "cpu", *, quick: bool = False, every: bool = False, stream: TextIO | None = None
) -> Report:
    """Check every kernel of a device, measure its speed, and print the report.

    Takes less than a minute on a software GPU, and seconds on a real one. The random state stays as it is.

    Args:
        device: `"cpu"`, `"gpu"` or `"gpu:1"`.
        quick: smaller sizes, and a quarter of the time.
        every: a line for each kernel, not for each family.
        stream: where to write, standard output by default.

    Raises:
        DeviceError: the device is not there.

    >>> import io
    >>> report = ravine.selftest.selftest(quick=True, stream=io.StringIO())
    >>> report.passed, len(report.checks) > 100
    (True, True)
    """
    from ._bench import Bench
    from ._checks import FAMILIES
    from ._speed import speeds

    stream = sys.stdout if stream is None else stream

    def line(text: str = "") -> None:
        print(text, file=stream, flush=True)

    where = str(ravine.zeros(0, device=device).device)
    for name, value in _facts(where):
        line(f"{name:10} {value}")
    line()
    line(f"{'largest error':42} {'found':>10} {'stated':>10} {'unit':6}")
    bench, report = Bench(where, quick), Report()
    random_state = ravine.get_rng_state()
    for family in FAMILIES:
        try:
            found = list(family(bench))
        except (Error, AssertionError) as error:
            report.errors[family.__name__] = str(error)
            line(f"{family.__name__:42} raised {type(error).__name__}: {error}  FAIL")
            continue
        report.checks += found
        for check in found if every else _worst(found):
            line(_row(check))
    ravine.set_rng_state(random_state)
    line()
    for speed in speeds(bench):
        report.speeds.append(speed)
        line(f"{speed.name:42} {speed.value:10.4g} {speed.unit}")
    line()
    failed = len(report.failures) + len(report.errors)
    verdict = f"{failed} FAILED" if failed else "all within what is stated"
    line(f"{len(report.checks)} kernels checked, {verdict}")
    return report


def _worst(checks: list[Check]) -> list[Check]:
    """Of each family the one nearest to what is stated, and all that are beyond it."""
    families = dict.fromkeys(check.family for check in checks)
    nearest = {}
    for family in families:
        own = [check for check in checks if check.family == family]
        nearest[family] = max(own, key=lambda c: c.error / c.allowed if c.allowed else c.error)
    return [c for c in checks if not c.passed or nearest[c.family] is c]


def _row(check: Check) -> str:
    verdict = "pass" if check.passed else "FAIL"
    name = f"{check.family}: {check.name}"
    return f"{name:42.42} {check.error:10.3g} {check.allowed:10.3g} {check.unit:6} {verdict}"


def _facts(device: str) -> list[tuple[str, object]]:
    """Versions, the machine, and the device."""
    import platform

    import numpy

    facts: list[tuple[str, object]] = [
        ("ravine", f"{ravine.__version__}, Python {platform.python_version()}, NumPy {numpy.__version__}"),
        ("system", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("processor", f"{_processor()}, {_core.simd_level()}, {ravine.get_num_threads()} threads"),
        ("device", device),
    ]
    for adapter in ravine.gpu.devices() if device != "cpu" else []:
        if str(adapter.device) != device:
            continue
        kind = "software: computes on the CPU" if adapter.is_software else "real"
        facts += [
            ("adapter", f"{adapter.name} ({kind})"),
            ("driver", f"{adapter.driver}, {adapter.api}"),
            ("features", " ".join(name for name, there in adapter.features.items() if there) or "none"),
            ("limits", ", ".join(f"{name} {size:,}" for name, size in adapter.limits.items())),
        ]
    return facts


def _processor() -> str:
    import platform

    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            models = [row.partition(":")[2].strip() for row in file if row.startswith("model name")]
    except OSError:
        models = []
    return models[0] if models else platform.processor() or "unknown"
