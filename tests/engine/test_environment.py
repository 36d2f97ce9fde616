"""Settings from the environment mean something or are an error; `dir` shows what there is to use."""

import importlib
import os
import subprocess
import sys

import pytest

import ravine
from ravine import _environment

BAD = {
    "RAVINE_NUM_THREADS": ["four", "0", "-1", "1.5", "4 threads", "99999999999999999999", "٤", "inf"],
    "RAVINE_WINDOW": ["many", "0", "-3", "2.0", "1e3", str(2**63), "٤"],
    "RAVINE_EAGER": ["yes", "true", "2", "-1"],
    "RAVINE_CHECK_PLANS": ["yes", "2"],
    "RAVINE_ALLOW_SOFTWARE_GPU": ["no"],
    "RAVINE_GPU_BUDGET": ["much", "0", "-1"],
    "RAVINE_GPU_CAPS": ["least"],
    "RAVINE_SIMD": ["sse", "avx3", "1"],
}
GOOD = {
    "RAVINE_NUM_THREADS": ["1", " 8 ", "4096", ""],
    "RAVINE_WINDOW": ["1", "64", str(2**63 - 1), " "],
    "RAVINE_EAGER": ["0", "1", ""],
    "RAVINE_CHECK_PLANS": ["0", "1"],
    "RAVINE_ALLOW_SOFTWARE_GPU": ["0", "1"],
    "RAVINE_GPU_BUDGET": ["1000000", ""],
    "RAVINE_GPU_CAPS": ["minimal", "full", "staging", "registers"],
    "RAVINE_GPU_ADAPTER": ["llvmpipe", "NVIDIA GeForce"],
    "RAVINE_SIMD": ["portable", "AVX2", ""],
    "RAVINE_SOMETHING_OF_YOUR_OWN": ["x"],
    "PATH": ["x"],
}


def test_garbage_names_variable_value_and_what_is_valid():
    for name, values in BAD.items():
        for value in values:
            with pytest.raises(ravine.errors.ValueError) as caught:
                _environment.check({name: value})
            assert str(caught.value).startswith(f"{name} is {value!r}. It must be ")


def test_good_values_and_other_variables_pass():
    for name, values in GOOD.items():
        for value in values:
            _environment.check({name: value})


def test_a_misspelt_name_is_told():
    with pytest.warns(UserWarning, match="RAVINE_NUM_THREAD. Did you mean RAVINE_NUM_THREADS?"):
        _environment.check({"RAVINE_NUM_THREAD": "4"})


def test_every_variable_that_the_engine_reads_is_checked():
    import pathlib
    import re

    top = pathlib.Path(__file__).parents[2]
    text = "".join(p.read_text() for p in [*top.glob("rust/*/src/**/*.rs"), *top.glob("python/ravine/*.py")])
    read = set(re.findall(r'"(RAVINE_[A-Z_]+)"', text))
    assert read >= {"RAVINE_NUM_THREADS", "RAVINE_WINDOW", "RAVINE_SIMD", "RAVINE_EAGER"}
    # A part of a name may be any text.
    assert read <= BAD.keys() | {"RAVINE_GPU_ADAPTER"}


def test_garbage_is_an_error_at_import():
    for name, value in [("RAVINE_NUM_THREADS", "lots"), ("RAVINE_WINDOW", "0")]:
        done = subprocess.run(
            [sys.executable, "-c", "import ravine"],
            env={**os.environ, name: value},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert f"{name} is '{value}'. It must be a whole number" in done.stderr


NAMESPACES = [
    "ravine",
    *(
        f"ravine.{name}"
        for name in [
            "autograd",
            "errors",
            "func",
            "linalg",
            "nn",
            "optim",
            "utils",
            "io",
            "datasets",
            "train",
            "viz",
        ]
    ),
    *(f"ravine.nn.{name}" for name in ["functional", "init", "utils", "utils.rnn"]),
    *(f"ravine.optim.{name}" for name in ["lr_scheduler", "swa_utils"]),
    *(f"ravine.utils.{name}" for name in ["data", "checkpoint"]),
    "ravine.io.safetensors",
]


@pytest.mark.parametrize("name", NAMESPACES)
def test_dir_shows_the_public_names_and_no_others(name):
    module = importlib.import_module(name)
    shown = dir(module)
    assert set(module.__all__) <= set(shown)
    assert [n for n in shown if n.startswith("_") and not n.startswith("__")] == []
    assert {n for n in shown if not n.startswith("__")} == {
        n for n in module.__all__ if not n.startswith("__")
    }
    for shown_name in shown:
        getattr(module, shown_name)


def test_dir_of_a_fresh_interpreter_has_the_lazy_names():
    code = "import ravine, sys; lazy = 'nn optim viz save load capture summary train'"
    code += "; print({*lazy.split()} <= {*dir(ravine)})"
    code += "; print('ravine.nn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
