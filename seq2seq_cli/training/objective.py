"""What training makes small, as one module: from a batch to its loss."""

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor, nn

from seq2seq_cli.batch import Batch
from seq2seq_cli.training.output_loss import OutputLoss
from seq2seq_cli.training.precision import computing_in


class Model(Protocol):
    """What training asks of a model, which must be a torch.nn.Module."""

    @property
    def output(self) -> nn.Linear:
        """The last layer, from readouts to logits."""
        ...

    def readouts(self, batch: Batch, forced: Tensor | None) -> Tensor:
        """Return what the output layer reads for every word of the targets, (target tokens, size).

        Args:
            batch: sources and the targets they should become.
            forced: (batch, target time), True where the decoder is given the right word before, not its own
                guess; None means everywhere.
        """
        ...

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return what is learnt."""
        ...


class Objective(nn.Module):
    """A model and its loss, in the precision in which they are computed.

    Args:
        model: what learns.
        label_smoothing: the share of a right word's probability that is spread over all words.
        precision: of products; see computing_in.
    """

    def __init__(
        self, model: Model, label_smoothing: float = 0.0, precision: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        self.model = model
        self.label_smoothing = label_smoothing
        self.precision = precision

    def forward(self, batch: Batch, forced: Tensor | None) -> Tensor:
        """Return the sum of the loss over all words of a batch, in nats.

        A batch without sentences, the share of a process that nothing is left for, has a loss of zero, and
        so have its gradients.
        """
        if not len(batch):
            return torch.stack([parameter.sum() * 0 for parameter in self.model.parameters()]).sum()
        with computing_in(self.precision, batch.source.device):
            readouts = self.model.readouts(batch, forced)
        weight, bias = self.model.output.weight, self.model.output.bias
        lowered = self.precision != torch.float32
        loss: Tensor = OutputLoss.apply(  # type: ignore[no-untyped-call]
            readouts.to(weight.dtype),
            *(weight, bias, batch.target_words, self.label_smoothing),
            self.precision if lowered else weight.dtype,
        )
        return loss
