"""The rows of the table that are about the first lines of scripts, mixed precision and files of others."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

_TORCH_FILE = (
    "import io, zipfile; file = io.BytesIO(); archive = zipfile.ZipFile(file, 'w'); "
    "archive.writestr('x/data.pkl', {program!r}); archive.close(); file.seek(0); ravine.load(file)"
)

_NET = "class Net(nn.Module): pass\nimport io; f = io.BytesIO(); ravine.save(Net(), f); f.seek(0)"

# Kind, code, exception, what must be named, remedy.
_ROWS: list[tuple[str, str, type[BaseException], list[str], str]] = [
    # ---- Dtypes, shapes and settings ----
    ("limits", "ravine.finfo(ravine.int64)", errors.DTypeError, ["finfo", "int64"], "Use iinfo"),
    ("limits", "ravine.iinfo(ravine.float32)", errors.DTypeError, ["iinfo", "float32"], "Use finfo"),
    ("limits", "ravine.finfo('wide')", errors.DTypeError, ["finfo", "'wide'"], "ravine.float32"),
    (
        "promotion",
        "ravine.promote_types(ravine.ones(1), ravine.int8)",
        errors.DTypeError,
        ["promote_types"],
        "dtype",
    ),
    (
        "promotion",
        "ravine.result_type('a', 1)",
        errors.DTypeError,
        ["result_type", "str"],
        "tensors and numbers",
    ),
    (
        "default dtype",
        "ravine.set_default_dtype(ravine.int32)",
        errors.DTypeError,
        ["int32"],
        "Use float32, float64",
    ),
    (
        "default dtype",
        "ravine.set_default_dtype(3)",
        errors.DTypeError,
        ["set_default_dtype", "3"],
        "Use float32",
    ),
    (
        "default dtype",
        "ravine.set_default_tensor_type('torch.Wide')",
        errors.ValueError,
        ["'torch.Wide'"],
        "Use a dtype",
    ),
    (
        "older name",
        "ravine.ones(2).type('torch.Wide')",
        errors.ValueError,
        ["type", "'torch.Wide'"],
        "Use a dtype",
    ),
    (
        "older name",
        "ravine.FloatTensor([1.0], [2.0])",
        errors.DTypeError,
        ["FloatTensor", "2 of them"],
        "sizes or data",
    ),
    (
        "one element",
        "ravine.is_nonzero(ravine.ones(2))",
        errors.ValueError,
        ["is_nonzero", "2 elements"],
        "Use .any()",
    ),
    (
        "bytes",
        "ravine.frombuffer(bytearray(3), dtype=ravine.int16)",
        errors.ValueError,
        ["3 bytes"],
        "Give a count",
    ),
    (
        "bytes",
        "ravine.frombuffer(bytearray(4), dtype=ravine.int16, count=9)",
        errors.ValueError,
        ["18 bytes"],
        "has 4",
    ),
    (
        "bytes",
        "ravine.frombuffer(bytearray(4), dtype='x')",
        errors.DTypeError,
        ["'dtype'", "str"],
        "must be a dtype",
    ),
    (
        "setting",
        "ravine.set_float32_matmul_precision('low')",
        errors.ValueError,
        ["'low'"],
        "Use 'highest', 'high'",
    ),
    (
        "setting",
        "ravine.set_printoptions(profile='long')",
        errors.ValueError,
        ["'long'"],
        "Use 'default', 'short'",
    ),
    (
        "setting",
        "ravine.use_deterministic_algorithms('yes')",
        errors.DTypeError,
        ["str"],
        "the mode is a bool",
    ),
    (
        "setting",
        "ravine.set_deterministic_debug_mode('loud')",
        errors.ValueError,
        ["'loud'"],
        "Use 'default', 'warn'",
    ),
    # ---- What is not here ----
    ("compiler", "ravine.compile(3)", errors.DTypeError, ["compile", "int"], "a function or a module"),
    ("compiler", "ravine.jit.script(len)", errors.StateError, ["jit.script", "no TorchScript"], "as it is"),
    (
        "compiler",
        "ravine.onnx.export(nn.ReLU(), w, 'x')",
        errors.StateError,
        ["onnx.export"],
        "Save the weights with",
    ),
    (
        "several",
        "ravine.distributed.all_reduce(w)",
        errors.StateError,
        ["distributed.all_reduce"],
        "Ask distributed",
    ),
    (
        "several",
        "ravine.hub.load('a/b', 'c')",
        errors.StateError,
        ["hub.load"],
        "hub.load_state_dict_from_url",
    ),
    (
        "several",
        "from ravine.utils.data.distributed import DistributedSampler; DistributedSampler([1], 2, 2)",
        errors.ValueError,
        ["DistributedSampler", "rank 2"],
        "Use 0 to 1",
    ),
    (
        "attention",
        "nn.attention.sdpa_kernel(['math'])",
        errors.DTypeError,
        ["sdpa_kernel", "str"],
        "SDPBackend.MATH",
    ),
    (
        "event",
        "a = ravine.cuda.Event(); a.elapsed_time(a)",
        errors.StateError,
        ["elapsed_time"],
        "Call .record()",
    ),
    # ---- Derivatives of functions ----
    (
        "functional",
        "ravine.autograd.functional.jacobian(lambda x: 3, w)",
        errors.DTypeError,
        ["jacobian", "results", "int"],
        "a tensor or a tuple of tensors",
    ),
    (
        "functional",
        "ravine.autograd.functional.hessian(lambda x: x * 2, w)",
        errors.ShapeError,
        ["hessian", "[(3,)]"],
        "Reduce it with .sum()",
    ),
    (
        "functional",
        "ravine.autograd.functional.vjp(lambda x: x * 2, w, ravine.ones(2))",
        errors.ShapeError,
        ["vjp", "[(2,)]", "[(3,)]"],
        "they must be equal",
    ),
    (
        "functional",
        "ravine.autograd.functional.jvp(lambda x: x * 2, w)",
        errors.ValueError,
        ["jvp", "v may be left out"],
        "one element in all",
    ),
    (
        "strategy",
        "ravine.autograd.functional.jacobian(lambda x: x, w, strategy='sideways')",
        errors.ValueError,
        ["'sideways'"],
        "Use 'reverse-mode' or 'forward-mode'",
    ),
    (
        "strategy",
        "ravine.autograd.Variable([1.0])",
        errors.DTypeError,
        ["Variable", "list"],
        "Use ravine.tensor(data)",
    ),
    (
        "ensemble",
        "ravine.func.stack_module_state([])",
        errors.ValueError,
        ["stack_module_state"],
        "no models",
    ),
    (
        "ensemble",
        "ravine.func.stack_module_state([nn.Linear(1, 1), nn.ReLU()])",
        errors.ValueError,
        ["stack_module_state"],
        "differ in class",
    ),
    (
        "ensemble",
        "ravine.func.linearize(lambda x: x * 2, w)[1](ravine.ones(2))",
        ValueError,
        ["linearize", "(2,)"],
        "primals of shapes [(3,)]",
    ),
    # ---- Mixed precision ----
    (
        "autocast",
        "ravine.autocast(ravine.device('cpu'))",
        errors.DTypeError,
        ["autocast"],
        "Pass device.type",
    ),
    (
        "autocast",
        "ravine.autocast('tpu')",
        errors.ValueError,
        ["autocast", "'tpu'"],
        "Use 'cpu', 'gpu' or 'cuda'",
    ),
    (
        "autocast",
        "ravine.set_autocast_dtype('cpu', ravine.int8)",
        TypeError,
        ["set_autocast"],
        "float16 or bfloat16",
    ),
    (
        "scaler",
        "ravine.GradScaler(growth_factor=0.5)",
        errors.ValueError,
        ["growth_factor is 0.5"],
        "more than 1",
    ),
    ("scaler", "ravine.GradScaler().update()", errors.StateError, ["update"], "Call step(optimizer) first"),
    ("scaler", "ravine.GradScaler().scale('loss')", errors.DTypeError, ["scale", "str"], "tuples and lists"),
    (
        "scaler",
        "s = ravine.GradScaler(); o = optim.SGD([w], lr=1); w.sum().backward(); s.unscale_(o); s.unscale_(o)",
        errors.StateError,
        ["unscale_", "already"],
        "Call update() first",
    ),
    (
        "scaler's state",
        "ravine.GradScaler().load_state_dict({})",
        errors.ValueError,
        ["lacks scale"],
        "not enabled",
    ),
    # ---- Files of others ----
    (
        "file of torch",
        _TORCH_FILE.format(program=b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R."),
        errors.FileError,
        ["os.system", "would run code"],
        "Save tensors and plain data",
    ),
    (
        "file of torch",
        _TORCH_FILE.format(program=b"\x80\x02]q\0h\0a."),
        errors.FileError,
        ["more than 100 deep"],
        "contain themselves",
    ),
    (
        "file of torch",
        _TORCH_FILE.format(program=b"\x80\x02]"),
        errors.FileError,
        ["damaged at byte 3"],
        "Fetch or save it again",
    ),
    (
        "module in a file",
        _NET + "; ravine.load(f)",
        errors.FileError,
        ["class", "Net"],
        "load(..., classes=[Net])",
    ),
    (
        "module in a file",
        "import io; net = nn.ReLU(); net.register_forward_hook(print); ravine.save(net, io.BytesIO())",
        errors.DTypeError,
        ["ReLU with hooks"],
        "save .state_dict()",
    ),
]

SCRIPTS = [
    Mistake(kind, code, exception, tuple(what), remedy=remedy)
    for kind, code, exception, what, remedy in _ROWS
]
