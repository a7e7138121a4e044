"""What there is to know of an outcome, as plain data."""

from dataclasses import dataclass

from seq2seq_cli.evaluation.comparing import Comparison


@dataclass(frozen=True)
class Sample:
    """A pair, and what the model made of it."""

    source: str
    reference: str
    prediction: str
    correct: bool  # one of the references of this source
    chrf: float  # of this sentence, against the nearest reference of its source


@dataclass(frozen=True)
class SearchErrors:
    """Where the model holds the reference to be likelier than what the search found.

    There a better search would have found something else; in the other wrong outputs the model itself is
    wrong (Stahlberg & Byrne 2019). Probabilities are those of whole sentences, whatever their lengths.
    """

    sentences: int
    share: float  # per cent of all sentences
    wrong: int  # sentences whose output is no reference of their source
    of_wrong: int  # search errors among them
    share_of_wrong: float  # per cent


@dataclass(frozen=True)
class LengthBin:
    """The sentences whose sources have so many tokens."""

    first: int
    last: int
    sentences: int
    bleu: float
    chrf: float
    exact_match: float
    loss: float


@dataclass(frozen=True)
class FrequencyBin:
    """The words of the targets that training saw so many times."""

    first: int
    last: int | None  # None: any number from the first on
    reference: int  # how many of them the references have
    output: int  # ... and the outputs
    matched: int  # ... and both, in the same sentence
    recall: float  # per cent of the references' words that the outputs have
    precision: float  # per cent of the outputs' words that the references have
    f1: float
    loss: float | None  # nats a word, given the right words before; None where references have none


@dataclass(frozen=True)
class Details:
    """What is computed on request."""

    free_running_loss: float  # nats a word, given the model's own words before
    free_running_perplexity: float
    free_running_accuracy: float  # per cent
    exposure_gap: float  # nats a word: the free-running loss less the teacher-forced one
    by_length: tuple[LengthBin, ...]
    by_frequency: tuple[FrequencyBin, ...]


@dataclass(frozen=True)
class Evaluation:
    """How well a run does on sentence pairs."""

    run: str
    checkpoint: str  # as it was asked for: best, average:5, ...
    step: int  # of the checkpoint; of an average, its latest
    part: str  # or the file
    sentences: int
    loss: float  # nats a word, teacher-forced
    perplexity: float
    token_accuracy: float  # per cent of the words that are the likeliest after the right ones before
    bleu: float  # against each pair's own reference
    bleu_any: float  # against all references of the same source
    chrf: float  # against each pair's own reference
    exact_match: float  # per cent; any reference of the same source counts
    unknown_words: float  # per cent of the source's words
    seconds: float  # of the search
    sentences_per_second: float
    signatures: dict[str, str]  # sacreBLEU's, by the name of the score
    search_errors: SearchErrors
    samples: tuple[Sample, ...]  # at random
    best: tuple[Sample, ...]
    worst: tuple[Sample, ...]
    ter: float | None = None  # against each pair's own reference; lower is better; with details alone
    details: Details | None = None
    comparison: Comparison | None = None
