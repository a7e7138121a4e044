"""Self-attention, against torch.nn.MultiheadAttention and TransformerEncoder with the same weights."""

import math

import pytest
import torch
from torch import nn

from seq2seq_cli.batch import mask_of
from seq2seq_cli.errors import ConfigError
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.models.encoders.self_attention import SelfAttention, SelfAttentionEncoder, TransformerBlock
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.recurrent import Recurrence
from seq2seq_cli.symbols import PAD, UNK

VOCABULARY, EMBEDDING, HIDDEN = 13, 5, 8
RAGGED = [3, 7, 1, 7, 5]
TIME = 9
MASK = mask_of(torch.tensor(RAGGED), TIME)

one_or_two_layers = pytest.mark.parametrize("layers", [1, 2], ids=["1-layer", "2-layers"])
one_or_more_heads = pytest.mark.parametrize("heads", [1, 2, 8])


def make_encoder(layers=1, heads=2, embedding=EMBEDDING, hidden=HIDDEN, dropout=None, cell="lstm"):
    torch.manual_seed(1)
    recurrence = Recurrence(CELLS[cell], ENGINES["scratch"])
    dropout = dropout or Dropout(0.0)
    encoder = SelfAttentionEncoder(
        VOCABULARY, embedding, hidden, layers, recurrence, dropout, encoder_heads=heads
    )
    return shaken(encoder.double())


def shaken(module):
    """Return a module with biases and norms that do something: new ones are zeros and ones."""
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
    return module


def sentences(lengths, time=7, seed=0):
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(UNK, VOCABULARY, (len(lengths), time), generator=generator)
    lengths = torch.tensor(lengths)
    return tokens.where(mask_of(lengths, time), PAD), lengths


def seen(encoder, tokens, lengths, row):
    """Return all that can be seen of one sentence: its memory and final state, and gradients by name."""
    memory, _, ((hidden, cell),) = encoder(tokens, lengths)
    outputs = (memory[row, : lengths[row]], hidden[row], cell[row])
    loss = sum((part * (k + 1)).sin().sum() for k, part in enumerate(outputs))
    names, parameters = zip(*encoder.named_parameters(), strict=True)
    return outputs, dict(zip(names, torch.autograd.grad(loss, parameters), strict=True))


def assert_same(ours, expected):
    torch.testing.assert_close(ours, expected, rtol=0, atol=1e-10)


def attention_pairs(twin, ours):
    """Return the parameters of torch's attention and of ours, side by side."""
    return [
        (twin.in_proj_weight, ours.inputs.weight),
        (twin.in_proj_bias, ours.inputs.bias),
        (twin.out_proj.weight, ours.output.weight),
        (twin.out_proj.bias, ours.output.bias),
    ]


def block_pairs(twin, ours):
    """Return the parameters of torch's layer and of our block, side by side."""
    modules = [
        (twin.norm1, ours.attention_norm),
        (twin.norm2, ours.feed_forward_norm),
        (twin.linear1, ours.feed_forward[0]),
        (twin.linear2, ours.feed_forward[2]),
    ]
    pairs = attention_pairs(twin.self_attn, ours.attention)
    for one, other in modules:
        pairs += zip(one.parameters(), other.parameters(), strict=True)
    return pairs


def copy(pairs):
    with torch.no_grad():
        for twin, ours in pairs:
            twin.copy_(ours)


def torchs_layer(heads):
    return nn.TransformerEncoderLayer(
        HIDDEN, heads, 4 * HIDDEN, dropout=0.0, activation="relu", batch_first=True, norm_first=True
    ).double()


def assert_same_gradients(ours, expected, pairs):
    """Compare two results at the words, and all gradients of a loss on them."""
    assert_same(ours[MASK], expected[MASK])
    twins, mine = zip(*pairs, strict=True)
    gradients = torch.autograd.grad(ours[MASK].sin().sum(), mine)
    assert_same(gradients, torch.autograd.grad(expected[MASK].sin().sum(), twins))


def test_self_attention_is_in_the_table():
    assert ENCODERS["self_attention"] is SelfAttentionEncoder


@one_or_more_heads
def test_self_attention_is_torchs(heads):
    torch.manual_seed(1)
    ours = shaken(SelfAttention(HIDDEN, heads).double())
    twin = nn.MultiheadAttention(HIDDEN, heads, batch_first=True).double()
    pairs = attention_pairs(twin, ours)
    copy(pairs)
    x = torch.randn(len(RAGGED), TIME, HIDDEN).double().requires_grad_()
    expected, _ = twin(x, x, x, key_padding_mask=~MASK)
    assert_same_gradients(ours(x, MASK), expected, [*pairs, (x, x)])


@one_or_more_heads
def test_a_block_is_torchs_encoder_layer(heads):
    torch.manual_seed(1)
    ours = shaken(TransformerBlock(HIDDEN, heads, Dropout(0.0)).double())
    twin = torchs_layer(heads)
    pairs = block_pairs(twin, ours)
    assert len(pairs) == len(list(ours.parameters())) == len(list(twin.parameters()))
    copy(pairs)
    x = torch.randn(len(RAGGED), TIME, HIDDEN).double().requires_grad_()
    expected = twin(x, src_key_padding_mask=~MASK)
    assert_same_gradients(ours(x, MASK), expected, [*pairs, (x, x)])


@one_or_two_layers
@pytest.mark.parametrize("embedding", [EMBEDDING, HIDDEN])
def test_the_encoder_is_torchs_above_scaled_words_and_waves(layers, embedding):
    encoder = make_encoder(layers, embedding=embedding)
    twin = nn.TransformerEncoder(
        torchs_layer(2), layers, norm=nn.LayerNorm(HIDDEN).double(), enable_nested_tensor=False
    )
    pairs = list(zip(twin.norm.parameters(), encoder.norm.parameters(), strict=True))
    for torchs, ours in zip(twin.layers, encoder.blocks, strict=True):
        pairs += block_pairs(torchs, ours)
    copy(pairs)
    angle = torch.tensor(
        [[t / 10000 ** (2 * (column // 2) / HIDDEN) for column in range(HIDDEN)] for t in range(TIME)],
        dtype=torch.float64,
    )
    angle[:, 1::2] += math.pi / 2  # a cosine
    tokens, lengths = sentences(RAGGED, TIME)
    words = encoder.embedding(tokens)
    if embedding != HIDDEN:
        words = words @ encoder.resize.weight.T + encoder.resize.bias
    expected = twin(words * HIDDEN**0.5 + angle.sin(), src_key_padding_mask=~MASK)
    below = [encoder.embedding.weight, *encoder.resize.parameters()]
    pairs += [(parameter, parameter) for parameter in below]
    assert len(pairs) == len(list(encoder.parameters()))
    memory, mask, ((hidden, cell),) = encoder(tokens, lengths)
    assert torch.equal(mask, MASK)
    assert_same_gradients(memory, expected, pairs)
    mean = torch.stack([expected[row, :length].mean(dim=0) for row, length in enumerate(RAGGED)])
    assert_same((hidden, cell), (mean, mean))


@one_or_two_layers
@pytest.mark.parametrize("row", range(len(RAGGED)))
def test_neither_padding_nor_other_sentences_are_seen(layers, row):
    encoder = make_encoder(layers)
    tokens, lengths = sentences(RAGGED)
    alone = seen(encoder, tokens[row : row + 1, : RAGGED[row]], lengths[row : row + 1], 0)
    more_padding = nn.functional.pad(tokens, (0, 4), value=PAD)
    noise = torch.randint(UNK, VOCABULARY, more_padding.shape)
    noisy = more_padding.where(mask_of(lengths, 11), noise)
    others, other_lengths = sentences([6, 2, 7, 4, 7], seed=5)
    others[row], other_lengths[row] = tokens[row], lengths[row]
    assert_same(seen(encoder, tokens, lengths, row), alone)
    assert_same(seen(encoder, more_padding, lengths, row), alone)
    assert_same(seen(encoder, noisy, lengths, row), alone)
    assert_same(seen(encoder, others, other_lengths, row), alone)


@one_or_two_layers
def test_memory_is_zero_in_the_padding_and_as_wide_as_the_encoder_says(layers):
    encoder = make_encoder(layers)
    memory, mask, ((hidden, cell),) = encoder(*sentences(RAGGED, TIME))
    assert encoder.memory_size == HIDDEN
    assert encoder.state_sizes == (HIDDEN,)
    assert memory.shape == (5, TIME, HIDDEN)
    assert hidden.shape == cell.shape == (5, HIDDEN)
    assert not memory[~mask].any()
    assert memory[mask].all()


def test_a_state_has_as_many_parts_as_the_decoders_cell():
    _, _, final_state = make_encoder(layers=2, cell="gru")(*sentences(RAGGED))
    assert [len(layer) for layer in final_state] == [1]


def test_a_word_is_seen_from_everywhere_in_its_sentence():
    encoder = make_encoder()
    tokens, lengths = sentences([7, 7])
    other = tokens.clone()
    other[0, 4] = (other[0, 4] + 1 - UNK) % (VOCABULARY - UNK) + UNK
    changed = (encoder(tokens, lengths).memory != encoder(other, lengths).memory).any(dim=2)
    assert changed.tolist() == [[True] * 7, [False] * 7]


def test_the_same_word_is_not_the_same_at_every_place():
    memory = make_encoder()(torch.full((1, 7), UNK), torch.tensor([7])).memory
    assert len(memory[0].unique(dim=0)) == 7


def test_a_new_encoders_words_weigh_as_much_as_their_positions():
    encoder = make_encoder(embedding=64, hidden=64)
    weighed = encoder.embedding.weight[UNK:] * math.sqrt(64)
    assert 0.9 < weighed.std() < 1.1
    assert not encoder.embedding.weight[PAD].any()


@one_or_two_layers
def test_every_parameter_receives_a_gradient(layers):
    encoder = make_encoder(layers)
    _, gradients = seen(encoder, *sentences(RAGGED), 1)
    assert len(gradients) == 5 + 12 * layers
    for name, gradient in gradients.items():
        assert gradient.any(), name


def test_heads_that_do_not_divide_the_width_are_an_error_that_says_what_would():
    with pytest.raises(ConfigError) as caught:
        make_encoder(heads=6, hidden=8)
    for words in ("model.encoder_hidden_size 8", "model.encoder_heads 6"):
        assert words in caught.value.message
    assert caught.value.hint == "Set model.encoder_hidden_size to 12, or model.encoder_heads to 2."
    make_encoder(heads=6, hidden=12)
    make_encoder(heads=2, hidden=8)


def test_without_a_wish_there_are_four_heads():
    recurrence = Recurrence(CELLS["lstm"], ENGINES["scratch"])
    encoder = SelfAttentionEncoder(VOCABULARY, EMBEDDING, HIDDEN, 1, recurrence, Dropout(0.0))
    assert encoder.blocks[0].attention.heads == 4


def test_dropout_is_for_training_alone():
    encoder, plain = make_encoder(2, dropout=Dropout(0.5)), make_encoder(2)
    batch = sentences(RAGGED)
    assert not torch.equal(encoder(*batch).memory, encoder(*batch).memory)
    assert torch.equal(encoder.eval()(*batch).memory, plain(*batch).memory)


def test_dropout_falls_on_embeddings_and_on_all_that_blocks_add():
    """With everything dropped, what is left is the normalised positions, whatever the blocks do."""
    encoder = make_encoder(2, embedding=HIDDEN, dropout=Dropout(1.0))
    memory = encoder(*sentences([7])).memory
    place = [
        [math.cos(t / 10**c) if odd else math.sin(t / 10**c) for c in range(4) for odd in (0, 1)]
        for t in range(7)
    ]
    assert_same(memory[0], encoder.norm(torch.tensor(place, dtype=torch.float64)))


@one_or_two_layers
@pytest.mark.parametrize("embedding", [EMBEDDING, HIDDEN])
def test_bfloat16_autocast_is_near_float32(layers, embedding):
    encoder = make_encoder(layers, embedding=embedding).float()
    batch = sentences(RAGGED)
    exact = encoder(*batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert encoder.blocks[0].attention.inputs(torch.ones(HIDDEN)).dtype == torch.bfloat16
        rounded = encoder(*batch)
    torch.testing.assert_close(rounded.memory.float(), exact.memory, rtol=0, atol=0.1)
    torch.testing.assert_close(rounded.final_state[0][0].float(), exact.final_state[0][0], rtol=0, atol=0.1)
    rounded.memory.float().sin().sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad.isfinite().all(), name
