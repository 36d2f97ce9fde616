"""Vision transformers: counts, the formula written anew, maps of attention, names of other libraries."""

from functools import partial

import numpy as np
import pytest
import torch

import ravine
from ravine import models


def gradient(leaf):
    """What has flowed back to a leaf."""
    assert leaf.grad is not None
    return leaf.grad


def small(**options):
    sizes = {
        "size": 6,
        "patch": 2,
        "layers": 2,
        "width": 8,
        "heads": 2,
        "hidden": 12,
        "classes": 3,
        "channels": 2,
    }
    return models.ViT(**(sizes | options))


def parameters(make):
    with ravine.device("meta"):
        return sum(p.numel() for p in make().parameters())


def test_row_159_parameters_by_the_formula_and_digits_are_learned():
    """The known counts, their formula, and the recipe's network on some digits, better than chance by far."""
    assert parameters(models.vit_b16) == 86_567_656
    assert parameters(models.vit_ti16) == 5_717_416
    for size, patch, layers, width, classes in (
        (224, 16, 12, 768, 1000),
        (224, 16, 12, 192, 1000),
        (8, 2, 3, 48, 10),
    ):
        tokens, hidden = (size // patch) ** 2, 4 * width
        block = 4 * width**2 + 2 * width * hidden + 9 * width + hidden
        count = (3 * patch**2 + 1) * width + (2 + tokens) * width + layers * block + 2 * width
        sizes = {
            "size": size,
            "patch": patch,
            "layers": layers,
            "width": width,
            "heads": 3,
            "classes": classes,
        }
        assert parameters(partial(models.ViT, **sizes)) == count + (width + 1) * classes

    from ravine.datasets import digits
    from ravine.nn import functional as F

    ravine.manual_seed(0)
    x, y = map(ravine.tensor, digits("train"))
    x, y = x.unsqueeze(1), y.long()
    net = models.ViT(size=8, patch=2, layers=2, width=24, heads=4, hidden=48, classes=10, channels=1)
    optimizer = ravine.optim.AdamW(net.parameters(), lr=5e-3)
    for step in range(100):
        first = step * 64 % 1200
        loss = F.cross_entropy(net(x[first : first + 64]), y[first : first + 64])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    held = (net.eval()(x[1280:]).argmax(1) == y[1280:]).float().mean().item()
    assert held > 0.75, held


def test_the_network_is_the_formula_written_anew():
    """In float64 NumPy, with the weights of the model: patches, positions, attention, norms, GELU."""
    from scipy.special import erf

    ravine.manual_seed(1)
    net = small().double().eval()
    w = {name: value.numpy() for name, value in net.state_dict().items()}
    x = ravine.randn(3, 2, 6, 6, dtype=ravine.float64)

    def norm(x, name):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-6)
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    patches = models.patchify(x, 2).numpy()
    y = patches @ w["patch_embed.proj.weight"].reshape(8, -1).T + w["patch_embed.proj.bias"]
    y = np.concatenate([np.broadcast_to(w["cls_token"], (3, 1, 8)), y], 1) + w["pos_embed"]
    for block in ("blocks.0", "blocks.1"):
        z = norm(y, f"{block}.norm1") @ w[f"{block}.attn.in_proj_weight"].T + w[f"{block}.attn.in_proj_bias"]
        q, k, v = (part.reshape(3, 10, 2, 4).transpose(0, 2, 1, 3) for part in np.split(z, 3, -1))
        scores = np.exp(q @ k.transpose(0, 1, 3, 2) / 2)
        weights = scores / scores.sum(-1, keepdims=True)
        found = net.attention(x)[int(block[-1])].detach().numpy()
        np.testing.assert_allclose(found, weights, rtol=1e-9)
        z = (weights @ v).transpose(0, 2, 1, 3).reshape(3, 10, 8)
        y = y + z @ w[f"{block}.attn.out_proj.weight"].T + w[f"{block}.attn.out_proj.bias"]
        z = norm(y, f"{block}.norm2") @ w[f"{block}.fc1.weight"].T + w[f"{block}.fc1.bias"]
        z = z * (1 + erf(z / np.sqrt(2))) / 2
        y = y + z @ w[f"{block}.fc2.weight"].T + w[f"{block}.fc2.bias"]
    y = norm(y, "norm")
    np.testing.assert_allclose(net.tokens(x).detach().numpy(), y, rtol=1e-8, atol=1e-10)
    expected = y[:, 0] @ w["head.weight"].T + w["head.bias"]
    np.testing.assert_allclose(net(x).detach().numpy(), expected, rtol=1e-8, atol=1e-10)


def test_blocks_are_those_of_torch():
    """torch's own encoder layer, norm first, with the same weights: outputs and gradients."""
    ravine.manual_seed(2)
    block = models.ViTBlock(8, 2, 12).double()
    twin = torch.nn.TransformerEncoderLayer(
        8, 2, 12, 0.0, "gelu", 1e-6, batch_first=True, norm_first=True, dtype=torch.float64
    )
    names = {"attn": "self_attn", "fc1": "linear1", "fc2": "linear2"}
    state = {
        ".".join(names.get(part, part) for part in name.split(".")): torch.from_numpy(value.numpy().copy())
        for name, value in block.state_dict().items()
    }
    twin.load_state_dict(state)
    for shape in ((2, 5, 8), (1, 1, 8)):
        x = ravine.randn(*shape, dtype=ravine.float64, requires_grad=True)
        z = torch.from_numpy(x.detach().numpy().copy()).requires_grad_()
        y, t = block(x), twin(z)
        np.testing.assert_allclose(y.detach().numpy(), t.detach().numpy(), rtol=1e-9, atol=1e-11)
        (y**2).sum().backward()
        (t**2).sum().backward()
        np.testing.assert_allclose(gradient(x).numpy(), gradient(z).numpy(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("names", ["timm", "torchvision"])
def test_weights_with_the_names_of_other_libraries(names):
    """The names as both libraries write them, listed here in full."""
    head = {
        "timm": ["cls_token", "pos_embed", "patch_embed.proj", "norm", "head"],
        "torchvision": ["class_token", "encoder.pos_embedding", "conv_proj", "encoder.ln", "heads.head"],
    }[names]
    block = {
        "timm": ("blocks.{}.", ["norm1", "attn.qkv.", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"]),
        "torchvision": (
            "encoder.layers.encoder_layer_{}.",
            ["ln_1", "self_attention.in_proj_", "self_attention.out_proj", "ln_2", "mlp.0", "mlp.3"],
        ),
    }[names]
    ours = ["cls_token", "pos_embed", "patch_embed.proj", "norm", "head"]
    inner = ["norm1", "attn.in_proj_", "attn.out_proj", "norm2", "fc1", "fc2"]
    ravine.manual_seed(0)
    net, other = small(), small()
    pairs = list(zip(head, ours, strict=True))
    for number in range(2):
        pairs += [
            (block[0].format(number) + a, f"blocks.{number}.{b}")
            for a, b in zip(block[1], inner, strict=True)
        ]
    state, given = net.state_dict(), {}
    for theirs, mine in pairs:
        if mine in state:
            given[theirs] = state[mine]
            continue
        for kind in ("weight", "bias"):
            a, b = (name if name.endswith(("_", ".")) else f"{name}." for name in (theirs, mine))
            given[a + kind] = state[b + kind]
    assert len(given) == len(state)
    other.load_named(given, names=names)
    x = ravine.randn(2, 2, 6, 6)
    assert (other.eval()(x) == net.eval()(x)).all()
    with pytest.raises(RuntimeError, match="head"):
        other.load_named({k: v for k, v in given.items() if "head" not in k}, names=names)


def test_attention_goes_to_everything_and_needs_the_positions():
    ravine.manual_seed(0)
    net = small().eval()
    x = ravine.randn(2, 2, 6, 6)
    for weights in net.attention(x):
        assert tuple(weights.shape) == (2, 2, 10, 10)
        np.testing.assert_allclose(weights.sum(-1).detach().numpy(), 1, atol=1e-6)
    shuffled = models.unpatchify(models.patchify(x, 2).flip(1), 2, 6, 6)
    assert (net(x) - net(shuffled)).abs().max().item() > 1e-6
    with ravine.no_grad():
        net.pos_embed.zero_()
    np.testing.assert_allclose(net(x).detach().numpy(), net(shuffled).detach().numpy(), atol=1e-6)


def test_passing_by_all_blocks_leaves_the_embedding():
    net = small(layers=2, drop_path=1.0)
    assert [block.drop_path.p for block in net.blocks] == [0.0, 1.0]
    x = ravine.randn(2, 2, 6, 6)
    expected = net.norm(net.blocks[0](net.embed(x)))
    assert (net.tokens(x) == expected).all()
