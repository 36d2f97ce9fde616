"""Result: what a run measured in the end."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .page import Section

__all__ = ["Result", "mean"]


class Result:
    """What a recipe measured in the end.

    Attributes:
        sections: what the run's page shows below its curve.
        charts: what was logged, as HTML; empty when there was no run behind this.
        facts: what the page lists beside the result, such as steps and seconds.

    >>> result = Result("toy", "accuracy", 0.9, 0.8)
    >>> print(result, result.reached)
    toy: accuracy 0.9000 (asked: >= 0.8) True
    """

    def __init__(self, name: str, metric: str, value: float, asked: float, at_least: bool = True) -> None:
        self.name, self.metric, self.value, self.asked, self.at_least = name, metric, value, asked, at_least
        self.sections: list[Section] = []
        self.charts = ""
        self.facts: dict[str, str] = {}

    @property
    def reached(self) -> bool:
        """Whether the value is as asked."""
        return self.value >= self.asked if self.at_least else self.value <= self.asked

    @property
    def goal(self) -> str:
        """What was asked, as a person reads it."""
        return f"{'>=' if self.at_least else '<='} {self.asked:g}"

    def __str__(self) -> str:
        return f"{self.name}: {self.metric} {self.value:.4f} (asked: {self.goal})"


def mean(results: list[Result]) -> Result:
    """The mean over several runs of one recipe."""
    first = results[0]
    value = sum(r.value for r in results) / len(results)
    return Result(first.name, f"mean {first.metric}", value, first.asked, first.at_least)
