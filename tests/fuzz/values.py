"""Arguments, as source: fitting ones for a parameter's annotation, and hostile ones of any kind."""

from __future__ import annotations

import ast
import re
from random import Random

INTS = ["0", "1", "-1", "2", "3", "-2", "5", "7", "64", "2**31 - 1", "2**31", "2**32", "2**40", "2**46"]
INTS += ["2**53 + 1", "2**61", "2**62", "2**63 - 1", "2**63", "-2**63", "-2**63 - 1", "2**64", "10**30"]
FLOATS = ["0.5", "1.0", "0.0", "-0.0", "-1.5", "1e-320", "1e-7", "1e38", "1e308", "float('nan')"]
FLOATS += ["float('inf')", "-float('inf')", "2.0**63"]
DTYPES = ["float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "bool"]
OTHERS = [
    "None",
    "True",
    "False",
    "''",
    "'a'",
    "'mean'",
    "'sum'",
    "b'x'",
    "[]",
    "()",
    "{}",
    "object()",
    "int",
]
OTHERS += ["[1, 2]", "[None]", "(2**32, 2**32)", "(0, 2**62)", "(2**20, 2**20)", "[-1, 2]", "(1,) * 12"]
OTHERS += ["[rv.ones(2), rv.ones(3)]", "(rv.ones(2),)", "[1.5, 'a']", "rv.float32", "rv.bool", "slice(None)"]
OTHERS += ["slice(2**62, None, -2**62)", "...", "lambda *a: a[0]", "range(5)", "range(2**62)", "loop()"]
OTHERS += ["deep(3000)", "deep(200000)", "np.ones(3)", "np.array(2)", "np.zeros((0, 3))", "np.array(['a'])"]
OTHERS += ["np.float16(1)", "1j", "rv", "rv.Tensor", "set()", "{'a': rv.ones(2)}", "nn.Linear(3, 2)"]
OTHERS += ["memoryview(b'abcd')", "iter([1, 2])", "'\\ud800'", "'x' * 1000", "float", "int"]
OTHERS += ["[[1, 2], [3]]"]
SHAPES = ["()", "(0,)", "(1,)", "(3,)", "(7,)", "(2, 3)", "(0, 3)", "(3, 0)", "(4, 4)", "(2, 3, 4)"]
SHAPES += ["(2, 1, 5)", "(2, 3, 4, 5)", "(1, 3, 8, 8)", "(1,) * 12", "(2,) * 10", "(40, 1030)"]
HUGE = ["(2**32, 0)", "(0, 2**62)", "(2**62, 0, 2**62)", "(2**20,)", "(2**32, 2**32)", "(2**63 - 1,)"]
HUGE += ["(2**40,)", "(2**61,)", "(2**31, 2**30)", "(2**26,)"]
# Tensors whose elements share memory, or lie in it in an odd way; {0} is a tensor.
LAYOUTS = ["{0}[..., ::2]", "{0}.flip(-1)", "{0}.mT", "{0}.expand(2, *{0}.shape)", "{0}.reshape(-1)[1:]"]
LAYOUTS += ["{0}.unsqueeze(0).expand(2**20, *{0}.shape)", "{0}.detach()", "{0}.reshape(-1).unfold(0, 2, 1)"]
LAYOUTS += ["{0}.unsqueeze(0).expand(2**31, *{0}.shape)", "{0}.movedim(0, -1)", "{0}[None]", "{0}[:0]"]
LAYOUTS += ["{0}.to(rv.float16)", "{0}.bool()", "{0} * float('nan')", "{0} / 0", "{0} * 1e30", "{0}.sum()"]
CALLABLES = ["lambda *a: a[0]", "lambda x: x.sum()", "lambda x: (x * x).sum()", "lambda *a: None", "rv.sin"]
CALLABLES += ["lambda x: x.item()", "lambda x: x.reshape(-1)[0]", "lambda x: [x, x]", "nn.Linear(3, 2)"]
CALLABLES += ["lambda x, *a: x.mul_(2).sum()", "lambda x: {}['a']", "lambda a, b: (a @ b).sum()"]
MODULES = ["nn.Linear(3, 2)", "nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3))", "nn.ReLU()"]
MODULES += ["nn.BatchNorm1d(3)", "nn.LSTM(3, 2)", "nn.ModuleList([nn.Linear(3, 3)])", "nn.Dropout(0.5)"]
MODULES += ["nn.TransformerEncoderLayer(4, 2, 8)", "nn.Sequential()"]
OPTIMIZERS = ["optim.SGD(ps((2, 3)), lr=0.1, momentum=0.9)", "optim.Adam(ps((3,), (2, 2)))"]
PARAMETERS = ["ps((2, 3))", "ps((3,), ())", "ps((0,), (2, 2))", "nn.Linear(3, 2).parameters()"]
PATHS = ["'t.safetensors'", "io.BytesIO()", "''", "'missing/t'", "'t.npz'", "'.'", "b't'"]
DATASETS = ["Pairs(5)", "Pairs(0)", "range(7)", "[1, 2, 3]", "utils.data.TensorDataset(rv.ones(4, 2))"]


class Values:
    """Draws arguments for one call; its tensors have a shape and a dtype in common, mostly."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.shape = rng.choice(SHAPES)
        self.dtype = rng.choice(DTYPES) if rng.random() < 0.4 else "float32"

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def tensor(self) -> str:
        shape = self.shape if self.chance(0.7) else self.rng.choice(HUGE if self.chance(0.15) else SHAPES)
        dtype = self.dtype if self.chance(0.8) else self.rng.choice(DTYPES)
        make = self.rng.choice(["rv.ones", "rv.zeros", "rv.rand", "rv.randn", "rv.full"])
        if make == "rv.full":
            number = self.rng.choice(["3", "0", "1", *FLOATS[:5], "float('nan')", "float('inf')"])
            text = f"rv.full({shape}, {number}, dtype=rv.{dtype})"
        elif make in ("rv.rand", "rv.randn"):
            text = f"{make}({shape})" + ("" if dtype == "float32" else f".to(rv.{dtype})")
        else:
            text = f"{make}({shape}, dtype=rv.{dtype})"
        if self.chance(0.25):
            layout = self.rng.choice(LAYOUTS)
            text = layout.format("(lambda t: t)(" + text + ")") if layout.count("{0}") == 1 else text
        elif self.chance(0.25) and dtype.startswith(("float", "bfloat")):
            text = text + ".requires_grad_()"
        return text

    def int(self) -> str:
        return self.rng.choice(INTS if self.chance(0.3) else ["0", "1", "2", "3", "4", "-1", "-2"])

    def float(self) -> str:
        return self.rng.choice(FLOATS if self.chance(0.5) else ["0.5", "0.1", "0.9", "1.0"])

    def ints(self) -> str:
        if self.chance(0.3):
            return self.rng.choice(SHAPES + HUGE)
        return "(" + "".join(self.int() + ", " for _ in range(self.rng.randint(0, 4))) + ")"

    def hostile(self) -> str:
        """Anything at all."""
        kind = self.rng.randrange(6)
        if kind == 0:
            return self.tensor()
        if kind == 1:
            return self.rng.choice(INTS)
        if kind == 2:
            return self.rng.choice(FLOATS)
        return self.rng.choice(OTHERS)

    def fitting(self, name: str, annotation: str) -> str:
        """What the annotation asks for, where it says something."""
        kinds = self.kinds(name, annotation)
        return self.rng.choice(kinds)() if kinds else self.hostile()

    def kinds(self, name: str, annotation: str) -> list:
        found = []
        choose = self.rng.choice
        if name in ("dim", "dims", "dim0", "dim1", "axis", "start_dim", "end_dim"):
            return [lambda: choose(["0", "1", "-1", "-2", "2", "(0, 1)", "None", "()", "-13", "2**62"])]
        if name in ("params", "parameters"):
            return [
                lambda: choose(
                    ["ps((2, 3))", "ps((3,), ())", "ps((0,), (2, 2))", "nn.Linear(3, 2).parameters()"]
                )
            ]
        if "Optimizer" in annotation or name == "optimizer":
            return [lambda: choose(OPTIMIZERS)]
        if "Module" in annotation or name in ("module", "model"):
            found.append(lambda: choose(MODULES))
        if "Callable" in annotation or name in ("f", "func", "function", "fn"):
            found.append(lambda: choose(CALLABLES))
        if "Dataset" in annotation or name in ("dataset", "datasets", "data_source"):
            found.append(lambda: choose(DATASETS))
        if name in ("path", "file", "filename") or "Path" in annotation:
            found.append(lambda: choose(PATHS))
        literals = re.findall(r"Literal\[([^\]]*)\]", annotation)
        if literals:
            found.append(lambda: choose(literals[0].split(",")).strip())
        if re.search(r"(Sequence|tuple|list|Iterable)\[(int|Tensor)", annotation):
            several = "Tensor" in annotation
            found.append(lambda: f"[{self.tensor()}, {self.tensor()}]" if several else self.ints())
        elif "Tensor" in annotation:
            found.append(self.tensor)
        if re.search(r"\bint\b", annotation):
            found.append(self.int)
        if re.search(r"\bfloat\b|Number|Scalar", annotation):
            found.append(self.float)
        if re.search(r"\bbool\b", annotation):
            found.append(lambda: choose(["True", "False"]))
        if re.search(r"\bdtype\b|DType", annotation):
            found.append(lambda: "rv." + choose(DTYPES))
        if re.search(r"\bstr\b", annotation):
            found.append(lambda: choose(["'mean'", "'sum'", "'none'", "'ij,jk->ik'", "'a'", "''", "'relu'"]))
        if "None" in annotation:
            found.append(lambda: "None")
        return found

    def sample(self, text: str) -> list[str]:
        """A sample's arguments, its tensors drawn: `f(2, 3)` is `rv.randn(2, 3)` in any dtype."""

        values = self

        class Drawn(ast.NodeTransformer):
            def visit_Call(self, node: ast.Call) -> ast.AST:
                if not isinstance(node.func, ast.Name) or node.func.id not in "fib":
                    return node
                shape = [ast.unparse(a) for a in node.args]
                shape = f"({', '.join(shape)},)" if shape else "()"
                bounds = {k.arg: ast.unparse(k.value) for k in node.keywords}
                low, high = bounds.get("low", "-5"), bounds.get("high", "5")
                made = {
                    "f": f"rv.randn{shape}" if shape != "()" else "rv.randn(())",
                    "i": f"rv.randint({low}, ({high}) + 1, {shape})",
                    "b": f"rv.randint(0, 2, {shape}).bool()",
                }[node.func.id]
                if node.func.id == "f" and values.dtype != "float32":
                    made += f".to(rv.{values.dtype})"
                if node.func.id == "f" and values.chance(0.2):
                    made += ".requires_grad_()" if values.dtype in DTYPES[:4] else ".flip(-1)"
                return ast.parse(made, mode="eval").body

        call = ast.parse(f"_({text})", mode="eval").body
        assert isinstance(call, ast.Call)
        found = [ast.unparse(Drawn().visit(a)) for a in call.args]
        return found + [f"{k.arg}={ast.unparse(Drawn().visit(k.value))}" for k in call.keywords]
