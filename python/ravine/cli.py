"""The ``ravine`` command.

Exit codes: 0 done (a recipe: reached what was asked), 1 the system got in the way (a file, say), 2 wrong
usage, 3 a recipe ran through but did not reach what was asked, 130 interrupted.
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
        print(f"ravine: {error}", file=sys.stderr)
        return FAILED


def _parser() -> ArgumentParser:
    from argparse import ArgumentParser

    parser = ArgumentParser(
        prog="ravine", description="A deep-learning library: train a recipe, or tell what is here."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    train = commands.add_parser("train", help="train a recipe", description="Train a recipe.")
    train.add_argument(
        "recipe", metavar="RECIPE", nargs="?", help="its name; without it the names are listed"
    )
    train.add_argument(
        "--seed",
        type=int,
        nargs="+",
        default=[0],
        help="same seed, same numbers (default: 0); several seeds: one run each, and the mean",
    )
    length = train.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs", type=_positive, help="how often to go through the data (default: the recipe's)"
    )
    length.add_argument("--steps", type=_positive, help="how many steps to make, in place of --epochs")
    train.add_argument("--threads", type=_positive, help="CPU threads (default: all cores)")
    train.add_argument(
        "--out", metavar="DIR", help="folder for metrics.jsonl and curve.svg (default: runs/RECIPE)"
    )
    train.set_defaults(run=_train)

    info = commands.add_parser(
        "info", help="version, SIMD level, threads", description="What is installed and used."
    )
    info.set_defaults(run=_info)
    return parser


def _positive(text: str) -> int:
    from argparse import ArgumentTypeError

    try:
        value = int(text)
    except ValueError:
        raise ArgumentTypeError(f"expected a whole number, got {text!r}") from None
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
    if args.threads is not None:
        import ravine

        ravine.set_num_threads(args.threads)
    from .train.run import mean

    out = f"runs/{args.recipe}" if args.out is None else args.out
    main, length = recipes.load(args.recipe), {"epochs": args.epochs, "steps": args.steps}
    if len(args.seed) == 1:
        result = main(seed=args.seed[0], out=out, **length)
    else:
        result = mean([main(seed=seed, out=f"{out}/seed-{seed}", **length) for seed in args.seed])
        print(f"{result}, seeds {', '.join(map(str, args.seed))}", flush=True)
    return REACHED if result.reached else NOT_REACHED


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
    }
    for name, value in facts.items():
        print(f"{name:8} {value}")
    return REACHED


if __name__ == "__main__":
    sys.exit(main())
