"""The page's part on decoding: every key, its default and, in the line below it, what it means."""

from seq2seq_cli.config.section import Section
from seq2seq_cli.config.values import (
    Count,
    Factor,
    LeastLength,
    Length,
    MaybeCount,
    MaybePositive,
    NotNegative,
    Positive,
    Seed,
    Steps,
    Switch,
    Text,
)


class DecodingConfig(Section):
    """How a trained model's probabilities become a sentence."""

    search: Text = "greedy"
    """How the output is found: greedy (the likeliest word at every step), beam or sample (at random)."""
    beam_size: Count = 5
    """How many hypotheses a beam search keeps side by side."""
    length_penalty: NotNegative = 1.0
    """How much a beam search makes up for length; 0 not at all, so that short outputs win."""
    length_normalization: Text = "plain"
    """What a beam search raises to the length_penalty: the length (plain), or (5 + length) / 6 (gnmt)."""
    coverage_penalty: NotNegative = 0.0
    """How much it costs a beam's hypothesis to pass source words over; for models with attention."""
    temperature: Positive = 1.0
    """Of sampling: below 1 likely words become likelier still, above 1 less so."""
    top_k: MaybeCount = None
    """Sample among this many of the likeliest words only; null admits all."""
    top_p: Factor = 1.0
    """Sample among the likeliest words that have this much of the probability together; 1 admits all."""
    seed: Seed = 1
    """The seed of sampling: with the same seed, a sentence always gets the same output."""
    min_length: LeastLength = 0
    """An output has at least this many tokens, unless there is nothing else to say than its end."""
    max_length: Length = 50
    """An output ends after this many tokens at the latest."""
    min_length_ratio: NotNegative = 0.0
    """An output has at least so many times the source's tokens."""
    max_length_ratio: MaybePositive = None
    """An output ends after so many times the source's tokens at the latest; null sets no such limit."""
    block_ngrams: Steps = 0
    """No output has the same so many tokens in a row twice; 0 blocks nothing."""
    replace_unknown: Switch = False
    """Replace an unknown word by the source word that attention points to; for models with attention."""
    precision: Text = "float32"
    """Of products: float32, bfloat16, or auto: bfloat16 where the device multiplies it fast."""
