"""The ``ravine`` command.

Exit codes: 0 done (a recipe: reached what was asked), 1 the system got in the way (a full disk, a damaged
checkpoint, a machine too busy to be timed), 2 wrong usage (resuming another run, too), 3 a recipe ran through
but did not reach what was asked, 130 interrupted.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

__all__ = ["main"]

REACHED, FAILED, USAGE, NOT_REACHED, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: the arguments, without the program's name; those of the process by default.

    Returns:
        The exit code.

    >>> main(["train", "no-such-recipe"])
    2
    """
    parser = _parser()
    try:
        args = parser.parse_args(argv)
    except SystemExit as end:  # argparse has printed what is wrong, or the help
        return end.code if isinstance(end.code, int) else USAGE
    if args.command is None:
        parser.print_help(sys.stderr)
        return USAGE
    try:
        return args.run(args)
    except KeyboardInterrupt:
        print("\nravine: interrupted", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        print(f"ravine: {_sentence(error)}", file=sys.stderr)
        return FAILED
    except RuntimeError as error:
        from .train.saved_run import CheckpointError, OtherRunError

        if not isinstance(error, CheckpointError):
            raise
        print(f"ravine: {error}", file=sys.stderr)
        return USAGE if isinstance(error, OtherRunError) else FAILED


def _sentence(error: OSError) -> str:
    """What went wrong, and what to do where that is not plain."""
    from errno import EACCES, EEXIST, EISDIR, ENOENT, ENOSPC, ENOTDIR, EPERM, EROFS

    if error.errno == ENOSPC:
        return f"{error}. Free some space; a run that had begun goes on with --resume"
    if error.errno in (EACCES, EEXIST, EISDIR, ENOENT, ENOTDIR, EPERM, EROFS):
        return f"{error}. Choose a folder that can be written, with --out"
    return str(error)


def _parser() -> ArgumentParser:
    from argparse import ArgumentParser

    parser = ArgumentParser(
        prog="ravine", description="A deep-learning library: train a recipe, time ops, or tell what is here."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    train = commands.add_parser("train", help="train a recipe", description="Train a recipe.")
    train.add_argument(
        "recipe", metavar="RECIPE", nargs="?", help="its name; without it the names are listed"
    )
    train.add_argument(
        "--seed",
        type=_whole,
        nargs="+",
        default=[0],
        help="same seed, same numbers (default: 0); several seeds: one run each, and the mean",
    )
    length = train.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs", type=_positive, help="how often to go through the data (default: the recipe's)"
    )
    length.add_argument("--steps", type=_positive, help="how many steps to make, in place of --epochs")
    train.add_argument(
        "--out",
        metavar="DIR",
        help="folder for metrics.jsonl, curve.svg, index.html and the weights (default: runs/RECIPE)",
    )
    train.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run in DIR that was stopped, from its checkpoint",
    )
    _machine(train)
    train.set_defaults(run=_train)

    demo = commands.add_parser(
        "demo", help="run every recipe, and write a page", description="Run every recipe, and write one page."
    )
    demo.add_argument("--out", metavar="DIR", default="runs/demo", help="folder (default: runs/demo)")
    demo.add_argument("--seed", type=_whole, default=0, help="same seed, same numbers (default: 0)")
    demo.add_argument("--steps", type=_positive, help="steps of each recipe, for a quick look at the page")
    _machine(demo)
    demo.set_defaults(run=_demo)

    bench = commands.add_parser(
        "bench",
        help="time ops and training steps against NumPy",
        description="Time ops and training steps against NumPy on this machine.",
    )
    bench.add_argument(
        "words", metavar="WORD", nargs="*", help="only cases whose name has one of these words"
    )
    bench.add_argument("--anyway", action="store_true", help="time also where the machine is too busy for it")
    _machine(bench)
    bench.set_defaults(run=_bench)

    info = commands.add_parser(
        "info", help="version, SIMD level, threads, devices", description="What is installed and used."
    )
    info.set_defaults(run=_info)
    return parser


def _machine(parser: ArgumentParser) -> None:
    """The options that say on what a command runs."""
    parser.add_argument("--device", choices=["cpu"], default="cpu", help="where to compute (default: cpu)")
    parser.add_argument("--threads", type=_positive, help="CPU threads (default: all cores)")


def _use_threads(args: Namespace) -> None:
    if args.threads is not None:
        import ravine

        ravine.set_num_threads(args.threads)


def _whole(text: str) -> int:
    from argparse import ArgumentTypeError

    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"expected a whole number, got {text!r}") from None


def _positive(text: str) -> int:
    from argparse import ArgumentTypeError

    value = _whole(text)
    if value <= 0:
        raise ArgumentTypeError(f"expected a positive number, got {value}")
    return value


def _train(args: Namespace) -> int:
    from . import recipes

    known = recipes.names()
    if args.recipe not in known:
        problem = "which recipe?" if args.recipe is None else f"unknown recipe {args.recipe!r}."
        print(f"ravine train: {problem} The recipes are: {', '.join(known)}", file=sys.stderr)
        return USAGE
    _use_threads(args)
    from .train.result import mean

    out = f"runs/{args.recipe}" if args.out is None else args.out
    main, options = (
        recipes.load(args.recipe),
        {"epochs": args.epochs, "steps": args.steps, "resume": args.resume},
    )
    if len(args.seed) == 1:
        result = main(seed=args.seed[0], out=out, **options)
    else:
        result = mean([main(seed=seed, out=f"{out}/seed-{seed}", **options) for seed in args.seed])
        print(f"{result}, seeds {', '.join(map(str, args.seed))}", flush=True)
    return REACHED if result.reached else NOT_REACHED


def _demo(args: Namespace) -> int:
    from .train.demo import demo

    _use_threads(args)
    path, reached = demo(args.out, seed=args.seed, steps=args.steps)
    print(f"demo: {path}", flush=True)
    return REACHED if reached else NOT_REACHED


def _bench(args: Namespace) -> int:
    from .bench import TooNoisyError, bench

    _use_threads(args)
    try:
        bench(args.words, anyway=args.anyway)
    except KeyError as error:
        print(f"ravine bench: {error.args[0]}", file=sys.stderr)
        return USAGE
    except TooNoisyError as error:
        print(f"ravine bench: {error}", file=sys.stderr)
        return FAILED
    return REACHED


def _info(args: Namespace) -> int:
    import platform

    import ravine
    from ravine import _core

    facts = {
        "ravine": ravine.__version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "simd": _core.simd_level(),
        "threads": ravine.get_num_threads(),
        "devices": "cpu",
        "amx": _amx(_core.simd_level()),
    }
    for name, value in facts.items():
        print(f"{name:8} {value}")
    return REACHED


def _amx(level: str) -> str:
    """Whether the processor's matrix unit is used, and why not."""
    if level == "amx":
        return "granted by the system, and used"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            has = "amx_tile" in file.read()
    except OSError:
        return "not used"
    if not has:
        return "this processor has none"
    import os

    if "RAVINE_SIMD" in os.environ:
        return f"not used: RAVINE_SIMD is {os.environ['RAVINE_SIMD']}"
    return "not granted: the processor has it, but the system refused the permission (or it lacks bfloat16)"


if __name__ == "__main__":
    sys.exit(main())
