"""The walk through the encoder."""

from typing import cast

import torch
from torch import Tensor

from seq2seq_cli.inspection.trace.layers import take_step
from seq2seq_cli.inspection.trace.record import Direction, EncoderLayer, Encoding
from seq2seq_cli.models.cells import LayerState
from seq2seq_cli.models.encoders import EncoderOutput, RecurrentEncoder
from seq2seq_cli.models.recurrent import Bidirectional, Recurrent
from seq2seq_cli.models.reversing import reverse_sentences
from seq2seq_cli.models.seq2seq import Seq2Seq


def walk_encoder(model: Seq2Seq, tokens: Tensor) -> tuple[Encoding, EncoderOutput]:
    """Encode one sentence word by word, and write it down.

    An encoder that is not recurrent looks at all words at once: of it there are embeddings and memory.

    Args:
        model: whose encoder it is, in evaluation mode.
        tokens: (1, time).
    """
    lengths = torch.tensor([tokens.shape[1]])
    encoder = model.encoder
    if isinstance(encoder, RecurrentEncoder):
        layers, encoded = _walk_layers(encoder, tokens, _order(model, tokens, lengths))
    else:
        layers, encoded = [], model.encode(tokens, lengths)
    embedded = encoder.embed(tokens)
    return Encoding(embedded[0].tolist(), layers, encoded.memory[0].tolist()), encoded


def _order(model: Seq2Seq, tokens: Tensor, lengths: Tensor) -> Tensor:
    """Return the places of the words, (time,), in the order in which the encoder is handed them."""
    places = torch.arange(tokens.shape[1])
    return reverse_sentences(places.unsqueeze(0), lengths - 1)[0] if model.reverse_source else places


def _walk_layers(
    encoder: RecurrentEncoder, tokens: Tensor, order: Tensor
) -> tuple[list[EncoderLayer], EncoderOutput]:
    """Go through all layers; their steps and outputs are in the order of the source's words."""
    stack, layers, finals = encoder.recurrent, [], []
    inputs = encoder.embed(tokens)[:, order]  # (1, time, size)
    place = order.argsort()
    for depth, layer in enumerate(stack.layers):
        ways = [_walk_direction(one, inputs[0], order) for one in _directions(layer)]
        outputs = torch.cat([outputs for _, outputs, _ in ways], dim=1).unsqueeze(0)  # (1, time, size)
        inputs = stack.joined(depth, inputs, outputs)
        states = zip(*(final for _, _, final in ways), strict=True)
        finals.append(tuple(torch.cat(halves, dim=1) for halves in states))
        layers.append(EncoderLayer([direction for direction, _, _ in ways], inputs[0, place].tolist()))
    mask = torch.ones_like(tokens, dtype=torch.bool)
    return layers, EncoderOutput(inputs[:, place], mask, tuple(finals))


def _directions(layer: object) -> list[Recurrent]:
    if isinstance(layer, Bidirectional):
        return [layer.left_to_right, layer.right_to_left]
    return [cast("Recurrent", layer)]


def _walk_direction(layer: Recurrent, inputs: Tensor, order: Tensor) -> tuple[Direction, Tensor, LayerState]:
    """Read a sentence in one direction.

    Args:
        layer: what reads.
        inputs: (time, input), in the order in which the encoder is handed them.
        order: their places in the source, (time,).

    Returns:
        What there is to see, the outputs, (time, hidden), in the order of the inputs, and the final state.
    """
    times = range(len(inputs))
    state, seen, outputs = layer.cell.initial_state(1), {}, {}
    reading = list(reversed(times)) if layer.backward_in_time else list(times)
    for t in reading:
        seen[int(order[t])], outputs[t], state = take_step(layer, inputs[t : t + 1], state)
    direction = Direction(
        "backward" if layer.backward_in_time else "forward",
        order[reading].tolist(),
        [seen[place] for place in times],
    )
    return direction, torch.cat([outputs[t] for t in times]), state
