"""All words and their tokens, compared with counting sentence by sentence."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.prepare.lexicon import Lexicon, TokenTable
from seq2seq_cli.corpus.text import TOKENIZERS, Tokenizer
from seq2seq_cli.corpus.text.tokenizers import WordTokenizer
from seq2seq_cli.corpus.vocabulary import Vocabulary
from seq2seq_cli.symbols import UNK

Block = dict[str, int]

many = settings(derandomize=True, deadline=None, max_examples=100)
some_words = st.sampled_from(["a", "ab", "i'm", "(a)", "été", "...", "▁b", "<eos>"])
some_blocks = st.lists(st.dictionaries(some_words, st.integers(0, 5), max_size=5), max_size=5).filter(any)
needs_no_text = pytest.mark.parametrize(
    "name", [name for name, kind in TOKENIZERS.items() if not kind.learnt]
)


def lexicon_of(blocks: list[Block]) -> Lexicon:
    words = [pa.array(list(block), pa.string()) for block in blocks]
    lexicon = Lexicon.of(words)
    for number, block in enumerate(blocks):
        lexicon.see(number, np.array(list(block.values()), np.int64))
    return lexicon


def counts_of(blocks: list[Block]) -> Counter[str]:
    total: Counter[str] = Counter()
    for block in blocks:
        total.update(block)
    return total


@many
@given(some_blocks)
def test_the_words_of_all_blocks_are_united_and_their_counts_added(blocks: list[Block]) -> None:
    lexicon = lexicon_of(blocks)
    words = lexicon.words.to_pylist()
    assert len(words) == len(set(words))
    assert dict(zip(words, lexicon.counts.tolist(), strict=True)) == counts_of(blocks)
    found = [[words[number] for number in numbers] for numbers in lexicon.numbers]
    assert found == [list(block) for block in blocks]


@needs_no_text
@many
@given(blocks=some_blocks)
def test_tokens_are_those_of_each_word_and_counted_as_often(blocks: list[Block], name: str) -> None:
    lexicon, tokenizer = lexicon_of(blocks), TOKENIZERS[name]()
    table = TokenTable.of(lexicon, tokenizer)
    tokens = table.tokens.to_pylist()
    rows = [[tokens[number] for number in row] for row in table.words.to_arrow().to_pylist()]
    assert rows == [tokenizer.tokenize(word) for word in lexicon.words.to_pylist()]
    expected: Counter[str] = Counter()
    for word, count in counts_of(blocks).items():
        expected.update({token: count * n for token, n in Counter(tokenizer.tokenize(word)).items()})
    assert dict(zip(tokens, table.counts.tolist(), strict=True)) == expected


@many
@given(some_blocks)
def test_indices_are_those_of_the_tokens_in_their_order(blocks: list[Block]) -> None:
    lexicon, tokenizer = lexicon_of(blocks), TOKENIZERS["char"]()
    vocabulary = Vocabulary.of_counts({"a": 2, "▁": 9, "'": 1})
    indices = TokenTable.of(lexicon, tokenizer).indices(vocabulary).to_arrow().to_pylist()
    assert indices == [
        [vocabulary.word_to_index.get(token, UNK) for token in tokenizer.tokenize(word)]
        for word in lexicon.words.to_pylist()
    ]


def test_a_tokenizer_learns_from_the_words_of_the_training_part_alone() -> None:
    class Learner(WordTokenizer):
        learnt = True

        @classmethod
        def learn(cls, counts: Iterable[tuple[str, int]], size: int) -> Tokenizer:
            seen.append((sorted(counts), size))
            return cls()

    seen: list[tuple[list[tuple[str, int]], int]] = []
    lexicon = lexicon_of([{"a": 2, "b": 0}, {"a": 1, "c": 0, "d": 4}])
    assert isinstance(lexicon.learn(Learner, 77), Learner)
    assert seen == [([("a", 3), ("d", 4)], 77)]
