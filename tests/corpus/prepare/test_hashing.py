"""Sentences as numbers: equal ones equally, whatever block they stand in, and different ones differently."""

import random
from itertools import permutations, product

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.lists import Lists
from seq2seq_cli.corpus.prepare.hashing import hash_sentences, hash_words, mix

many = settings(derandomize=True, deadline=None, max_examples=100)
some_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
some_sentences = st.lists(st.lists(st.sampled_from(["a", "b", "ab", "été", "\0"]), max_size=4), max_size=6)


def hashed(sentences: list[list[str]]) -> list[int]:
    """The numbers of sentences that make a block of their own."""
    words = list(dict.fromkeys(word for sentence in sentences for word in sentence))
    rows = Lists.of([[words.index(word) for word in sentence] for sentence in sentences])
    return hash_sentences(rows, hash_words(pa.array(words, pa.string()))).tolist()


def test_numbers_are_mixed_as_splitmix64_is_published() -> None:
    golden = 0x9E3779B97F4A7C15
    states = np.array([golden * n % 2**64 for n in range(3)], np.uint64)
    assert mix(states).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_every_bit_changes_about_half_of_all_bits() -> None:
    numbers = np.random.default_rng(1).integers(0, 2**64, 2000, np.uint64)
    for bit in range(64):
        changed = mix(numbers) ^ mix(numbers ^ np.uint64(1 << bit))
        share = np.unpackbits(changed.view(np.uint8)).mean()
        assert 0.49 < share < 0.51


@many
@given(st.lists(some_words, max_size=8), st.integers(0, 8), st.integers(0, 8))
def test_a_word_has_its_number_wherever_it_stands(words: list[str], start: int, length: int) -> None:
    alone = [hash_words(pa.array([word], pa.string()))[0] for word in words]
    assert hash_words(pa.array(words, pa.string())).tolist() == alone
    sliced = pa.array(words, pa.string()).slice(start, length)
    assert hash_words(sliced).tolist() == alone[start : start + length]


@many
@given(some_sentences)
def test_sentences_have_equal_numbers_in_any_block_if_and_only_if_they_are_equal(
    sentences: list[list[str]],
) -> None:
    numbers = hashed(sentences)
    for (a, x), (b, y) in product(zip(sentences, numbers, strict=True), repeat=2):
        assert (x == y) == (a == b)
    assert numbers == [hashed([sentence])[0] for sentence in sentences]
    assert numbers == hashed([["other", "words"], *sentences])[1:]


def test_order_borders_and_number_of_words_matter() -> None:
    sentences = [list(order) for order in permutations(["a", "b", "c", "d"])]
    sentences += [["ab", "cd"], ["a", "bcd"], ["abcd"], ["abc", "d"], [], [""], ["", ""], ["\0"], ["\0\0"]]
    sentences += [["a"] * n for n in range(1, 50)] + [["\0", "a"], ["a", "\0"], ["a\0"], ["\0a"]]
    assert len(set(hashed(sentences))) == len(sentences)


def test_words_of_one_letter_repeated_and_long_words_differ() -> None:
    words = ["a" * n for n in range(1, 300)] + ["\0" * n for n in range(1, 300)]
    words += ["x" * 1_000_000, "x" * 999_999 + "y", "y" + "x" * 999_999, "x" * 1_000_001]
    assert len(set(hash_words(pa.array(words)).tolist())) == len(words)


def test_a_hundred_thousand_sentences_do_not_collide() -> None:
    generator = random.Random(1)
    words = [chr(97 + n // 26) + chr(97 + n % 26) for n in range(200)]
    drawn = {tuple(generator.choices(words, k=generator.randint(1, 6))) for _ in range(140_000)}
    sentences = [*drawn, *product(words[:50], repeat=2)]
    number = {word: n for n, word in enumerate(words)}
    rows = Lists.of([[number[word] for word in sentence] for sentence in dict.fromkeys(sentences)])
    numbers = hash_sentences(rows, hash_words(pa.array(words)))
    assert len(numbers) > 100_000
    assert len(np.unique(numbers)) == len(numbers)
    for shift in (0, 32):  # 10^5 halves of 32 bits collide about n^2 / 2^33 times, if they are spread evenly
        halves = np.unique((numbers >> np.uint64(shift)).astype(np.uint32))
        expected = len(numbers) ** 2 / 2**33
        assert len(numbers) - len(halves) < 5 * expected


def test_no_words_and_no_sentences_have_no_numbers() -> None:
    assert hashed([]) == []
    assert hash_words(pa.array([], pa.string())).tolist() == []
