"""What is written down of a walk: plain words and numbers."""

from dataclasses import dataclass
from typing import Any

from seq2seq_cli.inspection.tokens import Token

Numbers = list[float]
"""A vector, a number a unit."""


@dataclass(frozen=True)
class CellStep:
    """What one recurrent layer did with one word."""

    gates: dict[str, Numbers]  # in the order of the cell's equations; empty for a cell that has none
    state: dict[str, Numbers]  # after the step: hidden, and cell where there is one
    normalised: Numbers  # what the layer puts out with layer_norm; empty without: then it is the hidden state


@dataclass(frozen=True)
class Direction:
    """One recurrent layer's way through the source in one direction."""

    name: str  # forward or backward
    order: list[int]  # the places of the source's words, in the order in which they are read
    steps: list[CellStep]  # one a word, in the order of the source


@dataclass(frozen=True)
class EncoderLayer:
    """One recurrent layer of the encoder."""

    directions: list[Direction]  # one or two
    outputs: list[Numbers]  # a word: what goes up, [forward ; backward], residual sums included


@dataclass(frozen=True)
class Encoding:
    """What the encoder made of the source."""

    embeddings: list[Numbers]  # one a word
    layers: list[EncoderLayer]  # the lowest first; empty for an encoder that is not recurrent
    memory: list[Numbers]  # one a word


@dataclass(frozen=True)
class Crossing:
    """What the bridge hands to one layer of the decoder."""

    encoder_layer: int  # whose final state it takes, the lowest being 1
    before: dict[str, Numbers]  # the encoder's final state: hidden, and cell where there is one
    after: dict[str, Numbers]  # the decoder's first state


@dataclass(frozen=True)
class Guess:
    """A possible next word."""

    word: str
    index: int
    probability: float
    log_probability: float  # nats


@dataclass(frozen=True)
class DecoderStep:
    """How one word of the target came about."""

    read: Token  # the word before; <sos> at first
    embedding: Numbers
    fed: Numbers  # the readout of the step before, with input feeding; else empty
    context: Numbers  # empty without attention
    weights: Numbers | None  # attention, one a word of the source; None where it looks nowhere
    layers: list[CellStep]  # the lowest first
    readout: Numbers  # what the output layer reads
    best: list[Guess]  # the five likeliest
    choice: Guess  # the word that is taken: the likeliest, or the one that was given


@dataclass(frozen=True)
class Trace:
    """A sentence's way through a model."""

    run: str
    checkpoint: str  # as it was asked for: best, average:5, ...
    step: int  # of the checkpoint; of an average, its latest
    model: dict[str, Any]  # the section `model` of the run's config
    source: list[Token]  # ends in <eos>
    encoding: Encoding
    bridge: list[Crossing]  # one a layer of the decoder, the lowest first
    decoding: list[DecoderStep]
    forced: bool  # the target was given
    finished: bool  # the target ends in <eos>
    output: str  # the target as text
    log_probability: float  # of the target, <eos> included where it is finished; nats
    deviation: float  # from the model's own forward pass: the greatest difference in any word's probability
