"""Samples of the functions behind layers and losses that record several ops."""

from __future__ import annotations

from ops.samples import SUM, SUMS, Samples

# Every window of a pooling in one dimension.
WINDOWS = "np.lib.stride_tricks.sliding_window_view(input, kernel_size, -1)[..., ::stride or kernel_size, :]"
# Transposed convolutions as convolutions of an input with zeros `z` between its elements, by flipped kernels.
SPREAD_1D = (
    "(z.__setitem__((..., slice(None, None, stride)), input), np.einsum('...cip,cop->...oi', "
    "np.lib.stride_tricks.sliding_window_view(np.pad(z, ((0, 0),) * (z.ndim - 1) + ((dilation * "
    "(weight.shape[-1] - 1) - padding, dilation * (weight.shape[-1] - 1) - padding + output_padding),)), "
    "dilation * (weight.shape[-1] - 1) + 1, -1)[..., ::dilation], weight[..., ::-1]))[1]"
)
SPREAD_2D = (
    "(z.__setitem__((..., slice(None, None, stride), slice(None, None, stride)), input), "
    "np.einsum('...cijpq,copq->...oij', np.lib.stride_tricks.sliding_window_view(np.pad(z, ((0, 0),) * "
    "(z.ndim - 2) + tuple((dilation * (n - 1) - padding, dilation * (n - 1) - padding + output_padding) "
    "for n in weight.shape[2:])), [dilation * (n - 1) + 1 for n in weight.shape[2:]], (-2, -1))"
    "[..., ::dilation, ::dilation], weight[..., ::-1, ::-1]))[1]"
)
# The windows of an adaptive pooling of `x` into `n` along an axis.
ADAPTIVE = (
    "[np.take({x}, np.arange(i * {x}.shape[{axis}] // {n}, -(-(i + 1) * {x}.shape[{axis}] // {n})), {axis}) "
    "for i in range({n})]"
)


def reduced(losses: str, samples: tuple[str, ...], domain: tuple[float, float] = (-3.0, 3.0)) -> Samples:
    """A loss, from the expression for what it reduces."""
    reference = f"(lambda e: {{'none': e, 'sum': e.sum(), 'mean': e.mean()}}[reduction])({losses})"
    return Samples(reference, samples, domain, SUMS, plain=True)


#: Layers and losses.
LAYERS: dict[str, Samples] = {
    "nll_loss": Samples(
        "(lambda w, t, valid: "
        "(lambda each, total: {'none': each, 'sum': each.sum(), 'mean': each.sum() / total}[reduction])"
        "(-np.take_along_axis(input, np.where(valid, t, 0)[:, None], 1)[:, 0] * w[np.where(valid, t, 0)]"
        " * valid, (w[np.where(valid, t, 0)] * valid).sum()))"
        "(np.ones(input.shape[1]) if weight is None else weight, target, target != ignore_index)",
        (
            "f(4, 5), i(4, low=0, high=5)",
            "f(4, 5), i(4, low=0, high=5), f(5), 2",
            "f(4, 5), i(4, low=0, high=5), reduction='none'",
        ),
        (0.2, 3.0),
        SUMS,
        plain=True,
    ),
    "mse_loss": Samples(
        "{'none': (input - target) ** 2, 'sum': ((input - target) ** 2).sum(), "
        "'mean': ((input - target) ** 2).mean()}"
        "[reduction]",
        ("f(4, 5), f(4, 5)", "f(7), f(7), 'sum'"),
        (-3.0, 3.0),
        SUMS,
        plain=True,
    ),
    "l1_loss": reduced(
        "np.abs(input - target)", ("f(4, 5), f(4, 5)", "f(7), f(7), 'sum'", "f(), f(), 'none'")
    ),
    "smooth_l1_loss": reduced(
        "np.where(np.abs(input - target) < beta, (input - target) ** 2 / 2 / max(beta, 1e-30), "
        "np.abs(input - target) - beta / 2)",
        ("f(4, 5), f(4, 5)", "f(7), f(7), 'sum', 0.5", "f(3), f(3), 'none', 0.0"),
    ),
    "huber_loss": reduced(
        "np.where(np.abs(input - target) <= delta, (input - target) ** 2 / 2, "
        "delta * (np.abs(input - target) - delta / 2)) * (1 if weight is None else weight)",
        ("f(4, 5), f(4, 5)", "f(7), f(7), 'sum', 0.5", "f(3), f(3), 'none', 2.0, f(3)"),
    ),
    "binary_cross_entropy": reduced(
        "-(target * np.maximum(np.log(input), -100) + (1 - target) * np.maximum(np.log1p(-input), -100)) "
        "* (1 if weight is None else weight)",
        ("f(4, 5), f(4, 5)", "f(4, 5), f(4, 5), f(5), 'sum'", "f(3), f(3), None, 'none'"),
        (0.05, 0.95),
    ),
    "binary_cross_entropy_with_logits": reduced(
        "((1 - target) * np.logaddexp(0, input) + (1 if pos_weight is None else pos_weight) * target * "
        "np.logaddexp(0, -input)) * (1 if weight is None else weight)",
        (
            "f(4, 5), f(4, 5)",
            "f(4, 5), f(4, 5), f(5), 'sum'",
            "f(4, 5), f(4, 5), None, 'none', f(5)",
            "f(4, 5), f(4, 5), f(4, 1), 'mean', f(5)",
        ),
    ),
    "kl_div": Samples(
        "(lambda e: {'none': e, 'sum': e.sum(), 'mean': e.mean(), 'batchmean': e.sum() / len(input)}"
        "[reduction])(np.exp(target) * (target - input) if log_target "
        "else scipy.special.xlogy(target, target) - target * input)",
        (
            "f(4, 5), f(4, 5)",
            "f(4, 5), f(4, 5), 'batchmean'",
            "f(4, 5), f(4, 5), 'sum', True",
            "f(3), f(3), 'none'",
        ),
        (0.1, 2.0),
        SUMS,
        plain=True,
    ),
    "poisson_nll_loss": reduced(
        "(np.exp(input) - target * input if log_input else input - target * np.log(input + eps)) + "
        "(np.where(target > 1, target * np.log(target) - target + np.log(2 * np.pi * target) / 2, 0) "
        "if full else 0)",
        (
            "f(4, 5), f(4, 5)",
            "f(7), f(7), False, reduction='sum'",
            "f(7), f(7), True, True, reduction='none'",
        ),
        (0.2, 3.0),
    ),
    "gaussian_nll_loss": reduced(
        "(lambda v: (np.log(v) + (input - target) ** 2 / v + (np.log(2 * np.pi) if full else 0)) / 2)"
        "(np.maximum(np.asarray(var)[..., None] if np.ndim(var) == input.ndim - 1 else var, eps))",
        (
            "f(4, 5), f(4, 5), f(4, 5)",
            "f(4, 5), f(4, 5), f(4), reduction='sum'",
            "f(4, 5), f(4, 5), f(4, 1), True, reduction='none'",
            "f(3), f(3), 0.5",
        ),
        (0.3, 3.0),
    ),
    "soft_margin_loss": reduced(
        "np.logaddexp(0, -target * input)", ("f(4, 5), f(4, 5)", "f(7), f(7), 'sum'", "f(0), f(0), 'none'")
    ),
    "hinge_embedding_loss": reduced(
        "np.where(target != -1, input, 0) + np.where(target != 1, np.maximum(margin - input, 0), 0)",
        ("f(4, 5), i(4, 5, low=-1, high=2)", "f(7), i(7, low=-1, high=2), 0.5, 'sum'"),
    ),
    "margin_ranking_loss": reduced(
        "np.maximum(-target * (input1 - input2) + margin, 0)",
        ("f(7), f(7), f(7)", "f(7), f(7), f(7), 0.5, 'sum'", "f(2, 3), f(3), f(2, 1), reduction='none'"),
    ),
    "cosine_similarity": Samples(
        "(x1 * x2).sum(dim) / np.maximum(np.sqrt((x1 * x1).sum(dim)), eps) "
        "/ np.maximum(np.sqrt((x2 * x2).sum(dim)), eps)",
        ("f(4, 5), f(4, 5)", "f(4, 5), f(4, 5), 0", "f(4, 5), f(1, 5), -1, 0.5"),
        (0.3, 3.0),
        SUMS,
        plain=True,
    ),
    "pairwise_distance": Samples(
        "np.linalg.norm(x1 - x2 + eps, p, -1, keepdim)",
        (
            "f(4, 5), f(4, 5)",
            "f(4, 5), f(5), 1.0",
            "f(4, 5), f(4, 5), 3.0, keepdim=True",
            "f(5), f(5), eps=0.1",
        ),
        (-3.0, 3.0),
        SUMS,
        plain=True,
    ),
    "cosine_embedding_loss": reduced(
        "(lambda c: np.where(target == 1, 1 - c, 0) + np.where(target == -1, np.maximum(c - margin, 0), 0))"
        "((input1 * input2).sum(-1) "
        "/ np.sqrt(((input1**2).sum(-1) + 1e-12) * ((input2**2).sum(-1) + 1e-12)))",
        ("f(6, 3), f(6, 3), i(6, low=-1, high=2)", "f(6, 3), f(6, 3), i(6, low=-1, high=2), 0.25, 'sum'"),
        (0.3, 3.0),
    ),
    "triplet_margin_loss": reduced(
        "(lambda d: np.maximum(d(anchor, positive) - (np.minimum(d(anchor, negative), d(positive, negative)) "
        "if swap else d(anchor, negative)) + margin, 0))(lambda x, y: np.linalg.norm(x - y + eps, p, -1))",
        ("f(6, 3), f(6, 3), f(6, 3)", "f(6, 3), f(6, 3), f(6, 3), 2.0, 1.0, swap=True, reduction='sum'"),
    ),
    "multi_margin_loss": reduced(
        "(lambda at: (np.maximum(margin - at + input, 0) ** p * "
        "(np.arange(input.shape[-1]) != target[..., None])).sum(-1) "
        "* (1 if weight is None else weight[target]) / input.shape[-1])"
        "(np.take_along_axis(input, target[..., None], -1))",
        (
            "f(6, 5), i(6, low=0, high=5)",
            "f(5), i(low=0, high=5), 2",
            "f(6, 5), i(6, low=0, high=5), 2, 0.5, f(5), 'sum'",
        ),
    ),
    "batch_norm_moments": Samples(
        "(lambda m, v, at: ((input - m.reshape(at)) / np.sqrt(v.reshape(at) + eps) * "
        "(1 if weight is None else weight.reshape(at)) + (0 if bias is None else bias.reshape(at)), m, v))"
        "(input.mean((0, *range(2, input.ndim))), input.var((0, *range(2, input.ndim))), "
        "(-1,) + (1,) * (input.ndim - 2))",
        (
            "f(4, 3)",
            "f(4, 3), f(3), f(3), 0.1",
            "f(2, 3, 5), f(3)",
            "f(5, 2, 3, 4), f(2), f(2)",
            "f(70, 33), f(33), f(33)",
            "f(6, 3, 1100), None, f(3)",
        ),
        (-3.0, 3.0),
        ("sum", 8.0),
        plain=True,
    ),
    "batch_norm_fixed": Samples(
        "(lambda at: (input - mean.reshape(at)) / np.sqrt(var.reshape(at) + eps) * "
        "(1 if weight is None else weight.reshape(at)) + (0 if bias is None else bias.reshape(at)))"
        "((-1,) + (1,) * (input.ndim - 2))",
        ("f(4, 3), f(3), f(3)", "f(2, 3, 5), f(3), f(3), f(3), f(3), 0.1", "f(0, 3), f(3), f(3), None, f(3)"),
        (0.3, 3.0),
        ("sum", 8.0),
        plain=True,
    ),
    "max_pool1d": Samples(
        f"{WINDOWS}.max(-1)",
        ("f(2, 3, 8), 2", "f(3, 9), 3, 2", "f(1, 1), 1", "f(0, 2, 5), 2", "f(2, 40), 5, 1"),
    ),
    "max_pool1d_with_indices": Samples(
        "(lambda w: (w.max(-1), w.argmax(-1) + np.arange(w.shape[-2]) * (stride or kernel_size)))"
        f"({WINDOWS})",
        ("f(2, 3, 8), 2", "f(3, 9), 3, 2", "f(0, 2, 5), 2"),
    ),
    "max_pool2d_with_indices": Samples(
        "(lambda w: (w.max((-2, -1)), (lambda flat: (np.arange(w.shape[-4])[:, None] * stride"
        " + flat // kernel_size) * input.shape[-1] + np.arange(w.shape[-3]) * stride + flat % kernel_size)"
        "(w.reshape(*w.shape[:-2], kernel_size**2).argmax(-1))))(np.lib.stride_tricks.sliding_window_view("
        "input, (kernel_size, kernel_size), (-2, -1))[..., ::stride, ::stride, :, :])",
        ("f(2, 3, 8, 6), 2, 2", "f(3, 9, 7), 3, 2", "f(0, 2, 5, 5), 2, 1", "f(1, 20, 20), 17, 3"),
    ),
    "avg_pool1d": Samples(
        f"{WINDOWS}.mean(-1)",
        ("f(2, 3, 8), 2", "f(3, 9), 3, 2", "f(1, 1), 1", "f(0, 2, 5), 2", "f(2, 40), 5, 1"),
        accuracy=SUM,
    ),
    "adaptive_avg_pool1d": Samples(
        f"np.stack([part.mean(-1) for part in {ADAPTIVE.format(n='output_size', axis=-1, x='input')}], -1)",
        ("f(2, 3, 8), 4", "f(3, 9), 5", "f(2, 7), 1", "f(0, 2, 5), 3", "f(2, 3), 7"),
        accuracy=SUM,
    ),
    "adaptive_max_pool1d": Samples(
        f"(lambda parts: (np.stack([part.max(-1) for part in parts], -1), np.stack([part.argmax(-1) + "
        "i * input.shape[-1] // output_size for i, part in enumerate(parts)], -1)))"
        f"({ADAPTIVE.format(n='output_size', axis=-1, x='input')})",
        ("f(2, 3, 8), 4", "f(3, 9), 5", "f(2, 7), 1", "f(0, 2, 5), 3", "f(2, 3), 7"),
    ),
    "adaptive_avg_pool2d": Samples(
        "np.stack([np.stack([part.mean((-2, -1)) for part in "
        f"{ADAPTIVE.format(n='output_size[1]', axis=-1, x='rows')}], -1) for rows in "
        f"{ADAPTIVE.format(n='output_size[0]', axis=-2, x='input')}], -2)",
        ("f(2, 3, 8, 6), (4, 3)", "f(3, 9, 7), (5, 3)", "f(2, 7, 5), (1, 1)", "f(2, 3, 20), (2, 19)"),
        accuracy=SUM,
    ),
    "adaptive_max_pool2d": Samples(
        "(lambda pick: [np.stack([np.stack([pick(part)[k] for part in "
        f"{ADAPTIVE.format(n='output_size[1]', axis=-1, x='rows')}], -1) for rows in "
        f"{ADAPTIVE.format(n='output_size[0]', axis=-2, x='both')}], -2) for k in (0, 1) for both in "
        "[np.stack([input, np.broadcast_to(np.arange(input.shape[-1] * input.shape[-2])"
        ".reshape(input.shape[-2:]), input.shape)])]])"
        "(lambda w: (lambda x: np.take_along_axis(x, x[:1].argmax(-1, keepdims=True), -1)[..., 0])"
        "(w.reshape(*w.shape[:-2], -1)))",
        ("f(2, 3, 8, 6), (4, 3)", "f(3, 9, 7), (5, 3)", "f(2, 7, 5), (1, 1)", "f(2, 3, 20), (2, 19)"),
    ),
    "conv1d": Samples(
        "np.einsum('...cip,ocp->...oi', np.lib.stride_tricks.sliding_window_view("
        "np.pad(input, ((0, 0),) * (input.ndim - 1) + ((padding, padding),)), "
        "dilation * (weight.shape[-1] - 1) + 1, -1)[..., ::stride, ::dilation], weight) "
        "+ (0 if bias is None else bias[:, None])",
        (
            "f(2, 3, 9), f(4, 3, 3), f(4)",
            "f(3, 9), f(4, 3, 2), None, 2, 1",
            "f(1, 2, 11), f(3, 2, 3), f(3), 3, 2, 2",
            "f(0, 3, 5), f(4, 3, 3)",
            "f(1, 1, 1), f(1, 1, 1)",
        ),
        (-2.0, 2.0),
        SUM,
    ),
    "conv_transpose1d": Samples(
        f"(lambda z: {SPREAD_1D})(np.zeros((*input.shape[:-1], (input.shape[-1] - 1) * stride + 1)))"
        " + (0 if bias is None else bias[:, None])",
        (
            "f(2, 3, 5), f(3, 4, 3), f(4)",
            "f(3, 5), f(3, 2, 4), None, 2, 1, 1",
            "f(1, 2, 4), f(2, 3, 3), f(3), 3, 2, 2, 1, 2",
            "f(0, 3, 5), f(3, 4, 3)",
        ),
        (-2.0, 2.0),
        SUM,
    ),
    "conv_transpose2d": Samples(
        f"(lambda z: {SPREAD_2D})(np.zeros((*input.shape[:-2], (input.shape[-2] - 1) * stride + 1, "
        "(input.shape[-1] - 1) * stride + 1))) + (0 if bias is None else bias[:, None, None])",
        (
            "f(2, 3, 5, 4), f(3, 4, 3, 2), f(4)",
            "f(3, 3, 5), f(3, 2, 4, 4), None, 2, 1, 1",
            "f(1, 2, 4, 3), f(2, 3, 3, 3), f(3), 3, 2, 2, 1, 2",
            "f(0, 3, 5, 5), f(3, 4, 3, 3)",
        ),
        (-2.0, 2.0),
        SUM,
    ),
    "im2col": Samples(
        "np.moveaxis(np.lib.stride_tricks.sliding_window_view(np.pad(input, ((0, 0),) * (input.ndim - 2) + "
        "((padding, padding),) * 2), [dilation * (n - 1) + 1 for n in kernel_size], (-2, -1))"
        "[..., ::stride, ::stride, ::dilation, ::dilation], (-2, -1), (-4, -3))"
        ".reshape(*input.shape[:-3], input.shape[-3] * kernel_size[0] * kernel_size[1], -1)",
        (
            "f(2, 3, 5, 6), (2, 3)",
            "f(3, 5, 6), (3, 2), 2, 1, 2",
            "f(1, 1, 1, 1), (1, 1)",
            "f(1, 2, 7, 6), (2, 2), 1, 1, 3",
        ),
    ),
    "upsample_nearest2d": Samples(
        "input.repeat(scale_factor[0], -2).repeat(scale_factor[1], -1)",
        ("f(2, 3, 4, 5), (2, 3)", "f(1, 1, 1), (1, 1)", "f(0, 2, 3, 3), (2, 2)", "f(2, 9, 20), (1, 4)"),
    ),
    "col2im": Samples(
        "(lambda image: (np.add.at(np.lib.stride_tricks.sliding_window_view(image, kernel_size, (-2, -1), "
        "writeable=True)[..., ::stride, ::stride, :, :], (Ellipsis,), np.moveaxis(input.reshape("
        "*image.shape[:-2], *kernel_size, (output_size[0] + 2 * padding - kernel_size[0]) // stride + 1, -1)"
        ", (-4, -3), (-2, -1))), "
        "image[..., padding:padding + output_size[0], padding:padding + output_size[1]])[1])(np.zeros(("
        "*input.shape[:-2], input.shape[-2] // (kernel_size[0] * kernel_size[1]), "
        "*(n + 2 * padding for n in output_size))))",
        ("f(2, 18, 16), (5, 6), (2, 3)", "f(6, 9), (5, 4), (3, 1), 1, 1, 2", "f(1, 1, 1), (1, 1), (1, 1)"),
        accuracy=SUMS,
        plain=True,
    ),
}
