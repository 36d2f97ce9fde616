"""Nothing is claimed without its test: every row of the table names one that carries its number."""

import ast
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE = runpy.run_path(str(ROOT / "docs" / "capabilities.py"))
ROWS = MADE["rows"]()


def functions(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def test_each_row_stands_once():
    numbers = [row["number"] for row in ROWS]
    assert numbers == sorted(set(numbers))
    assert all(set(row) == {"number", "what", "where", "test", "figure"} for row in ROWS)


def test_a_row_has_its_test():
    for row in ROWS:
        if row["test"]:
            assert row["what"], row
            assert row["where"], row
            file, _, function = row["test"].partition("::")
            assert f"row_{row['number']}_" in f"{function}_", row
            assert function in functions(ROOT / file), row


def test_the_page_is_made_of_the_table():
    assert MADE["PAGE"].read_text(encoding="utf-8") == MADE["page"]()
