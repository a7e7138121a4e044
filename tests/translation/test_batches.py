"""Batches of like length, against what they must not exceed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_cli.translation import batches as module
from seq2seq_cli.translation.batches import batches


@given(st.lists(st.integers(0, 30)), st.integers(1, 40))
def test_every_row_comes_once_among_its_like_and_no_batch_is_too_large(lengths, logits):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_ROWS_A_BATCH", 6)
        patch.setattr(module, "_LOGITS_A_BATCH", 20)
        patch.setattr(module, "_TOKENS_A_BATCH", 40)
        patch.setattr(module, "MULTIPLE", 2)
        found = list(batches(lengths, logits))
    ordered = [lengths[i] for rows in found for i in rows]
    assert ordered == sorted(ordered)
    assert sorted(i for rows in found for i in rows) == [i for i, length in enumerate(lengths) if length]
    for rows in found:
        assert rows
        assert len(rows) == 1 or len(rows) <= 6
        assert len(rows) <= 2 or len(rows) * logits <= 20
        assert len(rows) == 1 or len(rows) * (1 + max(lengths[i] for i in rows)) <= 40
