"""Mistakes that users make: the code, the exception, and what its message must say.

`what` are the op and the shapes or values at fault, `where` is the module path if a module ran, `remedy` the
words that tell what to do. At most four are of a kind.
"""

from __future__ import annotations

from dataclasses import dataclass

from ravine import errors


@dataclass(frozen=True)
class Mistake:
    """One row of the table."""

    kind: str
    code: str
    exception: type[BaseException]
    what: tuple[str, ...]
    remedy: str
    where: str = ""


def shape(code: str, *what: str, remedy: str, where: str = "") -> Mistake:
    """A row about shapes: outside of modules, or with `where` inside of one."""
    return Mistake("shape in a module" if where else "shape", code, errors.ShapeError, what, remedy, where)


MISTAKES = [
    shape(
        "ravine.ones(3, 4) @ ravine.ones(3, 4)",
        *("matmul", "(3, 4) and (3, 4)", "is 4", "is 3"),
        remedy="transpose an operand",
    ),
    shape(
        "ravine.ones(2, 3) + ravine.ones(4)",
        *("add", "(2, 3) and (4,)", "dimension -1 is 3 in one and 4 in the other"),
        remedy="Extents must be equal, or 1",
    ),
    shape(
        "ravine.ones(6).reshape(4, -1)",
        *("reshape", "6 elements of shape (6,)", "(4, -1)"),
        remedy="must stay 6",
    ),
    shape(
        "ravine.cat([ravine.ones(2, 3), ravine.ones(2, 4)])",
        *("cat", "tensor 1 has shape (2, 4)", "(2, 3)"),
        remedy="All extents but that of dimension 0 must be equal",
    ),
    shape(
        "Network()(ravine.ones(8, 512))",
        *("matmul", "(8, 512) and (16, 32)", "512", "16"),
        where="first (Linear 16->32)",
        remedy="change the layer's size",
    ),
    shape(
        "Network(last=48)(ravine.ones(8, 16))",
        *("matmul", "(8, 32) and (48, 64)"),
        where="blocks[2].fc1 (Linear 48->64)",
        remedy="change the layer's size",
    ),
    shape(
        "nn.Sequential(nn.Conv2d(3, 8, 3))(ravine.ones(4, 28, 28, 3))",
        *("conv2d", "(4, 28, 28, 3) has 28 channels", "(8, 3, 3, 3)", "3"),
        where="Sequential[0] (Conv2d 3->8, kernel 3x3)",
        remedy="or the input's channels",
    ),
    shape(
        "nn.LayerNorm(8)(ravine.ones(2, 9))",
        *("layer_norm", "(2, 9)", "(8,)"),
        where="LayerNorm (8,)",
        remedy="They must be equal",
    ),
    # ---- Losses ----
    Mistake(
        "loss",
        "F.cross_entropy(ravine.ones(4, 10), ravine.tensor([1, 2, 10, 3]))",
        errors.IndexError,
        ("cross_entropy", "label 10 at position (2,)", "10 classes, 0 to 9"),
        remedy="Labels to be left out must equal ignore_index",
    ),
    Mistake(
        "loss",
        "F.cross_entropy(ravine.ones(4, 10), ravine.arange(5))",
        errors.ShapeError,
        ("cross_entropy", "(4, 10)", "labels of shape (4,)", "(5,)"),
        remedy="Dimension 1 of the input is that of the classes",
    ),
    Mistake(
        "loss",
        "F.cross_entropy(ravine.ones(4, 10), ravine.ones(4))",
        errors.ShapeError,
        ("cross_entropy", "(4, 10)", "(4,)"),
        remedy="Labels must be integers",
    ),
    Mistake(
        "loss",
        "ravine.one_hot(ravine.tensor([0, 3]), 3)",
        errors.IndexError,
        ("one_hot", "index 3", "size 3"),
        remedy="Valid: 0 to 2",
    ),
    # ---- Types ----
    Mistake(
        "dtype",
        "count = ravine.arange(3); count += 0.5",
        errors.DTypeError,
        ("add_", "float32", "int64"),
        remedy="Use the form that returns a new tensor",
    ),
    Mistake(
        "dtype",
        "ravine.arange(3).mean()",
        errors.DTypeError,
        ("mean", "got int64, needs a floating dtype"),
        remedy="Convert with .to(dtype)",
    ),
    Mistake(
        "dtype",
        "ravine.ones(3, 4) @ ravine.ones(4, 2, dtype=ravine.float64)",
        errors.DTypeError,
        ("matmul", "float32 and float64"),
        remedy="Convert one with .to(dtype)",
    ),
    Mistake(
        "dtype",
        "ravine.ones(3)[ravine.ones(2)]",
        errors.DTypeError,
        ("index", "got float32, needs int64 or int32"),
        remedy="Convert with .to(dtype)",
    ),
    Mistake(
        "condition",
        "ravine.where(ravine.ones(3), 1.0, 0.0)",
        errors.DTypeError,
        ("where", "the condition has dtype float32", "must be bool"),
        remedy="`condition != 0`",
    ),
    Mistake(
        "condition",
        "ravine.ones(3).masked_fill(ravine.arange(3), 0.0)",
        errors.DTypeError,
        ("where", "the condition has dtype int64", "must be bool"),
        remedy="`condition != 0`",
    ),
    # ---- Indices and dimensions ----
    Mistake(
        "index",
        "ravine.ones(3, 4)[5]",
        errors.IndexError,
        ("index 5", "dimension 0 of size 3"),
        remedy="Valid: -3 to 2",
    ),
    Mistake(
        "index",
        "ravine.ones(3, 4)[0, ravine.tensor([1, 4])]",
        errors.IndexError,
        ("index 4", "dimension 1 of size 4"),
        remedy="Valid: -4 to 3",
    ),
    Mistake(
        "index",
        "ravine.gather(ravine.ones(2, 3), 1, ravine.tensor([[2], [3]]) + 0).tolist()",
        errors.IndexError,
        ("gather", "index 3", "dimension 1 of size 3"),
        remedy="Valid: 0 to 2",
    ),
    Mistake(
        "dimension",
        "ravine.ones(2, 3).sum(2)",
        errors.IndexError,
        ("sum", "dimension 2", "rank 2"),
        remedy="Use -2 to 1",
    ),
    Mistake(
        "dimension",
        "ravine.ones(2, 3).permute(0, 0)",
        errors.ValueError,
        ("permute", "[0, 0]"),
        remedy="name each of the 2 dimensions once",
    ),
    Mistake(
        "dimension",
        "ravine.softmax(ravine.ones(3))",
        TypeError,
        ("softmax", "missing argument 'dim'"),
        remedy="Signature: (input: Tensor, dim: int",
    ),
    # ---- Gradients ----
    Mistake(
        "gradient",
        "y = (w * w).sum(); y.backward(); y.backward()",
        errors.GradientError,
        ("mul", "already differentiated"),
        remedy="retain_graph=True to the first backward",
    ),
    Mistake(
        "gradient",
        "with ravine.no_grad():\n    y = (w * 2).sum()\ny.backward()",
        errors.GradientError,
        ("backward", "(sum) does not require a gradient", "no_grad"),
        remedy="requires_grad=True",
    ),
    Mistake(
        "gradient",
        "(w * w).backward()",
        errors.GradientError,
        ("backward", "shape (3,)"),
        remedy="Reduce it to one number (sum, mean) or pass gradient=",
    ),
    Mistake(
        "gradient",
        "w -= 0.1",
        errors.GradientError,
        ("sub_", "a leaf tensor that requires a gradient"),
        remedy="under ravine.no_grad()",
    ),
    Mistake(
        "gradient settings",
        "ravine.tensor([1, 2], requires_grad=True)",
        errors.DTypeError,
        ("requires_grad", "int64"),
        remedy="Convert with .to(dtype)",
    ),
    Mistake(
        "gradient settings",
        "(w * 2).numpy()",
        RuntimeError,
        ("numpy", "requires a gradient"),
        remedy="Use .detach().numpy()",
    ),
    # ---- Transforms ----
    Mistake(
        "vmap",
        "ravine.func.vmap(lambda x: x * 2 if x > 0 else x)(ravine.ones(3))",
        errors.StateError,
        ("inside vmap", "cannot be looked at"),
        remedy="Use ravine.where in place of if",
    ),
    Mistake(
        "vmap",
        "ravine.func.vmap(lambda x: x + ravine.rand(2))(ravine.ones(3, 2))",
        errors.StateError,
        ("random", "inside vmap"),
        remedy='randomness="different"',
    ),
    Mistake(
        "vmap",
        "ravine.func.vmap(ravine.add)(ravine.ones(3), ravine.ones(4))",
        ValueError,
        ("vmap", "[3, 4]"),
        remedy="in_dims=None",
    ),
    # ---- Modules and their state ----
    Mistake(
        "module",
        "nn.Linear(3, 4).load_state_dict({'weight': ravine.ones(4, 3)})",
        RuntimeError,
        ("Linear", "Missing key(s)", '"bias"'),
        remedy="strict=False",
    ),
    Mistake(
        "module",
        "nn.Sequential(nn.Linear(3, 4, bias=False)).load_state_dict({'0.weight': ravine.ones(3, 4)})",
        RuntimeError,
        ("Sequential", "[3, 4] from checkpoint"),
        where="0.weight",
        remedy="the shape in current model is [4, 3]",
    ),
    Mistake(
        "module",
        "nn.Sequential(nn.Linear(2, 2), ravine.relu)",
        TypeError,
        ("Function is not a Module subclass",),
        remedy="use the module that does the same",
    ),
    # ---- Optimizers ----
    Mistake(
        "optimizer",
        "parameters = Network().parameters(); list(parameters); optim.SGD(parameters, lr=0.1)",
        ValueError,
        ("optimizer", "empty parameter list"),
        remedy="Call model.parameters() anew",
    ),
    Mistake(
        "optimizer",
        "optim.SGD([w * 2], lr=0.1)",
        ValueError,
        ("non-leaf", "mul"),
        remedy=".detach().clone().requires_grad_()",
    ),
    Mistake(
        "optimizer",
        "optim.Adam(Network().parameters(), 0.1, 0.9)",
        ValueError,
        ("betas", "0.9"),
        remedy="(0.9, 0.999)",
    ),
    # ---- Data ----
    Mistake(
        "data",
        "next(iter(DataLoader([ravine.ones(2), ravine.ones(3)], batch_size=2)))",
        RuntimeError,
        ("default_collate", "(2,), (3,)"),
        remedy="a collate_fn of your own",
    ),
    Mistake(
        "data",
        "ravine.tensor([[1, 2], [3]])",
        errors.ValueError,
        ("tensor", "depth 1", "expected 2, got 1"),
        remedy="different lengths",
    ),
    Mistake(
        "data",
        "nn.Linear(2, 2)(numpy.ones((3, 2), 'float32'))",
        TypeError,
        ("ndarray",),
        where="Linear 2->2",
        remedy="Wrap it in ravine.tensor(...)",
    ),
    # ---- Files ----
    Mistake(
        "file",
        "import io; ravine.load(io.BytesIO(b'PK\\x03\\x04' + bytes(60)))",
        errors.FileError,
        ("the archive is damaged",),
        remedy="Fetch or save it again",
    ),
    Mistake(
        "file",
        "import io; f = io.BytesIO(); ravine.save({'w': w}, f); ravine.load(io.BytesIO(f.getvalue()[:-1]))",
        errors.FileError,
        ("the tensors take 12 bytes, but 11 follow",),
        remedy="cut off",
    ),
    Mistake(
        "file",
        "ravine.save({'sgd': optim.SGD(nn.Linear(2, 2).parameters(), lr=1)}, 'never-written')",
        errors.DTypeError,
        ("obj['sgd'] is ravine.optim.sgd.SGD",),
        remedy="save .state_dict()",
    ),
    Mistake(
        "file",
        "ravine.io.safetensors.save_file({'step': 3}, 'never-written')",
        errors.DTypeError,
        ("save_file", "'step' is int"),
        remedy="ravine.save also writes numbers",
    ),
    Mistake(
        "data set",
        "ravine.datasets.mnist('no-such-folder', 'train')",
        FileNotFoundError,
        ("no-such-folder has neither train-images-idx3-ubyte nor",),
        remedy="ravine.datasets.download",
    ),
    Mistake(
        "data set",
        "ravine.datasets.download('ftp://host/set.zip', 'set.zip')",
        errors.ValueError,
        ("'ftp://host/set.zip'",),
        remedy="should begin with https://",
    ),
    Mistake(
        "data set",
        "ravine.datasets.series('gold')",
        ValueError,
        ("not 'gold'",),
        remedy="one of co2, elnino, nile, sunspots",
    ),
    # ---- The machine and the command line ----
    Mistake(
        "environment",
        "ravine.recipes.load('digits-mpl')",
        KeyError,
        ("unknown recipe 'digits-mpl'",),
        remedy="The recipes are: ",
    ),
    Mistake(
        "environment",
        "ravine.sort(ravine.ones(10**12))[0].tolist()",
        errors.OutOfMemoryError,
        ("4000000.0 MB",),
        remedy="lower the batch size",
    ),
]
