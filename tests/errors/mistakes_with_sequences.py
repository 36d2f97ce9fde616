"""The rows of the table that are about recurrent cells and layers; see `mistakes.py`."""

from __future__ import annotations

from errors.mistakes import Mistake

# Kind, code, exception, what must be named, module path, remedy.
_ROWS: list[tuple[str, str, type[BaseException], list[str], str, str]] = [
    (
        "cell",
        "nn.HighwayCell(8, 16)",
        ValueError,
        ["HighwayCell", "16 and 8"],
        "",
        "Map the input by Linear(8, 16) first",
    ),
    ("cell", "nn.GRUCell(3, 4, biases=0)", ValueError, ["GRUCell", "got 0"], "", "Use bias=False for none"),
    ("cell", "nn.ResidualRNNCell(3, 4, nonlinearity='gelu')", ValueError, ["'gelu'"], "", "'tanh' or 'relu'"),
    ("cell", "nn.Highway(0)", ValueError, ["Highway: features", "got 0"], "", "must be positive"),
    ("Recurrent", "nn.Recurrent()", ValueError, ["got 0 and 0"], "", "one cell or more"),
    (
        "Recurrent",
        "nn.Recurrent(lambda x, state: (x, state))",
        TypeError,
        ["Recurrent", "function"],
        "",
        "a cell is a module, called as cell(x, state) -> (y, state)",
    ),
    ("Recurrent", "nn.Recurrent(nn.GRUCell(2, 3), truncate=0)", ValueError, ["got 0"], "", "positive number"),
    (
        "Recurrent",
        "nn.Recurrent(nn.GRUCell(2, 3), dropout=2.0)",
        ValueError,
        ["'dropout'", "2.0"],
        "",
        "between 0 and 1",
    ),
    (
        "Recurrent's call",
        "nn.Recurrent(nn.MultiheadAttention(2, 1), nn.GRUCell(2, 3))(ravine.ones(4, 2), [None])",
        ValueError,
        ["2 cells", "states of 1"],
        "Recurrent",
        "there are 2 cells",
    ),
    (
        "Recurrent's call",
        "nn.Recurrent(nn.GRUCell(2, 3))(ravine.ones(0, 5, 2))",
        ValueError,
        ["(0, 5, 2)", "no steps"],
        "Recurrent",
        "Expected (T, B, D)",
    ),
    (
        "Recurrent's call",
        "nn.Recurrent(nn.GRUCell(2, 3))(ravine.ones(4, 5, 2), lengths=ravine.tensor([4]))",
        ValueError,
        ["lengths of shape (1,)", "(5, 2)"],
        "Recurrent",
        "Give one for each sequence",
    ),
    (
        "Recurrent's call",
        "nn.Recurrent(Pair())(ravine.ones(4, 5, 2))",
        TypeError,
        ["Pair returned list"],
        "Recurrent",
        "A cell returns the pair (y, state)",
    ),
]
_PAIR = "Pair = type('Pair', (nn.Module,), {'forward': lambda self, x, state: [x, x]}); "

SEQUENCES = [
    Mistake(kind, _PAIR + code if "Pair()" in code else code, exception, tuple(what), remedy, where)
    for kind, code, exception, what, where, remedy in _ROWS
]
