"""What the two sides of a pair are called, and the files that data sets and runs have of each."""

SIDES = ("source", "target")


def vocabulary_file(side: str) -> str:
    """Return the name of the file of a side's vocabulary."""
    return f"{side}.vocab"


def tokenizer_file(side: str) -> str:
    """Return the name of the file of what a side's tokenizer has learnt."""
    return f"{side}.subwords"
