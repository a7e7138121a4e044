"""Outputs of two systems that err now and then, and their references."""

import random

import pytest

WORDS = ["je", "tu", "suis", "es", "content", "très", "fatigué", "pas", "ici", ".", "à", "l'école"]


def _sentences(count, generator):
    return [" ".join(generator.choices(WORDS, k=generator.randint(1, 9))) for _ in range(count)]


def _spoilt(sentences, share, generator):
    """Return sentences with words changed, dropped and doubled here and there."""
    kept = [
        [
            word if generator.random() > share else generator.choice([*WORDS, "", "a a"])
            for word in line.split()
        ]
        for line in sentences
    ]
    return [" ".join(" ".join(line).split()) for line in kept]


@pytest.fixture(scope="session")
def references():
    return _sentences(150, random.Random(1))


@pytest.fixture(scope="session")
def others():
    """Return another reference of each sentence."""
    return _sentences(150, random.Random(2))


@pytest.fixture(scope="session")
def good(references):
    return _spoilt(references, 0.2, random.Random(3))


@pytest.fixture(scope="session")
def bad(references):
    return _spoilt(references, 0.5, random.Random(4))
