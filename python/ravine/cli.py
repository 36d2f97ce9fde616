"""The ``ravine`` command.

Exit codes: 0 done (a recipe: reached what was asked), 1 the system got in the way (a full disk, no memory, a
damaged checkpoint, a machine too busy to be timed, a device that computes wrongly), 2 wrong usage (also a
folder that cannot be written, is in use or has no run to resume), 3 a recipe ran through but did not reach
what was asked, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from .gpu import Adapter

__all__ = ["main"]

REACHED, FAILED, USAGE, NOT_REACHED, SIGNALLED = 0, 1, 2, 3, 128


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
    from .train.interrupt import Interrupts

    args.line = list(sys.argv[1:] if argv is None else argv)
    try:
        with Interrupts():
            return args.run(args)
    except KeyboardInterrupt as error:
        from signal import SIGINT

        print("\n".join(["\nravine: interrupted", *getattr(error, "__notes__", [])]), file=sys.stderr)
        return SIGNALLED + getattr(error, "number", SIGINT)
    except OSError as error:
        print(f"ravine: {_sentence(error)}", file=sys.stderr)
        return USAGE if error.errno in _unusable() else FAILED
    except RuntimeError as error:
        from .errors import OutOfMemoryError
        from .train.saved_run import CheckpointError, FolderInUseError, NoRunError, OtherRunError

        if not isinstance(error, (CheckpointError, FolderInUseError, OutOfMemoryError)):
            raise
        print(f"ravine: {error}", file=sys.stderr)
        return USAGE if isinstance(error, (FolderInUseError, NoRunError, OtherRunError)) else FAILED


def _unusable() -> tuple[int, ...]:
    """The errors that say that a folder is the wrong one."""
    from errno import EACCES, EEXIST, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, EROFS

    return (EACCES, EEXIST, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM, EROFS)


def _sentence(error: OSError) -> str:
    """What went wrong, and what to do where that is not plain."""
    from errno import ENOSPC

    if error.errno == ENOSPC:
        return f"{error}. Free some space; a run that had begun goes on with --resume"
    if error.errno in _unusable():
        return f"{error}. Choose a folder that can be written, with --out"
    return str(error)


def _parser() -> ArgumentParser:
    from argparse import ArgumentParser

    parser = ArgumentParser(
        prog="ravine",
        description="A deep-learning library: train a recipe, time ops, check a device, tell what is here.",
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
        "--epochs", type=_positive, default=0, help="how often to go through the data (default: the scale's)"
    )
    length.add_argument(
        "--steps", type=_positive, default=0, help="how many steps to make, in place of --epochs"
    )
    train.add_argument(
        "--scale",
        choices=["full", "smoke"],
        default="full",
        help="how much of everything: all that reaches what is asked, or a second of it (default: full)",
    )
    train.add_argument(
        "--out",
        metavar="DIR",
        type=_folder,
        help="folder for metrics.jsonl, curve.svg, index.html and the weights (default: runs/RECIPE)",
    )
    train.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run in DIR that was stopped, from its checkpoint",
    )
    _machine(train)
    train.set_defaults(run=_train)

    table = commands.add_parser(
        "recipes",
        help="list the recipes, or run all of them",
        description="List the recipes: section of the course, seconds allowed, last result, what each shows. "
        "With --run, run them, and print one table of what came out.",
    )
    table.add_argument("names", metavar="RECIPE", nargs="*", help="only these (with --run; default: all)")
    table.add_argument("--run", action="store_true", dest="all", help="run them, each in its own process")
    table.add_argument(
        "--out", metavar="DIR", type=_folder, default="runs", help="folder of their folders (default: runs)"
    )
    table.add_argument("--scale", choices=["full", "smoke"], default="full", help="how much of everything")
    _machine(table)
    table.set_defaults(run=_recipes)

    compared = commands.add_parser(
        "compare",
        help="one page for several runs",
        description="Write a page that compares runs: results, what they differ in, and every series.",
    )
    compared.add_argument(
        "folders", metavar="DIR", nargs="+", type=_folder, help="a run's folder, or one that holds some"
    )
    compared.add_argument(
        "--out", metavar="DIR", type=_folder, default="runs", help="folder for compare.html (default: runs)"
    )
    compared.set_defaults(run=_compare)

    demo = commands.add_parser(
        "demo",
        help="run a few recipes, and write a page",
        description="Run the recipes that show most in a few minutes, and write one page.",
    )
    demo.add_argument(
        "--out", metavar="DIR", type=_folder, default="runs/demo", help="folder (default: runs/demo)"
    )
    demo.add_argument("--seed", type=_whole, default=0, help="same seed, same numbers (default: 0)")
    demo.add_argument(
        "--steps", type=_positive, default=0, help="steps of each recipe, for a quick look at the page"
    )
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

    selftest = commands.add_parser(
        "selftest",
        help="check every kernel of a device, and measure its speed",
        description="Check every kernel of a device against float64 NumPy, and measure its speed: a report "
        "to paste into an issue. Exits with 1 if a kernel is wrong.",
    )
    selftest.add_argument("--quick", action="store_true", help="smaller sizes, and a quarter of the time")
    selftest.add_argument("--every", action="store_true", help="a line for each kernel, not for each family")
    _machine(selftest)
    selftest.set_defaults(run=_selftest)

    info = commands.add_parser(
        "info", help="version, SIMD level, threads, devices", description="What is installed and used."
    )
    info.set_defaults(run=_info)
    return parser


def _machine(parser: ArgumentParser) -> None:
    """The options that say on what a command runs."""
    parser.add_argument("--device", type=_device, default="cpu", help="where to compute (default: cpu)")
    parser.add_argument("--threads", type=_threads, help="CPU threads, at most 256 (default: all cores)")


def _device(text: str) -> str:
    """A device that is there and computes."""
    from argparse import ArgumentTypeError

    import ravine
    from ravine.errors import Error

    try:
        ravine.device(text)
        found = ravine.zeros(0, device=text)
    except Error as error:
        raise ArgumentTypeError(str(error).partition(": ")[2]) from None
    if found.is_meta:
        raise ArgumentTypeError("'meta' has shapes without values. Use 'cpu'")
    return str(found.device)


def _use_machine(args: Namespace) -> None:
    """From here on tensors are made on the device that was asked for."""
    import ravine

    if args.threads is not None:
        ravine.set_num_threads(args.threads)
    ravine.set_default_device(args.device)


_LARGEST = (1 << 63) - 1


def _whole(text: str, least: int = -_LARGEST - 1, most: int = _LARGEST) -> int:
    import re
    from argparse import ArgumentTypeError

    if not re.fullmatch("[+-]?[0-9]+", text):
        raise ArgumentTypeError(f"expected a whole number, got {text!r:.60}")
    value = int(text) if len(text) <= 20 else _LARGEST + 1 if text[0] != "-" else -_LARGEST - 2
    if value < least or value > most:
        if least == 1 and value < 1:
            raise ArgumentTypeError(f"expected a positive number, got {text:.60}")
        raise ArgumentTypeError(f"expected a whole number from {least} to {most}, got {text:.60}")
    return value


def _positive(text: str) -> int:
    return _whole(text, 1)


def _threads(text: str) -> int:
    return _whole(text, 1, 256)


def _folder(text: str) -> str:
    from argparse import ArgumentTypeError

    if not text or "\0" in text:
        raise ArgumentTypeError(f"expected a folder, got {text!r}")
    return text


def _train(args: Namespace) -> int:
    from . import recipes

    known = recipes.names()
    if args.recipe not in known:
        print(f"ravine train: {_which(args.recipe, known)}", file=sys.stderr)
        return USAGE
    _use_machine(args)
    from .train.interrupt import Interrupted
    from .train.result import mean

    main = recipes.load(args.recipe)
    out = f"runs/{args.recipe}" if args.out is None else args.out
    runs = {seed: f"{out}/seed-{seed}" for seed in args.seed} if len(args.seed) > 1 else {args.seed[0]: out}
    # Of several seeds, those that had not begun begin now; if none had, resuming is a mistake.
    begun = [seed for seed in runs if _has_run(runs[seed])] if args.resume else []
    results = []
    try:
        for seed, folder in runs.items():
            resume = args.resume and (seed in begun or not begun)
            results.append(
                main(
                    seed=seed,
                    out=folder,
                    epochs=args.epochs,
                    steps=args.steps,
                    scale=args.scale,
                    resume=resume,
                )
            )
    except Interrupted as error:
        if error.resumable or begun:
            error.add_note(f"A checkpoint is saved. Go on with\n  {_again(args.line)}")
        raise
    result = results[0]
    if len(args.seed) > 1:
        result = mean(results)
        print(f"{result}, seeds {', '.join(map(str, args.seed))}", flush=True)
        if len(runs) > 1:
            from .train.compare import compare

            compare(runs.values(), out)
    return REACHED if result.reached else NOT_REACHED


def _recipes(args: Namespace) -> int:
    from . import recipes
    from .recipes import _table

    if not args.all:
        print(_table.listing(args.out), flush=True)
        return REACHED
    known = recipes.names()
    for name in args.names:
        if name not in known:
            print(f"ravine recipes: {_which(name, known)}", file=sys.stderr)
            return USAGE
    options = ["--scale", args.scale, "--device", args.device]
    options += [] if args.threads is None else ["--threads", str(args.threads)]
    return REACHED if _table.run_all(args.names or known, args.out, options) else NOT_REACHED


def _compare(args: Namespace) -> int:
    from .errors import FileError, ValueError
    from .train.compare import compare

    try:
        print(f"compare: {compare(args.folders, args.out)}", flush=True)
    except (FileError, ValueError) as error:
        print(f"ravine compare: {str(error).removeprefix('compare: ')}", file=sys.stderr)
        return USAGE if isinstance(error, ValueError) else FAILED
    return REACHED


def _which(name: str | None, known: list[str]) -> str:
    from difflib import get_close_matches

    if name is None:
        return f"which recipe? The recipes are: {', '.join(known)}"
    close = get_close_matches(name, known, 1)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"unknown recipe {name!r:.60}.{meant} The recipes are: {', '.join(known)}"


def _has_run(folder: str) -> bool:
    from pathlib import Path

    return (Path(folder) / "last.safetensors").exists()


def _again(line: list[str]) -> str:
    """The command that resumes what this one began."""
    import shlex

    return shlex.join(["ravine", *line, *([] if "--resume" in line else ["--resume"])])


def _demo(args: Namespace) -> int:
    from .train.demo import demo

    _use_machine(args)
    path, reached = demo(args.out, seed=args.seed, steps=args.steps)
    print(f"demo: {path}", flush=True)
    return REACHED if reached else NOT_REACHED


def _bench(args: Namespace) -> int:
    from .bench import TooNoisyError, bench

    _use_machine(args)
    try:
        bench(args.words, anyway=args.anyway)
    except KeyError as error:
        print(f"ravine bench: {error.args[0]}", file=sys.stderr)
        return USAGE
    except TooNoisyError as error:
        print(f"ravine bench: {error}", file=sys.stderr)
        return FAILED
    return REACHED


def _selftest(args: Namespace) -> int:
    from .selftest import selftest

    _use_machine(args)
    report = selftest(args.device, quick=args.quick, every=args.every)
    return REACHED if report.passed else FAILED


def _info(args: Namespace) -> int:
    import platform

    import ravine
    from ravine import _core

    facts = {
        "ravine": ravine.__version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "simd": _core.simd_level(),
        "threads": ravine.get_num_threads(),
        "devices": ", ".join(["cpu", *map(_adapter, ravine.gpu.devices())]),
        "amx": _amx(_core.simd_level()),
    }
    for name, value in facts.items():
        print(f"{name:8} {value}")
    return REACHED


def _adapter(adapter: Adapter) -> str:
    """A GPU with what it offers."""
    software = ", software" if adapter.is_software else ""
    has = " ".join(name for name, there in adapter.features.items() if there) or "no features"
    return f"{adapter.device} ({adapter.name}, {adapter.api}{software}; {has})"


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
