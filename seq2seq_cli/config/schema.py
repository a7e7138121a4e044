"""The page: every key of an experiment, its default and, in the line below it, what it means.

Names of variants (an encoder, a cell, an optimizer, ...) are plain text here; the tables that know them
live with the variants, and building the experiment checks them.
"""

from pathlib import Path

from seq2seq_cli.config.decoding import DecodingConfig
from seq2seq_cli.config.section import Section
from seq2seq_cli.config.training import TrainingConfig
from seq2seq_cli.config.values import (
    BelowOne,
    Columns,
    Count,
    MaybeCount,
    MaybeRatio,
    MaybeText,
    OneOrTwo,
    Seed,
    Split,
    Switch,
    Text,
    Texts,
    Words,
)

_SUFFIXES = (
    *(".zip", ".gz", ".bz2", ".xz", ".zst"),
    *(".tsv", ".csv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather"),
)


class DataConfig(Section):
    """Which sentence pairs are learnt, and how text becomes tokens."""

    source: OneOrTwo = "sample"
    """Where pairs come from: sample, a file or folder, two aligned files, - (a pipe), tatoeba:eng-fra."""
    format: Text = "auto"
    """What the files are: tsv, csv, jsonl, parquet, arrow, lines (two aligned files), or auto."""
    columns: Columns = ()
    """Which two columns, fields or languages are paired: names, or numbers from 1; [] takes the first two."""
    path: MaybeText = None
    """Where the prepared data lie; null means data/ and the name of the source."""
    normalizer: Text = "tutorial"
    """How text is cleaned before it is cut into tokens."""
    tokenizer: Text = "word"
    """How a cleaned sentence is cut into tokens."""
    subwords: Count = 8000
    """How many pieces of words a tokenizer that learns them may make; for the tokenizer bpe."""
    max_length: Words = 10
    """A pair is kept if both of its sentences have fewer words than this."""
    max_length_ratio: MaybeRatio = None
    """A pair is kept if neither sentence has more than so many times the other's words; null admits any."""
    prefixes: Texts = ()
    """Keep only pairs whose first column begins with one of these, in whole words; [] keeps all."""
    drop_identical: Switch = False
    """Drop pairs whose two sentences are the same."""
    held_out: Texts = ()
    """Source sentences that go to the test part, with every pair that is connected; given parts stay."""
    reverse: Switch = False
    """Swap the two columns: learn to translate from the second to the first."""
    autoencoder: Switch = False
    """Learn to say the source sentence again instead of translating it."""
    min_frequency: Count = 1
    """A word enters the vocabulary if the training part has it at least this often."""
    max_vocabulary: MaybeCount = None
    """Keep only this many of the most frequent words of each side; null keeps all."""
    shared_vocabulary: Switch = False
    """Give both sides one vocabulary."""
    vocabulary: MaybeText = None
    """Take the words from a folder with source.vocab and target.vocab instead of counting; null counts."""
    split: Split = (0.9, 0.05, 0.05)
    """Shares of the pairs for training, validation and test, or [rest, 1000, 1000]; given parts stay."""
    seed: Seed = 1
    """The seed of the split: the same seed gives the same three parts."""


class ModelConfig(Section):
    """What the network looks like."""

    encoder: Text = "bi"
    """How the source is read: uni, bi, deep, bag, conv or self_attention."""
    cell: Text = "lstm"
    """The recurrent cell that carries the state from word to word: lstm, gru or tanh."""
    embedding_size: Count = 256
    """How many numbers stand for one word."""
    encoder_hidden_size: Count = 256
    """The width of the encoder's layers, for each direction where there are two."""
    encoder_layers: Count = 1
    """How many layers the encoder stacks; bag has none."""
    decoder_hidden_size: Count = 256
    """The size of the decoder's state."""
    decoder_layers: Count = 1
    """How many recurrent layers the decoder stacks."""
    bridge: Text = "linear"
    """How the encoder's final state becomes the decoder's first: linear, tanh, copy or zero."""
    attention: Text = "none"
    """How the decoder looks back at the source: none, summary, dot, general or additive."""
    placement: Text = "after"
    """Whether attention comes after the recurrent step (Luong) or before it (Bahdanau)."""
    input_feeding: Switch = False
    """Give the decoder, beside each word, what it made of state and context at the word before."""
    reverse_source: Switch = False
    """Read the source from its last word to its first."""
    tied_embeddings: Switch = False
    """Let the decoder's output layer use the matrix of its embeddings."""
    layer_norm: Switch = False
    """Normalise what each recurrent layer puts out."""
    encoder_heads: Count = 4
    """How many heads attend side by side; for the encoder self_attention."""
    dropout: BelowOne = 0.0
    """The share of activations that training sets to zero at random, against overfitting."""
    variational_dropout: Switch = False
    """Drop the same activations at every word of a sentence."""
    engine: Text = "auto"
    """Who does the arithmetic: scratch (readable), fused (fast), or auto, the faster one for the device."""


class Config(Section):
    """The whole experiment."""

    data: DataConfig = DataConfig()
    """Which sentence pairs are learnt, and how text becomes tokens."""
    model: ModelConfig = ModelConfig()
    """What the network looks like."""
    training: TrainingConfig = TrainingConfig()
    """How the parameters become better."""
    decoding: DecodingConfig = DecodingConfig()
    """How a trained model's probabilities become a sentence."""


WHERE_DATA_ARE = ("data.source", "data.format", "data.columns", "data.path")
"""Keys that say where data come from and lie; they differ between people who mean the same data."""


def data_folder(data: DataConfig) -> Path:
    """Return where the prepared data lie: data.path, or a folder under data/ named after the source."""
    if data.path is not None:
        return Path(data.path)
    names = [data.source] if isinstance(data.source, str) else data.source
    name = "-".join(filter(None, map(_stem, names))) or "corpus"
    return Path("data") / f"{name}{'-reversed' * data.reverse}{'-autoencoder' * data.autoencoder}"


def _stem(source: str) -> str:
    """Return what a source is called without its folder and the suffixes of its format."""
    name = Path(source).name.replace(":", "-")
    while name.lower().endswith(_SUFFIXES):
        name = name.rpartition(".")[0]
    return name.strip(".-")
