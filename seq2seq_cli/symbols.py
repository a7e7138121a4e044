"""The special symbols that every vocabulary begins with, and their indices."""

SPECIAL_SYMBOLS = ("<pad>", "<sos>", "<eos>", "<unk>")

PAD = 0
"""Fills a batch up where a sentence has ended."""
SOS = 1
"""Start of sentence: the decoder's first input."""
EOS = 2
"""End of sentence: the last token of every source and target."""
UNK = 3
"""Any word that the vocabulary lacks."""
