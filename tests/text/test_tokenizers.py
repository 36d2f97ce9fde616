"""Tokenisers: what is encoded is decoded, merges are those that counting everything anew finds."""

import json
import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ravine
from ravine.datasets import shakespeare
from ravine.errors import FileError
from ravine.text import BytePairTokenizer, CharTokenizer, Tokenizer, WordTokenizer, pieces

SPECIALS = ["<pad>", "<begin>", "<end>", "<unknown>"]
PAIRS = BytePairTokenizer.train(shakespeare()[:20_000], merges=300, specials=SPECIALS)
# Every character that JSON or UTF-8 may hold, halves of surrogates too.
TEXTS = st.text(st.characters(codec=None))


@settings(max_examples=300, deadline=None)
@given(TEXTS | st.text("aé \n'1_.\u3042"))
def test_row_126_any_text_comes_back(text):
    assert "".join(pieces(text)) == text
    assert PAIRS.decode(PAIRS.encode(text)) == text
    assert all(number >= len(SPECIALS) for number in PAIRS.encode(text))
    for kind in (CharTokenizer, WordTokenizer):
        tokenizer = kind.train(text)
        assert tokenizer.decode(tokenizer.encode(text)) == text


def slowly(text, merges):
    """Byte-pair encoding by counting every pair anew for each merge; tokens are bytes."""
    words = Counter(tuple(bytes([b]) for b in piece.encode()) for piece in pieces(text))
    learnt = []
    while len(learnt) < merges:
        counts = Counter()
        for word, often in words.items():
            for pair in pairwise(word):
                counts[pair] += often
        best = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
        if best is None or counts[best] < 2:
            break
        learnt.append(best)
        after = Counter()
        for word, often in words.items():
            after[replaced(word, best)] += often
        words = after
    return learnt


def replaced(word, pair):
    out, i = [], 0
    while i < len(word):
        if word[i : i + 2] == pair:
            out.append(pair[0] + pair[1])
            i += 2
        else:
            out.append(word[i])
            i += 1
    return tuple(out)


def test_merges_are_those_of_counting_anew():
    draws = random.Random(0)
    texts = ["", "a", "aaaa aaa aa", "abab " * 3 + "ba", "low lower lowest newer wider " * 4]
    texts += ["".join(draws.choices("ab c", k=60)) for _ in range(20)]
    texts.append(shakespeare()[:2000])
    for text in texts:
        tokenizer = BytePairTokenizer.train(text, merges=30)
        spelt = [bytes([n]) for n in range(256)]
        found = []
        for left, right in tokenizer._state()["merges"]:
            found.append((spelt[left], spelt[right]))
            spelt.append(spelt[left] + spelt[right])
        assert found == slowly(text, 30)
        # A text is encoded by the merges in their order, each from left to right.
        for piece in pieces(text + " lowba abc"):
            word = tuple(bytes([b]) for b in piece.encode())
            for pair in found:
                word = replaced(word, pair)
            assert [spelt[n] for n in tokenizer.encode(piece)] == list(word)


def test_merges_do_not_depend_on_the_order_of_texts():
    lines = shakespeare()[:5000].splitlines(keepends=True)
    one = BytePairTokenizer.train(lines, merges=50)
    assert one._state() == BytePairTokenizer.train(lines[::-1], merges=50)._state()
    assert len(BytePairTokenizer.train("abc", merges=9)) == 256


def test_a_file_holds_each_kind(tmp_path):
    text = "Grüße, \ud800 \x00\n to be or not"
    path = tmp_path / "tokenizer.json"
    kinds = (
        PAIRS,
        CharTokenizer.train(text, specials=SPECIALS),
        WordTokenizer.train(text, specials=SPECIALS),
    )
    for tokenizer in kinds:
        tokenizer.save(path)
        for again in (Tokenizer.load(path), type(tokenizer).load(path)):
            assert type(again) is type(tokenizer)
            assert (len(again), again.specials) == (len(tokenizer), tokenizer.specials)
            assert again.encode(text) == tokenizer.encode(text)
            assert again.decode(tokenizer.encode(text)) == text
    with pytest.raises(FileError, match="is no CharTokenizer that save wrote"):
        CharTokenizer.load(path)
    told = json.loads(path.read_text())
    for damage in (
        "",
        "[]",
        "{}",
        json.dumps(told | {"tokens": 3}),
        json.dumps(told | {"tokens": ["a", "a"]}),
    ):
        path.write_text(damage)
        with pytest.raises(FileError, match=r"tokenizer\.json is"):
            Tokenizer.load(path)


def test_special_tokens_are_no_text():
    for tokenizer in (PAIRS, CharTokenizer.train("<pad> ok", specials=SPECIALS)):
        numbers = tokenizer.encode("<pad>")
        assert not set(numbers) & set(tokenizer.specials.values())
        assert tokenizer.decode([0, *numbers, 2, 1]) == "<pad>"
    words = WordTokenizer.train("to be or not to be", size=5, specials=SPECIALS)
    assert len(words) == 5
    assert words.decode(words.encode("to be")) == "\ufffd be"
    assert words.tokens(words.encode("to be")) == ["<unknown>", " be"]


def test_frequent_words_come_first_and_ties_by_unicode():
    words = WordTokenizer.train("b b a c c d", specials=[])
    assert words._state()["tokens"] == [" c", " a", " b", " d", "b"]


def test_a_batch_is_filled_up_and_masked():
    tokenizer = CharTokenizer.train("abc", specials=SPECIALS)
    texts = ["ab", "", "cab"]
    numbers, mask = tokenizer.batch(texts, begin=True, end=True)
    assert (numbers.dtype, mask.dtype) == (ravine.int64, ravine.bool)
    assert tuple(numbers.shape) == (3, 5)
    assert mask.sum(1).tolist() == [4, 2, 5]
    assert numbers[0].tolist() == [1, 4, 5, 2, 0]
    assert [tokenizer.decode(row) for row in numbers] == texts
    assert (numbers[~mask] == 0).all()
    assert tokenizer.batch(texts, length=1)[0].tolist() == [[4], [0], [6]]
    for none in (tokenizer.batch([]), tokenizer.batch([""])):
        assert none[0].numel() == none[1].numel() == 0
    assert tuple(CharTokenizer.train("ab").batch(["ab", "ba"])[0].shape) == (2, 2)  # nothing is filled up


def test_bytes_that_are_no_text():
    tokenizer = BytePairTokenizer([])
    assert tokenizer.decode([0xC3]) == "\ufffd"
    assert tokenizer.decode(ravine.tensor([0xC3, 0xA9])) == "é"
    assert tokenizer.token(0xC3) == "\\xc3"
