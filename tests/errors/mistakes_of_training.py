"""The rows of the table about lazy layers, `nn.utils`, and the rarer optimizers; see `mistakes.py`."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

LAYER = "layer = nn.Linear(5, 6); "
PRUNE = f"{LAYER}from ravine.nn.utils import prune; "
PARAMETRIZE = f"{LAYER}from ravine.nn.utils import parametrize, parametrizations; "

# Kind, code, exception, what must be named, remedy.
_ROWS: list[tuple[str, str, type[BaseException], list[str], str]] = [
    # ---- Lazy layers ----
    (
        "lazy",
        "nn.LazyLinear(3).weight.shape",
        RuntimeError,
        ["UninitializedParameter"],
        "Call the module once",
    ),
    ("lazy", "nn.LazyBatchNorm1d().running_mean.tolist()", RuntimeError, ["UninitializedBuffer"], "Call the"),
    (
        "lazy",
        "nn.LazyConv2d(3, 3)(ravine.ones(4, 4))",
        errors.ShapeError,
        ["LazyConv2d", "(4, 4)"],
        "or 3, (C",
    ),
    ("lazy", "nn.LazyBatchNorm1d()(ravine.ones(4))", errors.ShapeError, ["(4,)"], "it must have channels"),
    (
        "lazy groups",
        "nn.LazyConv1d(4, 1, groups=4)(ravine.ones(1, 3, 5))",
        ValueError,
        ["3 channels", "groups=4"],
        "must be divisible",
    ),
    (
        "lazy state",
        "nn.Linear(2, 3).load_state_dict(nn.LazyLinear(3).state_dict())",
        RuntimeError,
        ["weight has no shape in the checkpoint"],
        "its lazy module was never called",
    ),
    ("lazy option", "nn.LazyLinear(3, bais=False)", TypeError, ["unknown argument 'bais'"], "mean 'bias'"),
    # ---- Modules ----
    (
        "extra state",
        "nn.ReLU().set_extra_state(1)",
        RuntimeError,
        ["ReLU.set_extra_state"],
        "Define it together with get_extra_state",
    ),
    (
        "submodule",
        f"{LAYER}layer.set_submodule('act', ravine.relu)",
        ValueError,
        ["no Module"],
        "Pass a layer",
    ),
    (
        "submodule",
        f"{LAYER}layer.set_submodule('', nn.ReLU())",
        ValueError,
        ["name is empty"],
        "Name a module",
    ),
    # ---- nn.utils ----
    (
        "parametrization",
        f"{PARAMETRIZE}parametrize.register_parametrization(layer, 'wieght', nn.Identity())",
        ValueError,
        ["Linear", "'wieght'"],
        "does not have a parameter",
    ),
    (
        "parametrization",
        f"{PARAMETRIZE}parametrize.register_parametrization(layer, 'weight', nn.Flatten(0))",
        ValueError,
        ["(6, 5) before", "(30,) after"],
        "Pass unsafe=True",
    ),
    (
        "parametrization",
        f"{PARAMETRIZE}parametrize.register_parametrization(layer, 'weight', nn.ReLU()); "
        "layer.weight = ravine.ones(6, 5)",
        RuntimeError,
        ["ReLU", "right_inverse"],
        "Define right_inverse",
    ),
    (
        "parametrization",
        f"{PARAMETRIZE}parametrize.remove_parametrizations(layer, 'weight')",
        ValueError,
        ["Linear", "weight"],
        "does not have a parametrization",
    ),
    (
        "saved parametrization",
        f"{PARAMETRIZE}import pickle; pickle.dumps(parametrizations.weight_norm(layer))",
        RuntimeError,
        ["parametrized modules"],
        "Save that, or call remove_parametrizations first",
    ),
    (
        "norm",
        f"{PARAMETRIZE}nn.utils.remove_weight_norm(layer)",
        ValueError,
        ["'weight'", "Linear"],
        "not found",
    ),
    (
        "norm",
        f"{LAYER}nn.utils.weight_norm(nn.utils.weight_norm(layer))",
        RuntimeError,
        ["weight_norm", "weight"],
        "Cannot register two",
    ),
    (
        "norm",
        f"{LAYER}nn.utils.spectral_norm(layer, n_power_iterations=0)",
        ValueError,
        ["n_power_iterations=0"],
        "to be positive",
    ),
    (
        "norm",
        f"{PARAMETRIZE}parametrizations.spectral_norm(layer, dim=2)",
        IndexError,
        ["dim=2", "2 dimensions"],
        "-2 to 1",
    ),
    (
        "orthogonal",
        f"{PARAMETRIZE}parametrizations.orthogonal(layer, 'bias')",
        ValueError,
        ["1 dimensions", "'bias'"],
        "Expected a matrix",
    ),
    (
        "orthogonal",
        f"{PARAMETRIZE}parametrizations.orthogonal(layer, orthogonal_map='qr')",
        ValueError,
        ["'qr'"],
        "'matrix_exp', 'cayley', 'householder'",
    ),
    (
        "amount",
        f"{PRUNE}prune.l1_unstructured(layer, 'weight', -1)",
        ValueError,
        ["amount=-1"],
        "non-negative",
    ),
    (
        "amount",
        f"{PRUNE}prune.l1_unstructured(layer, 'weight', 31)",
        ValueError,
        ["31", "=30"],
        "be smaller than",
    ),
    ("amount", f"{PRUNE}prune.random_unstructured(layer, 'weight', 'a')", TypeError, ["a"], "a share"),
    (
        "pruning",
        f"{PRUNE}prune.ln_structured(layer, 'bias', 1, n=2, dim=0)",
        ValueError,
        ["not of 1"],
        "Use an unstructured method",
    ),
    ("pruning", f"{PRUNE}prune.remove(layer, 'weight')", ValueError, ["'weight'"], "has to be pruned before"),
    (
        "pruning",
        f"{PRUNE}prune.global_unstructured([(layer, 'bias')], prune.LnStructured, amount=1, n=2)",
        TypeError,
        ["LnStructured", "structured"],
        'Only "unstructured"',
    ),
    (
        "fusion",
        "nn.utils.fuse_conv_bn_eval(nn.Conv1d(1, 2, 1), nn.BatchNorm1d(2))",
        errors.AssertionError,
        ["fusion"],
        "Call .eval() on both",
    ),
    (
        "skip_init",
        "nn.utils.skip_init(nn.ReLU)",
        RuntimeError,
        ["ReLU", "'device'"],
        "Make it without skip_init",
    ),
    (
        "norm of gradients",
        "nn.utils.get_total_norm([ravine.ones(2), 3.0])",
        errors.DTypeError,
        ["get_total_norm", "tensors[1]", "float"],
        "Wrap it in ravine.tensor",
    ),
    # ---- Optimizers ----
    ("L-BFGS", "optim.LBFGS([w]).step()", TypeError, ["'closure'"], "optimizer.step(closure)"),
    ("L-BFGS", "optim.LBFGS([w], line_search_fn='armijo')", ValueError, ["'armijo'"], "'strong_wolfe'"),
    (
        "L-BFGS",
        "optim.LBFGS([{'params': [w]}, {'params': [w.detach().clone()]}])",
        ValueError,
        ["LBFGS", "parameter groups"],
        "Pass one list",
    ),
    ("Muon", "optim.Muon([w])", errors.ShapeError, ["Muon", "(3,)"], "Give the others to AdamW"),
    ("Muon", "optim.Muon([w], adjust_lr_fn='rms')", ValueError, ["rms"], "'match_rms_adamw'"),
    ("Muon", "optim.Muon([w], ns_coefficients=(1, 2))", ValueError, ["(1, 2)"], "three numbers"),
    ("rare optimizer", "optim.Rprop([w], etas=(1.2, 0.5))", ValueError, ["1.2, 0.5"], "One is below 1"),
    ("rare optimizer", "optim.Adafactor([w], d=0.5)", ValueError, ["d should be >= 1"], "0.5"),
    ("rare optimizer", "optim.LARS([w], nesterov=True)", ValueError, ["Nesterov"], "requires a momentum"),
    ("rare optimizer", "optim.ASGD([w], t_0=5)", TypeError, ["unknown argument 't_0'"], "Did you mean 't0'?"),
    (
        "hook of steps",
        "o = optim.SGD([w]); o.register_step_pre_hook(lambda o, a, k: 3); o.step()",
        RuntimeError,
        ["SGD.step", "got 3"],
        "must return None or a tuple",
    ),
    (
        "averages",
        "optim.swa_utils.SWALR(optim.SGD([w]), 0.1, anneal_strategy='cubic')",
        ValueError,
        ["cubic"],
        "'cos' or 'linear'",
    ),
    (
        "averages",
        "optim.swa_utils.SWALR(optim.SGD([w]), swa_lr=[0.1, 0.2])",
        ValueError,
        ["swa_lr has 2 values"],
        "must have the same length",
    ),
]

TRAINING = [
    Mistake(kind, code, exception, tuple(what), remedy) for kind, code, exception, what, remedy in _ROWS
]
