"""The whole walk: a sentence of a run, from its words to those of the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from seq2seq_cli.batch import Batch
from seq2seq_cli.inspection.loading import load_sound_model
from seq2seq_cli.inspection.tokens import Token, tokens_of
from seq2seq_cli.inspection.trace.decoder import walk_decoder
from seq2seq_cli.inspection.trace.encoder import walk_encoder
from seq2seq_cli.inspection.trace.layers import parts
from seq2seq_cli.inspection.trace.record import Crossing, DecoderStep, Encoding, Trace
from seq2seq_cli.models.evaluating import evaluating
from seq2seq_cli.models.recurrent import Recurrent
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.runs import Run
from seq2seq_cli.symbols import EOS, UNK


def trace(run: Run, text: str, forced: str | None = None, checkpoint: str = "best") -> Trace:
    """Follow a sentence through a run's model, word by word.

    The walk takes the equations one by one, on the CPU; its words are the likeliest ones, as greedy search
    takes them.

    Args:
        run: what was trained.
        text: a sentence of the source language.
        forced: a sentence of the target language to go along, instead of the likeliest words.
        checkpoint: which one of the run's, or which average; see Run.load_model.

    Raises:
        S2SError: the run cannot be loaded.
        CorpusError: a text holds no word.
    """
    source = tokens_of(text, run.source_pipeline, run.source_vocabulary)
    target = None
    if forced is not None:
        target = tokens_of(forced, run.target_pipeline, run.target_vocabulary)
    model = load_sound_model(run, checkpoint)
    words = run.target_vocabulary.index_to_word
    walked = walk(model, source, words, target, run.config.decoding.max_length)
    chosen = [step.choice for step in walked.decoding]
    return Trace(
        run=run.name,
        checkpoint=checkpoint,
        step=run.step_of(checkpoint),
        model=run.config.model.model_dump(),
        source=source,
        encoding=walked.encoding,
        bridge=walked.bridge,
        decoding=walked.decoding,
        forced=forced is not None,
        finished=chosen[-1].index == EOS,
        output=run.target_pipeline.text([guess.word for guess in chosen if guess.index >= UNK]),
        log_probability=sum(guess.log_probability for guess in chosen),
        deviation=walked.deviation,
    )


@dataclass(frozen=True)
class Walk:
    """A sentence's way through a model; see Trace."""

    encoding: Encoding
    bridge: list[Crossing]
    decoding: list[DecoderStep]
    deviation: float


@torch.inference_mode()
def walk(
    model: Seq2Seq,
    source: Sequence[Token],
    words: Sequence[str],
    forced: Sequence[Token] | None = None,
    max_length: int = 50,
) -> Walk:
    """Follow a sentence through a model.

    Args:
        model: on the CPU.
        source: ends in <eos>.
        words: the target's words by index.
        forced: the target to go along, ending in <eos>; None for the likeliest words.
        max_length: the greatest number of those.
    """
    tokens = torch.tensor([[token.index for token in source]])
    with evaluating(model):
        encoding, encoded = walk_encoder(model, tokens)
        first = model.bridge(encoded.final_state)
        memory = model.decoder.attention.prepare(encoded)
        decoding = walk_decoder(model.decoder, model.decoder.start(first), memory, words, forced, max_length)
        deviation = _deviation(model, tokens, decoding)
    cells = [cast("Recurrent", layer).cell for layer in model.decoder.recurrent.layers]
    bridge = [
        Crossing(beside + 1, parts(cell, encoded.final_state[beside]), parts(cell, state))
        for cell, beside, state in zip(cells, model.bridge.neighbours, first, strict=True)
    ]
    return Walk(encoding, bridge, decoding, deviation)


def _deviation(model: Seq2Seq, source: Tensor, decoding: Sequence[DecoderStep]) -> float:
    """Return how far a walk's probabilities are from those of the model's own forward pass, at most."""
    target = torch.tensor([[step.choice.index for step in decoding]])
    batch = Batch(source, torch.tensor([source.shape[1]]), target, torch.tensor([target.shape[1]]))
    own = model(batch).softmax(dim=1)  # (target tokens, vocabulary)
    readouts = torch.tensor([step.readout for step in decoding], dtype=own.dtype)
    walked = model.output(readouts).softmax(dim=1)
    return float((walked - own).abs().max())
