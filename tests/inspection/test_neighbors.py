"""Words near each other, and their map: by brute force, and by the eigenvectors of their covariance."""

import math

import numpy as np
import pytest
import torch

from seq2seq_cli.errors import UnknownNameError
from seq2seq_cli.inspection.neighbors import nearest_words, principal_places, word_map


def embeddings(run, side):
    model = run.load_model()
    return (model.encoder if side == "source" else model.decoder).embedding.weight.detach().double().numpy()


def cosine(a, b):
    return float(a @ b / math.sqrt((a @ a) * (b @ b)))


@pytest.mark.parametrize(("side", "word"), [("source", "you"), ("target", "pas")])
def test_neighbors_are_the_words_of_the_greatest_cosine(tiny_run, side, word):
    vocabulary = getattr(tiny_run, f"{side}_vocabulary")
    vectors = embeddings(tiny_run, side)
    own = vocabulary.word_to_index[word]
    expected = sorted(
        ((cosine(vectors[own], vectors[i]), i) for i in range(4, len(vocabulary)) if i != own), reverse=True
    )
    found = nearest_words(tiny_run, word, side, n=7)
    assert (found.word, found.index, found.count, found.side) == (word, own, vocabulary.counts[own], side)
    assert [near.index for near in found.neighbors] == [i for _, i in expected[:7]]
    for near, (value, index) in zip(found.neighbors, expected, strict=False):
        assert near.cosine == pytest.approx(value, abs=1e-6)
        assert (near.word, near.count) == (vocabulary.index_to_word[index], vocabulary.counts[index])


def test_no_special_symbol_is_a_neighbor_and_there_are_no_more_than_there_are_words(tiny_run):
    words = len(tiny_run.source_vocabulary)
    found = nearest_words(tiny_run, "you", n=10_000).neighbors
    assert len(found) == words - 4 - 1
    assert all(near.index >= 4 for near in found)


def test_a_word_is_found_as_text_has_it(tiny_run):
    assert nearest_words(tiny_run, "You") == nearest_words(tiny_run, "you")


@pytest.mark.parametrize(
    ("word", "hint"), [("yuo", "Did you mean 'you'?"), ("zzzz", "s2s inspect vocab"), ("<eos>", "")]
)
def test_an_unknown_word_is_an_error_with_advice(tiny_run, word, hint):
    with pytest.raises(UnknownNameError) as caught:
        nearest_words(tiny_run, word)
    assert f"has no word {word!r}" in str(caught.value)
    assert hint in str(caught.value)


def test_a_map_has_the_most_frequent_words_and_those_that_were_asked_for(tiny_run):
    vocabulary = tiny_run.target_vocabulary
    rarest = vocabulary.index_to_word[int(np.argmin(vocabulary.counts[4:])) + 4]
    found = word_map(tiny_run, "target", most=9, also=[rarest])
    assert [place.word for place in found.words[:-1]] == vocabulary.index_to_word[4:13]
    assert found.words[-1].word == rarest
    assert len(word_map(tiny_run, "target", most=9, also=vocabulary.index_to_word[5:7]).words) == 9
    assert len(word_map(tiny_run, "target", most=10_000).words) == len(vocabulary) - 4
    assert found == word_map(tiny_run, "target", most=9, also=[rarest])


def test_places_are_principal_components():
    vectors = torch.randn(40, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    vectors *= torch.tensor([5.0, 3.0, 1.0, 1.0, 0.5, 0.1])
    places, shares = principal_places(vectors)
    values, directions = np.linalg.eigh(np.cov(vectors.numpy().T))
    order = np.argsort(-values)[:2]
    expected = (vectors - vectors.mean(0)).numpy() @ directions[:, order]
    for ours, theirs, direction in zip(places.T.numpy(), expected.T, directions[:, order].T, strict=True):
        assert ours == pytest.approx(theirs * np.sign(direction[np.abs(direction).argmax()]))
    assert shares == pytest.approx(tuple(values[order] / values.sum()))


@pytest.mark.parametrize("size", [(5, 1), (1, 4), (3, 4)])
def test_few_words_and_narrow_vectors_have_places_too(size):
    vectors = torch.arange(math.prod(size), dtype=torch.float32).view(size) ** 2
    places, shares = principal_places(vectors)
    assert places.shape == (size[0], 2)
    assert places.isfinite().all()
    assert 0 <= sum(shares) <= 1 + 1e-12
