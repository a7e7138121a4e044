"""The walk through the decoder."""

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor

from seq2seq_cli.inspection.tokens import Token
from seq2seq_cli.inspection.trace.layers import numbers, take_step
from seq2seq_cli.inspection.trace.record import CellStep, DecoderStep, Guess
from seq2seq_cli.models.attention import Memory
from seq2seq_cli.models.decoder import Decoder, DecoderState
from seq2seq_cli.models.recurrent import Recurrent
from seq2seq_cli.symbols import EOS, SOS

_BEST = 5


def walk_decoder(
    decoder: Decoder,
    state: DecoderState,
    memory: Memory,
    words: Sequence[str],
    forced: Sequence[Token] | None,
    max_length: int,
) -> list[DecoderStep]:
    """Decode one sentence word by word, and write it down.

    Args:
        decoder: in evaluation mode.
        state: its first state, of one row.
        memory: the source, of one row.
        words: the target's words by index.
        forced: the target to go along, ending in <eos>; None for the likeliest words.
        max_length: the greatest number of words; does not count where the target is given.
    """
    steps: list[DecoderStep] = []
    read = Token(words[SOS], SOS)
    for t in range(max_length if forced is None else len(forced)):
        fed = numbers(state.fed)
        seen = _advance(decoder, torch.tensor([read.index]), state, memory)
        state = seen.state
        nats = decoder.output(seen.readout).log_softmax(dim=1)[0]  # (vocabulary,)
        likeliest = nats.topk(min(_BEST, len(nats))).indices.tolist()
        best = [_guess(words[index], index, nats) for index in likeliest]
        choice = best[0] if forced is None else _guess(forced[t].text, forced[t].index, nats)
        weights = None if seen.weights is None else numbers(seen.weights)
        vectors = numbers(seen.embedded), fed, numbers(seen.context), weights
        steps.append(DecoderStep(read, *vectors, seen.layers, numbers(seen.readout), best, choice))
        read = Token(choice.word, choice.index)
        if read.index == EOS:
            break
    return steps


class _Seen(NamedTuple):
    """What there is to see of one step, a row each."""

    embedded: Tensor
    context: Tensor
    weights: Tensor | None
    layers: list[CellStep]
    readout: Tensor
    state: DecoderState  # after the step


def _advance(decoder: Decoder, token: Tensor, state: DecoderState, memory: Memory) -> _Seen:
    """Take one step, as Decoder.advance does, layer by layer."""
    embedded = decoder.embedding(token)  # (1, embedding)
    x = torch.cat([embedded, state.fed], dim=1)
    if decoder.attends_before:
        context, weights = decoder.attention(state.layers[-1][0], memory)
        x = torch.cat([embedded, context, state.fed], dim=1)
    layers, after = [], []
    for depth, layer in enumerate(decoder.recurrent.layers):
        step, output, layer_state = take_step(cast("Recurrent", layer), x, state.layers[depth])
        x = decoder.recurrent.joined(depth, x, output)
        layers.append(step)
        after.append(layer_state)
    if not decoder.attends_before:
        context, weights = decoder.attention(x, memory)
    readout = decoder.readout(x, context)
    return _Seen(embedded, context, weights, layers, readout, decoder.carry(state, tuple(after), readout))


def _guess(word: str, index: int, nats: Tensor) -> Guess:
    """Return a word and how likely it is, given log-probabilities (vocabulary,)."""
    return Guess(word, index, float(nats[index].exp()), float(nats[index]))
