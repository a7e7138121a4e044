"""How probable given targets are, word by word."""

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_cli.decoding.hypothesis import S, Steppable
from seq2seq_cli.symbols import PAD, SOS


@torch.inference_mode()
def score_targets(
    model: Steppable[S], source: Tensor, lengths: Tensor, targets: Sequence[Sequence[int]]
) -> list[tuple[float, ...]]:
    """Return the log-probability of each word of each target, given the source and the words before it.

    Args:
        model: whose probabilities.
        source: (batch, source time), padded.
        lengths: (batch,) true lengths, <eos> counted.
        targets: a target a sentence, with its <eos> where that is to count; any may be empty.
    """
    counts = torch.tensor([len(target) for target in targets], device=source.device)
    time = int(counts.max())
    words = torch.tensor(
        [[*target, *[PAD] * (time - len(target))] for target in targets],
        dtype=torch.long,
        device=source.device,
    )
    alive = torch.arange(len(counts), device=source.device)
    state, token = model.start(source, lengths), torch.full_like(alive, SOS)
    logs = torch.zeros(words.shape, device=source.device)
    for t in range(time):
        going = (counts[alive] > t).nonzero().squeeze(1)
        if len(going) < len(alive):
            alive, token, state = alive[going], token[going], state.select(going)
        step = model.step(token, state)
        log_p, token, state = step.logits.float().log_softmax(dim=1), words[alive, t], step.state
        logs[alive, t] = log_p.gather(1, token.unsqueeze(1)).squeeze(1)
    return [tuple(row[:count]) for row, count in zip(logs.tolist(), counts.tolist(), strict=True)]
