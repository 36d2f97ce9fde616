"""Whole modules come back from a file as they were; no file decides what is imported."""

import io
import json

import numpy as np
import pytest

import ravine as rv
from ravine import nn
from ravine.errors import DTypeError, FileError
from ravine.io import safetensors
from transforms.layers import LAYERS


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.again = self.first
        self.table = nn.ModuleDict({"a": nn.Dropout(0.5)})
        self.register_buffer("count", rv.tensor([1, 2]), persistent=False)
        self.settings = {"width": 3, "names": ["a", ("b", None)]}
        self.activation = nn.functional.relu

    def forward(self, x):
        return self.activation(self.again(self.first(x)))


class Other(nn.Module):
    pass


def back(obj, **options):
    file = io.BytesIO()
    rv.save(obj, file)
    file.seek(0)
    return rv.load(file, **options)


def test_a_module_of_ones_own():
    net = Net().eval()
    with pytest.raises(FileError, match=r"class .*test_modules\.Net,.*classes=\[Net\].*state_dict"):
        back(net)
    found = back({"net": net, "step": 3}, classes=[Other, Net])["net"]
    x = rv.ones(2, 3)
    assert (type(found), found.training, found.settings) == (Net, False, net.settings)
    assert found.first is found.again
    assert found.activation is nn.functional.relu
    assert "count" not in found.state_dict()
    assert found.count.tolist() == [1, 2]
    assert found(x).tolist() == net(x).tolist()
    assert all(isinstance(p, nn.Parameter) and p.requires_grad for p in found.parameters())
    found(x).sum().backward()
    assert found.first.weight.grad is not None


def test_the_file_has_the_state_dicts_names():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    file = io.BytesIO()
    rv.save(model, file)
    tensors = safetensors.load(file.getvalue())
    assert set(tensors) == set(model.state_dict())


# A lazy one is none yet.
@pytest.mark.parametrize("layer", [name for name in LAYERS if not name.startswith("Lazy")])
def test_every_layer(layer):
    made = eval(f"nn.{layer.split()[0]}({LAYERS[layer].arguments})", {"nn": nn, "ravine": rv})
    found = back(made)
    assert repr(found) == repr(made)
    mine, theirs = found.state_dict(), made.state_dict()
    assert list(mine) == list(theirs)
    for name, value in theirs.items():
        np.testing.assert_array_equal(mine[name].numpy(), value.numpy())


def test_what_cannot_be_saved():
    net = nn.Linear(2, 2)
    net.register_forward_hook(lambda *_: None)
    with pytest.raises(DTypeError, match=r"hooks.*state_dict"):
        back(net)
    net = nn.Linear(2, 2)
    net.scale = lambda x: x
    with pytest.raises(DTypeError, match=r"obj\['scale'\].*state_dict"):
        back(net)


def of_tree(tree):
    metadata = {"format": "ravine", "ravine": json.dumps({"format": 1}), "tree": json.dumps(tree)}
    return io.BytesIO(safetensors.save({"x": rv.ones(1)}, metadata))


EMPTY = [
    ["_transient", []],
    ["_parameters", {"dict": []}],
    ["_buffers", {"dict": []}],
    ["_modules", {"dict": []}],
]


@pytest.mark.parametrize(
    ("name", "state", "text"),
    [
        ("os.system", EMPTY, "class os.system"),
        ("ravine.nn.linear.Nothing", EMPTY, "class ravine.nn.linear.Nothing"),
        ("ravine.optim.sgd.SGD", EMPTY, "class ravine.optim.sgd.SGD"),
        ("ravine.nn.linear.Identity", [], "attributes of a Identity are damaged"),
        ("ravine.nn.linear.Identity", [*EMPTY, ["_forward_hooks", 1]], "damaged"),
        (
            "ravine.nn.linear.Identity",
            [*EMPTY[:1], ["_parameters", {"dict": [["a", 1]]}], *EMPTY[2:]],
            "damaged",
        ),
        ("ravine.nn.linear.Identity", [*EMPTY, ["f", {"function": "os.system"}]], "function 'os.system'"),
        ("ravine.nn.linear.Identity", [*EMPTY, ["f", {"module": 7}]], "tree is not valid"),
    ],
)
def test_files_that_are_wrong(name, state, text):
    with pytest.raises(FileError, match=text):
        rv.load(of_tree({"module": 0, "class": name, "state": {"dict": state}}))


def test_only_modules_are_made():
    with pytest.raises(FileError, match="none"):
        rv.load(of_tree({"module": 0, "class": "x.dict", "state": {"dict": EMPTY}}), classes=[dict])
