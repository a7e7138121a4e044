"""Scores, compared with sacreBLEU called directly."""

import random

import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.metrics import bleu, chrf, exact_match, ter

WORDS = ["je", "tu", "suis", "es", "content", "très", "fatigué", "pas", "ici", "."]


def sentences(count: int, seed: int) -> list[str]:
    generator = random.Random(seed)
    return [" ".join(generator.choices(WORDS, k=generator.randint(2, 9))) for _ in range(count)]


REFERENCES = sentences(40, 1)
OTHERS = sentences(40, 2)
GENERATOR = random.Random(3)
HYPOTHESES = [  # a reference with a word changed here and there
    " ".join(word if GENERATOR.random() < 0.8 else GENERATOR.choice(WORDS) for word in reference.split())
    for reference in REFERENCES
]
ONE = [[reference] for reference in REFERENCES]
TWO = [[reference, other] for reference, other in zip(REFERENCES, OTHERS, strict=True)]


@pytest.mark.parametrize(("references", "streams"), [(ONE, [REFERENCES]), (TWO, [REFERENCES, OTHERS])])
def test_scores_are_those_of_sacrebleu(references: list[list[str]], streams: list[list[str]]) -> None:
    with_words = sacrebleu.corpus_bleu(HYPOTHESES, streams, tokenize="none", force=True)
    assert 20 < with_words.score < 90
    assert bleu(HYPOTHESES, references) == pytest.approx(with_words.score)
    assert chrf(HYPOTHESES, references) == pytest.approx(sacrebleu.corpus_chrf(HYPOTHESES, streams).score)
    assert ter(HYPOTHESES, references) == pytest.approx(sacrebleu.corpus_ter(HYPOTHESES, streams).score)


def test_a_sentence_may_have_more_references_than_another() -> None:
    references = [[first, second] if i % 2 else [first] for i, (first, second) in enumerate(TWO)]
    repeated = [
        right if len(right) == 2 else right * 2 for right in references
    ]  # a reference twice adds nothing
    assert bleu(HYPOTHESES, references) == pytest.approx(bleu(HYPOTHESES, repeated))
    assert chrf(HYPOTHESES, references) == pytest.approx(chrf(HYPOTHESES, repeated))


def test_another_reference_can_only_help() -> None:
    swapped = [[other, reference] for reference, other in TWO]
    assert bleu(REFERENCES, ONE) == pytest.approx(100)
    assert bleu(REFERENCES, swapped) == pytest.approx(100)
    assert bleu(HYPOTHESES, TWO) >= bleu(HYPOTHESES, ONE)


def test_perfect_and_hopeless_outputs_have_the_extreme_scores() -> None:
    hopeless = ["xyz"] * len(REFERENCES)
    assert [metric(REFERENCES, ONE) for metric in (bleu, chrf, exact_match)] == pytest.approx([100] * 3)
    assert ter(REFERENCES, ONE) == 0
    assert [metric(hopeless, ONE) for metric in (bleu, chrf, exact_match)] == [0, 0, 0]
    assert ter(hopeless, ONE) == pytest.approx(100)


def test_bleu_takes_words_as_what_stands_between_spaces() -> None:
    stuck, apart = ["a b c d, e"], ["a b c d , e"]
    assert bleu(stuck, [apart]) < 100  # a tokenizer of its own would find them equal
    assert bleu(stuck, [stuck]) == pytest.approx(100)


def test_no_sentences_score_nothing() -> None:
    assert [metric([], []) for metric in (bleu, chrf, ter, exact_match)] == [0, 0, 0, 0]


def test_an_exact_match_is_one_of_the_references_to_the_letter() -> None:
    assert exact_match(["a", "b", "c", "d"], [["a"], ["x", "b"], {"C"}, ["d "]]) == 50


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.lists(st.sampled_from("abc"), min_size=1)), min_size=1))
def test_exact_match_is_the_share_of_matches(rows: list[tuple[str, list[str]]]) -> None:
    matches = [hypothesis for hypothesis, references in rows if set(references) & {hypothesis}]
    score = exact_match([hypothesis for hypothesis, _ in rows], [references for _, references in rows])
    assert score == pytest.approx(100 * len(matches) / len(rows))


def test_hypotheses_and_references_must_be_of_one_number() -> None:
    with pytest.raises(ValueError, match="shorter"):
        exact_match(["a", "b"], [["a"]])
