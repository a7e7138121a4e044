"""Does the encoder's final state hold the sentence, and does all of it reach the decoder?"""

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_cli.batch import mask_of
from seq2seq_cli.inspection.doctor.answer import Answer, not_asked
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.models.cells import LayerState
from seq2seq_cli.models.encoders import RecurrentEncoder
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.models.stack import State
from seq2seq_cli.symbols import UNK

_NEARLY_ALL = 0.99


@torch.no_grad()
def final_state(patient: Patient) -> Answer:
    """Ask whether every word of a source changes every number of a new encoder's final state."""
    model, batch = patient.new().double(), patient.pairs
    before = _flat(model.encode(batch.source, batch.source_lengths).final_state)  # (batch, numbers)
    shares = []
    for t in range(batch.source.shape[1]):
        rows = mask_of(batch.source_lengths, t + 1)[:, t]
        source = batch.source.clone()
        source[rows, t] = UNK + (source[rows, t] - UNK + 1) % (len(patient.dataset.source_vocabulary) - UNK)
        after = _flat(model.encode(source, batch.source_lengths).final_state)
        shares.append((after != before)[rows].double().mean(1).min())
    least = float(torch.stack(shares).min())
    figure = f"{least:.0%} of it for any word"
    if least >= _NEARLY_ALL:
        return Answer("ok", least, figure, "Every word of a source reaches all of the final state.")
    return Answer(
        "broken",
        least,
        figure,
        "A part of the encoder's final state does not know all words: take each direction's state after the "
        "last word that it reads, at each sentence's own end.",
    )


def layers(patient: Patient) -> Answer:
    """Ask whether each layer's final state depends on its own parameters, and on none of a layer above."""
    model, batch = patient.new(), patient.pairs
    if not isinstance(model.encoder, RecurrentEncoder) or len(model.encoder.recurrent.layers) < 2:
        return not_asked("The encoder has no recurrent layers on top of each other.")
    stack = list(model.encoder.recurrent.layers)
    final = model.encode(batch.source, batch.source_lengths).final_state
    wrong = 0
    for depth, state in enumerate(final):
        upwards = [layer.parameters() for layer in stack[depth:]]
        own, *above = [_reached(state, list(parameters)) for parameters in upwards]
        wrong += not own or any(above)
    figure = f"{wrong} of {len(final)} are another's"
    if not wrong:
        return Answer("ok", wrong, figure, "Each layer hands over its own final state.")
    return Answer(
        "broken",
        wrong,
        figure,
        "Final states are those of other layers: look at the order of layers and directions where they are "
        "taken from the encoder.",
    )


def _reached(state: LayerState, parameters: Sequence[Tensor]) -> bool:
    """Tell whether any part of a state depends on any of some parameters."""
    found = torch.autograd.grad(
        [part.sum() for part in state], parameters, retain_graph=True, allow_unused=True
    )
    return any(gradient is not None for gradient in found)


@torch.no_grad()
def bridge(patient: Patient) -> Answer:
    """Ask whether each part of the decoder's first state heeds the same part of the encoder's final one."""
    model, batch = patient.new().double(), patient.pairs
    if patient.config.model.bridge == "zero":
        return not_asked("The bridge `zero` hands nothing over.")
    final = model.encode(batch.source, batch.source_lengths).final_state
    parts, idle = _part_names(model), []
    for i, part in enumerate(parts):
        changed = tuple((*layer[:i], layer[i] + 1, *layer[i + 1 :]) for layer in final)
        for depth, (now, then) in enumerate(zip(model.bridge(changed), model.bridge(final), strict=True)):
            if torch.equal(now[i], then[i]):
                idle.append(f"{part} of layer {depth + 1}")
    asked = len(parts) * len(model.bridge(final))
    figure = f"{len(idle)} of {asked} parts are lost"
    if idle:
        return Answer(
            "broken",
            len(idle),
            figure,
            f"The bridge does not hand over the encoder's own {', '.join(idle)}: give each part of the state "
            "its own way.",
        )
    if _one_map_for_all(model, final):
        return Answer(
            "suspicious",
            0,
            "one map for all parts",
            "Hidden and cell state go over the same map: give each its own.",
        )
    return Answer("ok", 0, figure, "Each part of the state goes over the bridge by itself.")


def _part_names(model: Seq2Seq) -> tuple[str, ...]:
    """Return the names of a state's parts, as the decoder's cell calls them."""
    return model.decoder.recurrent.layers[0].cell.state_parts  # type: ignore[union-attr, return-value]


def _one_map_for_all(model: Seq2Seq, final: State) -> bool:
    """Tell whether a bridge that has learnt maps makes the same of equal parts."""
    if len(final[0]) < 2 or next(model.bridge.parameters(), None) is None:
        return False
    equal = tuple((layer[0],) * len(layer) for layer in final)
    return all(torch.equal(part, first) for first, *parts in model.bridge(equal) for part in parts)


def _flat(state: State) -> Tensor:
    """Return all layers and parts side by side, (batch, numbers)."""
    return torch.cat([part for layer in state for part in layer], dim=1)
