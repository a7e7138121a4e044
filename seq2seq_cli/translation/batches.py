"""Which lines are translated side by side."""

from collections.abc import Iterator, Sequence

from seq2seq_cli.models.prepared import MULTIPLE

# Measured with two threads, embeddings and states of 256, 3,000 words: greedy search takes a tenth longer
# with 256 rows and a third longer with 128, a beam of 5 a tenth longer with half as many.
_ROWS_A_BATCH = 384
_LOGITS_A_BATCH = 6_000_000  # 24 MB; a step needs several times as much
_TOKENS_A_BATCH = 8192  # padding counted; so long lines come in smaller batches


def batches(lengths: Sequence[int], logits: int) -> Iterator[list[int]]:
    """Yield rows of like length, blank ones left out, as many at a time as fit into a batch.

    Args:
        lengths: of every row, in tokens, <eos> not counted.
        logits: how many a step makes for a row.
    """
    most = max(MULTIPLE, min(_ROWS_A_BATCH, _LOGITS_A_BATCH // logits) // MULTIPLE * MULTIPLE)
    rows: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        full = len(rows) == most or (len(rows) + 1) * (lengths[i] + 1) > _TOKENS_A_BATCH
        if rows and full:
            yield rows
            rows = []
        if lengths[i]:
            rows.append(i)
    if rows:
        yield rows
