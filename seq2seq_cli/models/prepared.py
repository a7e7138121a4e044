"""A model made ready to translate."""

import torch
from torch import Tensor

from seq2seq_cli.models.packed import pack
from seq2seq_cli.models.seq2seq import ModelStep, SearchState, Seq2Seq


class PreparedModel:
    """A model as a search sees it, which learns no more: everything is laid out for speed.

    Args:
        model: a trained model, in evaluation mode; from here on it is good for searches alone.
        precision: of the factors of products, float32 or bfloat16. What products give, and all else, is
            float32 in either case.
    """

    def __init__(self, model: Seq2Seq, precision: torch.dtype = torch.float32) -> None:
        self.model = model.requires_grad_(False)
        self.precision = precision
        for part in (model.bridge, model.decoder):
            pack(part, precision)

    def start(self, source: Tensor, lengths: Tensor) -> SearchState:
        """Return the state before the first target word; one row a source sentence."""
        with self._rounding(source.device):
            encoded = self.model.encode(source, lengths)
        final_state = tuple(tuple(part.float() for part in layer) for layer in encoded.final_state)
        encoded = encoded._replace(memory=encoded.memory.float(), final_state=final_state)
        return self.model.start_from(encoded)

    def step(self, token: Tensor, state: SearchState) -> ModelStep:
        """Read one word a row, (rows,), and return the next word's logits and the state after."""
        if token.device.type == "cpu":  # where packed maps do the rounding
            return self.model.step(token, state)
        with self._rounding(token.device):
            return self.model.step(token, state)

    def _rounding(self, device: torch.device) -> torch.autocast:
        return torch.autocast(device.type, self.precision, enabled=self.precision != torch.float32)
