"""Unknown words of an output, replaced by words of its source."""

from collections.abc import Sequence

from seq2seq_cli.symbols import SPECIAL_SYMBOLS, UNK
from seq2seq_cli.translation.output import Weights


def replaced(words: Sequence[str], source: Sequence[str], attention: Weights) -> list[str]:
    """Put in the place of every <unk> the source word that attention pointed to most when it was said.

    Names and numbers are often the same in both languages (Jean, Cho, Memisevic & Bengio 2015, section 3.3).

    Args:
        words: the output's.
        source: the source's words as they stand there, before they were looked up; at least one.
        attention: for every word of the output how much of it lay on each word of the source; what a row
            has beyond these, on <eos>, does not count.
    """
    return [
        source[max(range(len(source)), key=row.__getitem__)] if word == SPECIAL_SYMBOLS[UNK] else word
        for word, row in zip(words, attention, strict=False)
    ]
