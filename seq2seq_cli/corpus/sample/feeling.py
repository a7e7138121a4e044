"""Patterns of what people feel and need, about things and about one another."""

from collections.abc import Iterator

from seq2seq_cli.corpus.sample import lexicon as lex
from seq2seq_cli.corpus.sample.degrees import (
    A_LITTLE,
    ALMOST,
    ALREADY,
    ALWAYS,
    BARE,
    NEVER,
    NO_LONGER,
    NOT,
    NOT_YET,
    OFTEN,
    SO,
    VERY,
)
from seq2seq_cli.corpus.sample.french import BE, HAVE, with_preposition
from seq2seq_cli.corpus.sample.grammar import Clause, Own, Predicate
from seq2seq_cli.corpus.sample.people import HE, HER, HIM, ME, OTHERS, SHE, THEE, I


def needs() -> Iterator[Predicate]:
    """I'm very hungry. You're always right. She's not cold. They're twenty years old."""
    for english, french in lex.NEEDS:
        for degree in (BARE, VERY, SO, A_LITTLE, ALWAYS, NOT, NO_LONGER):
            yield degree.apply(english, french, verb=HAVE)
    for english, french in lex.JUDGEMENTS:
        for degree in (BARE, ALWAYS, OFTEN, NOT, NEVER):
            yield degree.apply(english, french, verb=HAVE)
    for english, french in lex.AGES:
        for degree in (BARE, ALMOST, ALREADY, NOT):
            yield degree.apply(f"{english} years old", french, "ans", verb=HAVE)


def family_feelings() -> Iterator[Predicate]:
    """I'm proud of my brother. They're not angry with their mother."""
    for relative in lex.FAMILY:
        mine, own = "{my} " + relative.english, Own(relative)
        for degree in (BARE, VERY, NOT):
            yield degree.apply(f"proud of {mine}", lex.PROUD, "de", own)
            yield degree.apply(f"worried about {mine}", lex.WORRIED, "pour", own)
        for degree in (BARE, NOT):
            yield degree.apply(f"angry with {mine}", lex.ANGRY, "contre", own)
        yield NOT.apply(f"ashamed of {mine}", "honte de", own, verb=HAVE)
    for sibling in (lex.BROTHER, lex.SISTER):
        for degree in (BARE, NOT):
            yield degree.apply("jealous of {my} " + sibling.english, lex.JEALOUS, "de", Own(sibling))


FEELINGS = (  # English, what follows être, the preposition, what it is about, how far it goes
    ("worried about", lex.WORRIED, "pour", lex.CAUSES_OF_WORRY, (BARE, VERY, NOT)),
    ("surprised by", lex.SURPRISED, "par", lex.SURPRISES, (BARE, VERY, NOT)),
    ("satisfied with", lex.SATISFIED, "de", lex.OUTCOMES, (BARE, VERY, NOT)),
    ("sure of", lex.SURE, "de", lex.OUTCOMES, (BARE, NOT)),
    ("allergic to", lex.ALLERGIC, "à", lex.ALLERGENS, (BARE, VERY, NOT)),
    ("used to", lex.USED, "à", lex.HABITS, (BARE, NOT, NOT_YET)),
    ("good at", lex.GIFTED, "pour", lex.TALENTS, (BARE, VERY, NOT)),
    ("responsible for", lex.RESPONSIBLE, "de", lex.DUTIES, (BARE, NOT)),
    ("ready for", lex.READY, "pour", lex.EVENTS, (BARE, NOT, NOT_YET)),
    ("late for", "en retard", "pour", lex.EVENTS, (BARE, NOT)),
)


def feelings() -> Iterator[Predicate]:
    """I'm worried about the future. He's not afraid of spiders. We're crazy about music."""
    for english, feeling, preposition, causes, degrees_of_it in FEELINGS:
        for cause in causes:
            for degree in degrees_of_it:
                complement = with_preposition(preposition, cause)
                yield degree.apply(f"{english} {cause.english}", feeling, complement)
    for cause in lex.CAUSES_OF_FEAR:
        for degree in (BARE, VERY, NOT):
            complement = with_preposition("peur de", cause)
            yield degree.apply(f"afraid of {cause.english}", complement, verb=HAVE)
    for passion in lex.PASSIONS:
        for degree in (BARE, NOT):
            yield degree.apply(f"crazy about {passion.english}", lex.CRAZY, "de", passion.french)


def feelings_for_others() -> Iterator[Predicate]:
    """She's proud of me. I'm angry with them. They're in love with you."""
    bonds = (
        ("proud of", lex.PROUD, "de"),
        ("angry with", lex.ANGRY, "contre"),
        ("kind to", lex.KIND, "avec"),
        ("polite to", lex.POLITE, "avec"),
        ("honest with", lex.HONEST, "avec"),
    )
    for other in OTHERS:
        for english, feeling, preposition in bonds:
            clauses = tuple(Clause(BE, (feeling, preposition, each.strong)) for each in other.readings)
            yield Predicate(f"{english} {other.english}", clauses, subjects=other.subjects)
    for other, lovers in ((ME, (HE, SHE)), (THEE, (I, HE, SHE)), (HIM, (I, SHE)), (HER, (I, HE))):
        clauses = tuple(Clause(BE, (lex.IN_LOVE, "de", each.strong)) for each in other.readings)
        yield Predicate(f"in love with {other.english}", clauses, subjects=lovers)


def deeds() -> Iterator[Predicate]:
    """I'm glad I invited you. She's sorry she woke him."""
    occasions = [(lex.GLAD, deed) for deed in lex.KINDNESSES]
    occasions += [(lex.HAPPY, lex.INVITED), (lex.HAPPY, lex.MET), (lex.PROUD, lex.HELPED)]
    occasions += [(lex.SORRY, deed) for deed in lex.OFFENSES]
    for feeling, deed in occasions:
        for other in OTHERS:
            clauses = tuple(Clause(BE, (feeling, deed.done_to(each))) for each in other.readings)
            english = f"{feeling.english} {{I}} {deed.english} {other.english}"
            yield Predicate(english, clauses, subjects=other.subjects)
