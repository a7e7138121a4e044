"""The greatest of many numbers."""

import pytest
import torch

from seq2seq_cli.decoding.likeliest import likeliest


@pytest.mark.parametrize("vocabulary", [4, 64, 500, 640, 1000, 3001])
@pytest.mark.parametrize("count", [1, 2, 4, 20])
def test_the_greatest_are_found_wherever_they_stand(vocabulary, count):
    scores = torch.randn(200, vocabulary, generator=torch.Generator().manual_seed(vocabulary))
    scores[:50] = scores[:50].sort(dim=1).values  # all at the end
    scores[50:100] = scores[50:100].sort(dim=1, descending=True).values
    scores[100, :] = -torch.inf
    scores[100, vocabulary // 2] = 0.0
    count = min(count, vocabulary)
    values, places = likeliest(scores, count)
    assert torch.equal(values, scores.topk(count, dim=1).values)
    assert torch.equal(values, scores.gather(1, places))
    assert all(len(set(row)) == count for row in places.tolist())


@pytest.mark.parametrize("vocabulary", [5, 300, 1000])
def test_of_one_alone_the_first_among_equals_is_taken(vocabulary):
    scores = torch.randint(0, 3, (100, vocabulary), generator=torch.Generator().manual_seed(1)).float()
    _, places = likeliest(scores, 1)
    assert places.squeeze(1).tolist() == [row.index(max(row)) for row in scores.tolist()]


def test_rows_that_are_a_part_of_something_else_are_read_as_they_are():
    wide = torch.randn(6, 2000, generator=torch.Generator().manual_seed(1))
    assert torch.equal(likeliest(wide[::2, 100:1100], 3)[1], wide[::2, 100:1100].topk(3, dim=1).indices)
