"""A small one of each model, and inputs for it: what every test of all models runs over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ravine
from ravine import models


def tokens() -> ravine.Tensor:
    """Two texts of four tokens."""
    return ravine.tensor([[0, 3, 6, 1], [2, 2, 5, 4]])


#: Name of the class: makes the model, makes the arguments of a call.
EXAMPLES: dict[str, tuple[Callable[[], models.Model], Callable[[], tuple[Any, ...]]]] = {
    "AttentionSeq2Seq": (
        lambda: models.AttentionSeq2Seq(source=7, target=5, width=4, hidden=6, dropout=0.1),
        lambda: (ravine.randint(0, 7, (3, 6)), ravine.randint(0, 5, (3, 4)), ravine.tensor([6, 1, 4])),
    ),
    "Autoencoder": (lambda: models.Autoencoder(sizes=(6, 4, 2)), lambda: (ravine.randn(3, 2, 3),)),
    "CouplingFlow": (
        lambda: models.CouplingFlow(size=5, steps=3, hidden=6),
        lambda: (ravine.randn(4, 5),),
    ),
    "DCGAN": (
        lambda: models.DCGAN(size=12, channels=2, latent=3, width=4, stages=2),
        lambda: (ravine.randn(4, 3),),
    ),
    "EfficientNet": (
        lambda: models.EfficientNet(
            stages=[(1, 4, 1, 1, 3), (2, 8, 2, 2, 5)], stem=4, head=8, classes=3, channels=2, stride=1
        ),
        lambda: (ravine.randn(3, 2, 8, 8),),
    ),
    "Denoiser": (
        lambda: models.Denoiser(size=2, width=6, blocks=2),
        lambda: (ravine.randn(4, 2), ravine.arange(4)),
    ),
    "DiffusionUNet": (
        lambda: models.DiffusionUNet(widths=(4, 8), groups=2, classes=3),
        lambda: (ravine.randn(2, 1, 4, 6), ravine.tensor([1, 9]), ravine.tensor([0, 2])),
    ),
    "Encoder": (
        lambda: models.Encoder(
            layers=2, width=8, heads=2, vocabulary=7, context=6, segments=2, dropout=0.1, eps=1e-5
        ),
        lambda: (tokens(), ravine.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool(), tokens() % 2),
    ),
    "EncoderClassifier": (
        lambda: models.EncoderClassifier(
            classes=3, layers=1, width=8, heads=2, vocabulary=7, context=6, dropout=0.1
        ),
        lambda: (tokens(), ravine.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool()),
    ),
    "GPT": (
        lambda: models.GPT(layers=2, width=8, heads=2, vocabulary=7, context=6, dropout=0.1),
        lambda: (tokens(),),
    ),
    "GaussianMixture": (
        lambda: models.GaussianMixture(size=2, components=3),
        lambda: (ravine.randn(5, 2),),
    ),
    "GAN": (
        lambda: models.GAN(data=3, latent=2, hidden=(8,), classes=4, bounded=True),
        lambda: (ravine.randn(5, 2), ravine.tensor([0, 3, 1, 2, 3])),
    ),
    "LeNet": (lambda: models.LeNet(classes=3), lambda: (ravine.randn(3, 1, 28, 28),)),
    "MultiTask": (
        lambda: models.MultiTask(sizes=(6, 8, 4), heads={"a": 3, "b": 1}, dropout=0.1),
        lambda: (ravine.randn(5, 6),),
    ),
    "MLP": (lambda: models.MLP(sizes=(6, 8, 3), dropout=0.1, norm="batch"), lambda: (ravine.randn(4, 6),)),
    "RecurrentLM": (
        lambda: models.RecurrentLM(vocabulary=7, width=6, layers=2, dropout=0.1, tied=True),
        lambda: (ravine.randint(0, 7, (3, 5)),),
    ),
    "ProGAN": (
        lambda: models.ProGAN(widths=(6, 4), latent=3, channels=2, start=2),
        lambda: (ravine.randn(4, 3), 1, 0.25),
    ),
    "ResNet": (
        lambda: models.ResNet(blocks=[1, 2], block="bottleneck", widths=[4, 6], classes=3, channels=2),
        lambda: (ravine.randn(3, 2, 20, 16),),
    ),
    "SequenceClassifier": (
        lambda: models.SequenceClassifier(
            classes=3, vocabulary=7, width=4, hidden=5, layers=2, bidirectional=True, cell="lstm"
        ),
        lambda: (ravine.randint(0, 7, (3, 5)), ravine.tensor([5, 2, 1])),
    ),
    "SequenceTagger": (
        lambda: models.SequenceTagger(classes=3, inputs=2, hidden=5, bidirectional=True, cell="residual"),
        lambda: (ravine.randn(3, 5, 2), ravine.tensor([5, 2, 1])),
    ),
    "RewardModel": (
        lambda: models.RewardModel(layers=1, width=8, heads=2, vocabulary=7, context=6, dropout=0.1),
        lambda: (ravine.randint(0, 7, (3, 5)), ravine.tensor([5, 1, 3])),
    ),
    "SmallCNN": (
        lambda: models.SmallCNN(size=8, widths=(4, 6), hidden=8, classes=3),
        lambda: (ravine.randn(3, 1, 8, 8),),
    ),
    "StyleGAN": (
        lambda: models.StyleGAN(widths=(6, 4), latent=3, width=5, depth=2, channels=2, start=3),
        lambda: (ravine.randn(4, 3), *(ravine.randn(4, 1, size, size) for size in (3, 3, 6, 6))),
    ),
    "TemporalConvNet": (
        lambda: models.TemporalConvNet(inputs=2, outputs=3, width=4, layers=3, dropout=0.1),
        lambda: (ravine.randn(3, 9, 2),),
    ),
    "Translator": (
        lambda: models.Translator(
            source_vocabulary=7, target_vocabulary=7, layers=1, width=8, heads=2, context=6, dropout=0.1
        ),
        lambda: (tokens(), tokens()[:, :3], ravine.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool()),
    ),
    "UNet": (
        lambda: models.UNet(widths=(3, 4, 5), classes=2, channels=1),
        lambda: (ravine.randn(2, 1, 8, 12),),
    ),
    "VGG": (
        lambda: models.VGG(stacks=[(1, 4), (2, 6)], size=8, hidden=8, classes=3, norm=True),
        lambda: (ravine.randn(3, 3, 8, 8),),
    ),
    "VAE": (
        lambda: models.VAE(sizes=(6, 5), latent=2),
        lambda: (ravine.randn(3, 6), ravine.randn(3, 2)),
    ),
    "VIB": (
        lambda: models.VIB(sizes=(6, 5), code=2, classes=3),
        lambda: (ravine.randn(4, 6), ravine.randn(4, 2)),
    ),
    "ViT": (
        lambda: models.ViT(
            size=6,
            patch=2,
            layers=2,
            width=8,
            heads=2,
            hidden=12,
            classes=3,
            channels=2,
            dropout=0.1,
            drop_path=0.2,
        ),
        lambda: (ravine.randn(3, 2, 6, 6),),
    ),
    "HybridViT": (
        lambda: models.HybridViT(size=6, stem=[4, 6], layers=2, width=8, heads=2, hidden=12, classes=3),
        lambda: (ravine.randn(3, 1, 6, 6),),
    ),
    "AttentionCNN": (
        lambda: models.AttentionCNN(widths=[4, 6], heads=2, classes=3),
        lambda: (ravine.randn(3, 1, 8, 8),),
    ),
    "MaskedAutoencoder": (
        lambda: models.MaskedAutoencoder(size=6, patch=2, layers=2, width=8, heads=2, decoder=6, hide=0.6),
        lambda: (ravine.randn(3, 1, 6, 6), ravine.rand(3, 9).argsort(1)),
    ),
    "SimCLR": (
        lambda: models.SimCLR(widths=[4, 6], projection=3),
        lambda: (ravine.randn(3, 1, 6, 6),),
    ),
}
