"""``ravine demo``: a few recipes, and one page of what came out."""

from __future__ import annotations

import time
from html import escape
from pathlib import Path

import ravine as rv

from .. import _core, bench, recipes
from .page import Html, bars, page, run_parts, table, verdict, write_page
from .progress import duration
from .saved_run import claim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .result import Result

__all__ = ["demo"]

# A handful that shows what kind of work is fast and what is not.
_CASES = (
    "exp",
    "sum, 1,000,000",
    "softmax",
    "layer norm",
    "matrix product, 1000",
    "convolution",
    "training step",
)


def demo(out: str | Path, *, seed: int = 0, steps: int = 0) -> tuple[Path, bool]:
    """Run the recipes with ``DEMO`` one after the other, each into a folder in ``out``, and write the page.

    Args:
        out: the folder.
        seed: of every recipe.
        steps: of every recipe; 0, as many as it is made for.

    Returns:
        The page, and whether every recipe reached what it was asked.
    """
    out = Path(out)
    with claim(out):  # before the work, not after it
        began = time.perf_counter()
        results = [
            recipes.load(name)(seed=seed, steps=steps, out=out / name)
            for name in recipes.names()
            if recipes.about(name)["DEMO"]
        ]
        timings, spread = _speed()
        path = out / "index.html"
        write_page(path, _page(results, timings, spread, time.perf_counter() - began))
        return path, all(result.reached for result in results)


def _speed() -> tuple[list[bench.Timing], float]:
    """Ravine against NumPy, and how far apart times of the same work were on this machine just then."""
    try:
        spread = bench.check_machine()
    except bench.TooNoisyError as error:
        spread = error.spread
    chosen = [case for case in bench.cases() if case[0].startswith(_CASES)]
    return list(bench.compare(chosen)), spread


def _page(results: list[Result], timings: list[bench.Timing], spread: float, seconds: float) -> str:
    machine = f"SIMD level {_core.simd_level()}, {rv.get_num_threads()} threads"
    rows = [
        (Html(f'<a href="#{r.name}">{escape(r.name)}</a>'), verdict(r), r.facts["steps"], r.facts["time"])
        for r in results
    ]
    parts = [
        f'<p class="soft">Ravine {rv.__version__} on {machine}; everything together took '
        f"{duration(seconds)}.</p>",
        table(["recipe", "result", "steps", "time"], rows),
    ]
    for result in results:
        parts.append(f'<h2 id="{result.name}">{escape(result.name)}</h2>')
        parts.append(run_parts(result, result.charts, result.facts, result.sections))
        parts.append(f'<p><a href="{result.name}/index.html">The page of this run</a></p>')
    note = (
        "The machine was quiet enough to be timed."
        if spread <= bench.NOISIEST
        else f"The machine was busy (the same work varied by {spread:.0%}): take these with caution, and run "
        "ravine bench when it is quiet."
    )
    shown = [(t.name, t.ratio, f"{t.ratio:.2f}x") for t in timings]
    parts += [
        '<h2 id="speed">Speed against NumPy</h2>',
        f"<p>How many times faster than NumPy, the line being as fast. {note}</p>",
        bars(shown, line=1.0),
    ]
    return page("Ravine: the demo", "\n".join(parts), charts=True)
