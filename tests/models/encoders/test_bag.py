"""The bag of words."""

import torch

RAGGED = [3, 7, 1, 7, 5]


def test_the_memory_is_the_embeddings_and_the_final_state_their_mean(make_encoder, sentences, assert_same):
    encoder = make_encoder("bag")
    tokens, lengths = sentences(RAGGED, extra_padding=2)
    memory, _, final_state = encoder(tokens, lengths)
    table = encoder.embedding.weight.tolist()
    for row, length in enumerate(RAGGED):
        words = [table[token] for token in tokens[row, :length].tolist()]
        assert_same(memory[row, :length], torch.tensor(words, dtype=torch.float64))
        mean = [sum(column) / length for column in zip(*words, strict=True)]
        for part in final_state[0]:
            assert_same(part[row], torch.tensor(mean, dtype=torch.float64))


def test_the_final_state_has_the_parts_of_the_cell(make_encoder, sentences):
    batch = sentences(RAGGED)
    assert len(make_encoder("bag", "lstm")(*batch).final_state[0]) == 2
    assert len(make_encoder("bag", "gru")(*batch).final_state[0]) == 1


def test_the_order_of_the_words_does_not_matter(make_encoder, sentences, assert_same):
    encoder = make_encoder("bag")
    tokens, lengths = sentences([7, 7])
    turned = tokens[:, torch.tensor([3, 0, 6, 1, 5, 2, 4])]
    straight, other = encoder(tokens, lengths), encoder(turned, lengths)
    assert not torch.equal(turned, tokens)
    assert_same(other.final_state, straight.final_state)


def test_it_is_as_wide_as_the_embeddings_whatever_the_layers(make_encoder):
    encoder = make_encoder("bag", layers=3, hidden=9)
    assert encoder.memory_size == 6
    assert encoder.state_sizes == (6,)
    assert [name for name, _ in encoder.named_parameters()] == ["embedding.weight"]
