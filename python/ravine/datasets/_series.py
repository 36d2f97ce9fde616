"""The embedded time series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ravine.datasets._files import embedded_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["series"]

_UNITS = {"co2": "D", "elnino": "M", "nile": "Y", "sunspots": "Y"}


def series(
    name: Literal["co2", "elnino", "nile", "sunspots"],
) -> tuple[NDArray[np.datetime64], NDArray[np.float32]]:
    """A time series of nature.

    | name | what was measured | values |
    |---|---|---|
    | `co2` | carbon dioxide at Mauna Loa, parts per million, weekly, 1958-03-29 to 2001-12-29 | 2,284 |
    | `elnino` | sea surface temperature off Peru, degrees Celsius, monthly, 1950-01 to 2010-12 | 732 |
    | `nile` | flow of the Nile at Aswan, 10^8 cubic metres a year, 1871 to 1970 | 100 |
    | `sunspots` | mean number of sunspots, yearly, 1700 to 2008 | 309 |

    Args:
        name: one of the four.

    Returns:
        `(times, values)`, both of shape `(n,)`: datetime64 in days, months or years, and float32, NaN where a
        week has no measurement (59 of `co2`).

    Raises:
        ValueError: another name.

    Source: the tables of statsmodels 0.15.0 (Scripps Institution of Oceanography, NOAA, Cobb 1978, National
    Geophysical Data Center). Public domain.

    >>> from ravine.datasets import series
    >>> times, flow = series("nile")
    >>> print(times[0], flow[0], len(flow))
    1871 1120.0 100
    """
    if name not in _UNITS:
        raise ValueError(f"series: name must be one of {', '.join(_UNITS)}, not {name!r}")
    import numpy as np

    rows = [line.split(",") for line in embedded_text(f"{name}.csv.gz").splitlines()[1:]]
    values = [float(value or "nan") for row in rows for value in row[1:]]
    if name == "co2":
        dates: list[Any] = [f"{day[:4]}-{day[4:6]}-{day[6:]}" for day, _ in rows]
    elif name == "elnino":
        dates = [f"{row[0]}-{month:02d}" for row in rows for month in range(1, 13)]
    else:
        dates = [str(int(float(row[0]))) for row in rows]
    return np.array(dates, f"datetime64[{_UNITS[name]}]"), np.array(values, np.float32)
