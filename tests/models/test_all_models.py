"""What holds for every model: a folder holds it, copies compute the same, gradients reach all of it."""

import copy
import json
import subprocess
import sys

import pytest

import ravine
from models.examples import EXAMPLES
from ravine import errors, models, nn
from ravine._pytree import flatten


def made(name):
    """The example, in evaluation mode, its inputs, and what it computes of them."""
    ravine.manual_seed(0)
    make, inputs = EXAMPLES[name]
    model, arguments = make().eval(), inputs()
    return model, arguments, tensors(model(*arguments))


def tensors(output):
    return [leaf for leaf in flatten(output)[0] if isinstance(leaf, ravine.Tensor)]


def same(a, b):
    assert len(a) == len(b) > 0
    for x, y in zip(a, b, strict=True):
        assert x.shape == y.shape
        assert (x.detach().numpy().tobytes()) == (y.detach().numpy().tobytes())


def classes():
    """Every model, not the blocks that some files show beside theirs."""
    found = (getattr(models, name) for name in dir(models))
    return {c.__name__ for c in found if isinstance(c, type) and issubclass(c, models.Model)} - {"Model"}


def test_every_model_has_an_example():
    assert classes() == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_folder_holds_it(name, tmp_path):
    model, arguments, before = made(name)
    model.save_pretrained(tmp_path / "folder")
    for kind in (type(model), models.Model):
        again = kind.from_pretrained(tmp_path / "folder")
        assert type(again) is type(model)
        assert json.dumps(again.arguments) == json.dumps(model.arguments)
        same(tensors(again(*arguments)), before)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_copy_computes_the_same(name):
    model, arguments, before = made(name)
    twin = copy.deepcopy(model)
    same(tensors(twin(*arguments)), before)
    assert twin.arguments == model.arguments


@pytest.mark.parametrize("name", EXAMPLES)
def test_gradients_reach_every_parameter(name):
    model, arguments, _ = made(name)
    model.train()
    outputs = [y for y in tensors(model(*arguments)) if y.requires_grad]
    ravine.stack([(y * ravine.randn_like(y)).sum() for y in outputs]).sum().backward()
    without = [path for path, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert without == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_says_what_it_is(name):
    doc = getattr(models, name).__doc__
    assert all(part in doc for part in ("Args:", "Raises:", ">>> ")), "shapes, arguments, errors, an example"
    assert "Shapes:" in doc
    assert "arameters" in doc


def test_importing_ravine_imports_no_model():
    listed = "[m for m in sys.modules if m.startswith('ravine.models.')]"
    code = f"import ravine, sys; ravine.nn; dir(ravine.models); print({listed})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['ravine.models._base']"


def test_an_unknown_model_names_the_nearest():
    name = "MPL"
    with pytest.raises(AttributeError, match=r"no attribute 'MPL'\. Did you mean 'MLP'\?"):
        getattr(models, name)


def test_a_folder_of_something_else(tmp_path):
    models.MLP(sizes=(2, 1)).save_pretrained(tmp_path)

    class Mine(models.Model):
        pass

    with pytest.raises(errors.FileError, match=r"is of 'MLP', which Mine\.from_pretrained does not make"):
        Mine.from_pretrained(tmp_path)
    config = tmp_path / "config.json"
    for text in ("{", "[]", '{"model": "MLP"}', '{"model": "MLP", "arguments": 3}', "\xff"):
        config.write_bytes(text.encode("latin-1"))
        with pytest.raises(errors.FileError, match="no config that save_pretrained wrote"):
            models.MLP.from_pretrained(tmp_path)
    config.write_text('{"model": "os.system", "arguments": {}}')
    with pytest.raises(errors.FileError, match=r"is of 'os\.system'"):
        models.Model.from_pretrained(tmp_path)
    with pytest.raises(FileNotFoundError):
        models.MLP.from_pretrained(tmp_path / "nowhere")


def test_arguments_that_a_config_cannot_hold(tmp_path):
    class Net(models.Model):
        def __init__(self, *, layer):
            super().__init__()
            self.layer = layer

    with pytest.raises(errors.ValueError, match=r"was made with layer=Linear\(.*cannot hold"):
        Net(layer=nn.Linear(2, 2)).save_pretrained(tmp_path)


def test_a_class_of_the_user_makes_its_own(tmp_path):
    class Doubled(models.Model):
        def __init__(self, *, width=3):
            super().__init__()
            self.linear = nn.Linear(width, width)

        def forward(self, x):
            return 2 * self.linear(x)

    model = Doubled(width=2)
    model.save_pretrained(tmp_path)
    x = ravine.ones(1, 2)
    same([Doubled.from_pretrained(tmp_path)(x)], [model(x)])
