"""Convolutional models: counts that are known, a residual network written anew, what a causal one sees."""

import numpy as np
import pytest

import ravine
from models.examples import EXAMPLES
from ravine import autograd, func, models
from ravine.nn import functional as F


def parameters(make):
    with ravine.device("meta"):
        return sum(p.numel() for p in make().parameters())


def test_row_163_teachers_have_their_known_numbers_of_parameters():
    known = {
        models.resnet18: 11_689_512,
        models.resnet34: 21_797_672,
        models.resnet50: 25_557_032,
        models.efficientnet_b0: 5_288_548,
        models.vgg11: 132_863_336,
        models.vgg16: 138_357_544,
        models.LeNet: 61_706,
    }
    assert {make: parameters(make) for make in known} == known


def test_a_residual_network_is_the_formula_written_anew():
    """With the weights of the model, by nothing but convolutions, statistics and sums."""
    ravine.manual_seed(0)
    net = models.ResNet(blocks=[2, 1], widths=[4, 6], classes=3, channels=2, stem="small").double()
    for name, value in net.state_dict().items():
        if "running_mean" in name:
            value.normal_()
    net.eval()
    weights = net.state_dict()

    def norm(x, name):
        mean, var, weight, bias = (
            weights[f"{name}.{part}"].reshape(-1, 1, 1)
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (var + 1e-5).sqrt() * weight + bias

    def block(x, name, stride):
        y = F.conv2d(x, weights[f"{name}.conv1.weight"], stride=stride, padding=1)
        y = norm(y, f"{name}.bn1").clamp(min=0)
        y = norm(F.conv2d(y, weights[f"{name}.conv2.weight"], padding=1), f"{name}.bn2")
        if f"{name}.downsample.0.weight" in weights:
            x = F.conv2d(x, weights[f"{name}.downsample.0.weight"], stride=stride)
            x = norm(x, f"{name}.downsample.1")
        return (x + y).clamp(min=0)

    x = ravine.randn(3, 2, 9, 8, dtype=ravine.float64)
    y = norm(F.conv2d(x, weights["conv1.weight"], padding=1), "bn1").clamp(min=0)
    for name, stride in (("layer1.0", 1), ("layer1.1", 1), ("layer2.0", 2)):
        y = block(y, name, stride)
    expected = y.mean((2, 3)) @ weights["fc.weight"].T + weights["fc.bias"]
    np.testing.assert_allclose(net(x).detach().numpy(), expected.numpy(), rtol=1e-10, atol=1e-12)
    assert not any("downsample" in name for name in weights if name.startswith("layer1"))


def test_a_temporal_network_sees_the_past_as_far_as_it_says():
    ravine.manual_seed(0)
    for layers, kernel in ((1, 2), (3, 2), (2, 3), (4, 1)):
        net = models.TemporalConvNet(inputs=1, outputs=1, width=8, layers=layers, kernel=kernel).double()
        x = ravine.randn(1, 24, 1, dtype=ravine.float64, requires_grad=True)
        seen = ravine.zeros(24, dtype=ravine.bool)
        for _ in range(20):  # relus hide some paths for some inputs
            x = ravine.randn(1, 24, 1, dtype=ravine.float64, requires_grad=True)
            (gradient,) = autograd.grad(net(x)[0, 18, 0], x)
            seen |= gradient[0, :, 0] != 0
        expected = range(19 - net.receptive_field, 19)
        assert seen.nonzero().flatten().tolist() == list(expected)


def twice(n, w):
    """Parameters of two convolutions with their norms."""
    return 9 * n * w + 9 * w * w + 4 * w


def test_a_unet_has_the_parameters_of_its_formula_row_115():
    for skips in (True, False):
        net = models.UNet(widths=(4, 6, 8), classes=2, skips=skips).double().eval()
        counted = sum(p.numel() for p in net.parameters())
        ups = sum(4 * n * m + m for n, m in ((8, 6), (6, 4)))
        merges = sum(twice(2 * m if skips else m, m) for m in (6, 4))
        assert counted == twice(1, 4) + twice(4, 6) + twice(6, 8) + ups + merges + 4 * 2 + 2
        assert tuple(net(ravine.zeros(1, 1, 16, 16, dtype=ravine.float64)).shape) == (1, 2, 16, 16)


def test_features_are_what_the_head_reads():
    net = models.SmallCNN(size=8, widths=(4,), hidden=6).eval()
    x = ravine.randn(5, 1, 8, 8)
    assert (net(x) == net.head(net.features(x))).all()
    assert (net.features(x) >= 0).all()
    resnet = models.ResNet(blocks=[1], widths=[4], classes=3, channels=1).eval()
    x = ravine.randn(2, 1, 16, 16)
    assert (resnet(x) == resnet.fc(resnet.features(x))).all()


def test_intersection_over_union_counts_pixels():
    ravine.manual_seed(0)
    scores, labels = ravine.randn(3, 4, 5, 6), ravine.randint(0, 3, (3, 5, 6))
    answers = scores.argmax(1).numpy()
    shares = []
    for k in range(4):
        a, b = answers == k, labels.numpy() == k
        if (a | b).any():
            shares.append((a & b).sum() / (a | b).sum())
    found = models.intersection_over_union(scores, labels).item()
    assert found == pytest.approx(np.mean(shares))
    alone = ravine.tensor([[[[1.0]], [[0.0]], [[0.0]]]])
    assert models.intersection_over_union(alone, ravine.tensor([[[0]]])).item() == 1.0
    with pytest.raises(ValueError, match=r"scores \(1, 3, 1, 1\) and labels \(1, 2, 1\)"):
        models.intersection_over_union(alone, ravine.zeros(1, 2, 1, dtype=ravine.int64))


def test_what_cannot_be_built():
    for make, message in (
        (lambda: models.SmallCNN(size=6, widths=(4, 4)), "size 6 must be a multiple of 2 for each"),
        (lambda: models.SmallCNN(classes=0), "classes must be positive, got 0"),
        (lambda: models.LeNet(channels=0), "channels must be positive"),
        (lambda: models.VGG(stacks=[(1, 4)] * 3, size=12), "size 12 must be a multiple of 2 for each of 3"),
        (lambda: models.ResNet(blocks=[1], block="dense"), "block is 'dense'. Use one of: basic, bottleneck"),
        (
            lambda: models.ResNet(blocks=[1], widths=[1], stem="none"),
            "stem is 'none'. Use 'large' or 'small'",
        ),
        (lambda: models.ResNet(blocks=[1, 1], widths=[4]), "one of each a stage"),
        (lambda: models.EfficientNet(stages=[(1, 2, 3)]), "a stage is"),
        (lambda: models.EfficientNet(stages=[(1, 2, 3, 1, 3)], stem=0), "must be positive"),
        (lambda: models.UNet(widths=(4,), classes=2), "of two levels or more"),
        (lambda: models.TemporalConvNet(inputs=1, outputs=1, layers=0), "must be positive"),
    ):
        with pytest.raises(ValueError, match=message):
            make()
    with pytest.raises(ValueError, match=r"H and W multiples of 4\. Pad the pictures"):
        models.UNet(widths=(2, 2, 2), classes=2)(ravine.zeros(1, 1, 6, 8))
    with pytest.raises(ValueError, match="the linear layers are for size 8"):
        models.VGG(stacks=[(1, 4)], size=8, hidden=4)(ravine.zeros(1, 3, 16, 16))


FAMILY = ("EfficientNet", "LeNet", "MLP", "ResNet", "SmallCNN", "TemporalConvNet", "UNet", "VGG")


def test_samples_directions_and_second_derivatives():
    """Each sample's gradient by vmap; what a direction changes, once and twice: two ways that agree."""
    for name in FAMILY:
        ravine.manual_seed(0)
        make, inputs = EXAMPLES[name]
        model, (x,) = make().double().eval(), inputs()
        x = x[:2].double()
        parameters = {path: p.detach() for path, p in model.named_parameters()}
        buffers = dict(model.named_buffers())

        def loss(parameters, x, model=model, buffers=buffers):
            return func.functional_call(model, (parameters, buffers), (x,)).square().mean()

        def alone(parameters, sample, loss=loss):
            return loss(parameters, sample.unsqueeze(0))

        each = func.vmap(func.grad(alone), in_dims=(None, 0))(parameters, x)
        for number in range(2):
            for path, gradient in func.grad(alone)(parameters, x[number]).items():
                np.testing.assert_allclose(
                    each[path][number].numpy(),
                    gradient.numpy(),
                    rtol=1e-8,
                    atol=1e-12,
                    err_msg=f"{name}.{path}",
                )
        v = {path: ravine.randn_like(p) for path, p in parameters.items()}
        gradient = func.grad(loss)(parameters, x)
        _, forward = func.jvp(lambda p, loss=loss, x=x: loss(p, x), (parameters,), (v,))
        backward = ravine.stack([(gradient[path] * v[path]).sum() for path in v]).sum()
        assert forward.item() == pytest.approx(backward.item(), rel=1e-9), name
        # H v by a direction of the gradient, and by the gradient of a direction.
        _, over = func.jvp(lambda p, loss=loss, x=x: func.grad(loss)(p, x), (parameters,), (v,))

        def along(p, loss=loss, x=x, v=v):
            return func.jvp(lambda p: loss(p, x), (p,), (v,))[1]

        under = func.grad(along)(parameters)
        for path in v:
            np.testing.assert_allclose(
                over[path].numpy(), under[path].numpy(), rtol=1e-7, atol=1e-10, err_msg=f"{name}.{path}"
            )
