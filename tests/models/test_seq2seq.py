"""The whole model: teacher forcing by hand, padding, and the face that searches see."""

from itertools import cycle, product

import pytest
import torch

from seq2seq_cli.batch import Batch, mask_of
from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.bridge import BRIDGES
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.placement import DECODERS
from seq2seq_cli.symbols import EOS, PAD, SOS

VOCABULARY = 13
SOURCE, TARGET = [3, 7, 1, 7, 5], [6, 2, 4, 1, 6]
TWENTY = [1 + (7 * k) % 9 for k in range(20)], [1 + (5 * k) % 8 for k in range(20)]

every_encoder = pytest.mark.parametrize("encoder", ENCODERS)
every_cell = pytest.mark.parametrize("cell", CELLS)
every_engine = pytest.mark.parametrize("engine", ["scratch", "fused"])  # auto is one of them
every_attention = pytest.mark.parametrize("attention", ATTENTIONS)
every_placement = pytest.mark.parametrize("placement", DECODERS)
fed_or_not = pytest.mark.parametrize("input_feeding", [False, True], ids=["unfed", "fed"])


def padded(batch, source, target):
    """Return a batch with so much more padding."""
    pad = torch.nn.functional.pad
    return Batch(
        pad(batch.source, (0, source), value=PAD),
        batch.source_lengths,
        pad(batch.target, (0, target), value=PAD),
        batch.target_lengths,
    )


def sentences_of(logits, batch):
    """Return each sentence's logits, (words, vocabulary), of a batch's."""
    return logits.split(batch.target_lengths.tolist())


def gradients(model, batch, row):
    """Return the gradient of one pair's loss, a parameter a name."""
    model.zero_grad()
    length = batch.target_lengths[row]
    log_probabilities = sentences_of(model(batch), batch)[row].log_softmax(dim=1)
    (-log_probabilities.gather(1, batch.target[row, :length, None]).sum()).backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


def by_hand(model, pair, forced):
    """Return one pair's logits, word by word, each being the right one or the last guess as `forced` says."""
    state, word, logits = model.start(pair.source, pair.source_lengths), SOS, []
    for t in range(pair.target.shape[1]):
        if t > 0:
            word = pair.target[0, t - 1] if forced[t] else logits[-1].argmax()
        step = model.step(torch.tensor([int(word)]), state)
        state = step.state
        logits.append(step.logits[0])
    return torch.stack(logits)


def words_read_by(model):
    """Return a list that grows by the words that the decoder reads, each time (batch, time)."""
    read = []
    model.decoder.embedding.register_forward_pre_hook(
        lambda _, inputs: read.append(inputs[0].view(inputs[0].shape[0], -1))
    )
    return read


# Teacher forcing


@pytest.mark.parametrize("forcing", ["everywhere", "nowhere", "here and there"])
def test_the_first_word_read_is_sos_for_every_sentence_of_every_batch(make_model, make_batch, forcing):
    model = make_model()
    read = words_read_by(model)
    for seed in range(3):
        batch = make_batch(SOURCE, TARGET, seed)
        chance = {"everywhere": 1, "nowhere": 0, "here and there": 0.5}[forcing]
        read.clear()
        model(batch, torch.rand(batch.target.shape) < chance)
        assert read[0].tolist() == [[SOS]] * len(batch)
    read.clear()
    model(batch)
    assert read[0][:, 0].tolist() == [SOS] * len(batch)


def test_a_forced_decoder_reads_the_target_one_word_late(make_model, make_batch):
    model, batch = make_model(), make_batch(SOURCE, TARGET)
    read = words_read_by(model)
    model(batch)
    assert torch.equal(read[0][:, 1:], batch.target[:, :-1])


@every_engine
@every_attention
@every_placement
@fed_or_not
def test_a_mask_says_where_the_right_word_is_read_and_where_the_guess(
    make_model, make_batch, only, assert_same, engine, attention, placement, input_feeding
):
    model = make_model(
        "bi", "lstm", engine, "linear", attention, placement, decoder_layers=2, input_feeding=input_feeding
    )
    batch = make_batch(SOURCE, TARGET)
    forced = torch.rand(batch.target.shape) < 0.5
    for row, logits in enumerate(sentences_of(model(batch, forced), batch)):
        assert_same(logits, by_hand(model, only(batch, row), forced[row]))


@pytest.mark.parametrize("variational", [False, True], ids=["plain", "variational"])
@every_placement
@fed_or_not
def test_guesses_in_training_are_those_of_a_decoder_that_drops_nothing(
    make_model, make_batch, placement, input_feeding, variational
):
    settings = {"placement": placement, "attention": "general", "input_feeding": input_feeding}
    model = make_model("bag", **settings, dropout=0.5, variational=variational)
    plain = make_model("bag", **settings)
    plain.load_state_dict(model.state_dict())
    model.encoder.eval()  # so that both start from the same state
    batch = make_batch(SOURCE, TARGET)
    read, expected = words_read_by(model), words_read_by(plain)
    forced = torch.rand(batch.target.shape) < 0.5
    model(batch, forced)
    plain(batch, forced)
    assert len(read) == len(expected) == max(TARGET)  # a step a guess, and then all at once
    assert all(map(torch.equal, read, expected))
    assert model.decoder.training
    assert model.decoder.dropout.training


def test_guesses_are_made_without_keeping_what_a_way_back_would_need(make_model, make_batch):
    model, batch, keeps = make_model(), make_batch(SOURCE, TARGET), []
    model.decoder.embedding.register_forward_pre_hook(lambda *_: keeps.append(torch.is_grad_enabled()))
    model(batch, torch.zeros_like(batch.target, dtype=torch.bool))
    assert keeps == [False] * (max(TARGET) - 1) + [True]


def test_no_gradient_flows_through_a_guess(make_model, make_batch, assert_same):
    model, batch = make_model(), make_batch(SOURCE, [6, 6, 6, 6, 6])
    read = words_read_by(model)
    free = model(batch, torch.zeros_like(batch.target, dtype=torch.bool))
    guessed = Batch(batch.source, batch.source_lengths, batch.target.clone(), batch.target_lengths)
    guessed.target[:, :-1] = read[-1].view(batch.target.shape)[:, 1:]
    ours, expected = (
        torch.autograd.grad(logits.sin().sum(), list(model.parameters())) for logits in (free, model(guessed))
    )
    assert_same(ours, expected)


def test_whether_the_first_position_is_forced_does_not_matter(make_model, make_batch):
    model, batch = make_model(), make_batch(SOURCE, TARGET)
    forced = torch.rand(batch.target.shape) < 0.5
    other = forced.clone()
    other[:, 0] = ~other[:, 0]
    assert torch.equal(model(batch, forced), model(batch, other))


@every_engine
@every_attention
@every_placement
@pytest.mark.parametrize("variational", [False, True], ids=["undropped", "dropped"])
def test_a_mask_of_true_is_no_mask(
    make_model, make_batch, assert_same, engine, attention, placement, variational
):
    model = make_model(
        "bi",
        "lstm",
        engine,
        "linear",
        attention,
        placement,
        layers=2,
        dropout=0.4 if variational else 0.0,
        variational=variational,
    )
    batch = make_batch(SOURCE, TARGET)
    everywhere = torch.ones_like(batch.target, dtype=torch.bool)
    logits = []
    for forced in (everywhere, None):
        torch.manual_seed(3)  # for the same dropout
        logits.append(model(batch, forced))
    assert_same(*logits)


def test_a_mask_of_false_hides_the_target(make_model, make_batch):
    model, batch = make_model(), make_batch(SOURCE, TARGET)
    other = Batch(batch.source, batch.source_lengths, torch.full_like(batch.target, 5), batch.target_lengths)
    nowhere = torch.zeros_like(batch.target, dtype=torch.bool)
    assert torch.equal(model(batch, nowhere), model(other, nowhere))
    assert not torch.equal(model(batch), model(other))


def test_the_last_word_of_the_target_is_never_read(make_model, make_batch):
    model, batch = make_model(), make_batch([4, 4], [6, 6])
    logits = model(batch)
    batch.target[:, -1] = 7
    assert torch.equal(model(batch), logits)


# Padding never leaks, in batches of many lengths (test_contract.py: whatever a model is made of)


@every_encoder
@every_engine
@every_placement
def test_a_sentence_has_the_same_logits_alone_in_a_batch_and_with_more_padding(
    make_model, make_batch, only, assert_same, encoder, engine, placement
):
    model = make_model(encoder, "lstm", engine, "linear", "general", placement, layers=2)
    batch = make_batch(*TWENTY)
    together, with_padding = model(batch), model(padded(batch, 4, 3))
    for row, logits in enumerate(sentences_of(together, batch)):
        assert_same(logits, model(only(batch, row)))
    assert_same(with_padding, together)


@every_encoder
@every_engine
@every_placement
def test_a_sentence_has_the_same_gradients_alone_in_a_batch_and_with_more_padding(
    make_model, make_batch, only, assert_same, encoder, engine, placement
):
    model = make_model(encoder, "lstm", engine, "linear", "general", placement, layers=2)
    batch = make_batch(*TWENTY)
    for row in (0, 1, 19):
        alone = gradients(model, only(batch, row), 0)
        assert_same(gradients(model, batch, row), alone)
        assert_same(gradients(model, padded(batch, 4, 3), row), alone)


@every_encoder
@every_cell
@pytest.mark.parametrize("bridge", BRIDGES)
@pytest.mark.parametrize(("layers", "decoder_layers"), [(2, 1), (1, 2), (1, 3)])
def test_every_parameter_receives_a_gradient_at_other_depths(
    make_model, make_batch, encoder, cell, bridge, layers, decoder_layers
):
    model = make_model(
        encoder, cell, bridge=bridge, attention="general", layers=layers, decoder_layers=decoder_layers
    )
    for name, gradient in gradients(model, make_batch(SOURCE, TARGET), 1).items():
        assert gradient.any(), name


@every_encoder
@every_cell
@every_engine
def test_engines_agree_in_float32_forward_and_in_every_gradient(
    make_model, make_batch, encoder, cell, engine
):
    batch = make_batch(SOURCE, TARGET)

    def learn(engine):
        torch.manual_seed(1)
        model = make_model(encoder, cell, engine, layers=2).float()
        return model(batch), gradients(model, batch, 0)

    torch.testing.assert_close(learn(engine), learn("scratch"), rtol=1e-5, atol=1e-5)


# start, step, select


@pytest.mark.parametrize(
    ("engine", "encoder", "attention", "placement", "input_feeding"),
    [
        (engine, *rest)
        for engine, rest in zip(cycle(ENGINES), product(ENCODERS, ATTENTIONS, DECODERS, [False, True]))
    ],
)
def test_start_and_steps_give_what_forward_gives(
    make_model, make_batch, assert_same, encoder, engine, attention, placement, input_feeding
):
    model = make_model(
        encoder, "gru", engine, "linear", attention, placement, layers=2, input_feeding=input_feeding
    )
    batch = make_batch(SOURCE, TARGET)
    logits, state = model(batch), model.start(batch.source, batch.source_lengths)
    token, stepped = torch.full((len(batch),), SOS), []
    for t in range(max(TARGET)):
        step = model.step(token, state)
        stepped.append(step.logits)
        token, state = batch.target[:, t], step.state
    assert_same(logits, torch.stack(stepped, dim=1)[mask_of(batch.target_lengths, max(TARGET))])


@every_attention
def test_the_first_state_is_the_final_one_over_the_bridge(make_model, make_batch, assert_same, attention):
    model = make_model(attention=attention, layers=2, decoder_layers=3)
    batch = make_batch(SOURCE, TARGET)
    encoded = model.encode(batch.source, batch.source_lengths)
    start = model.start(batch.source, batch.source_lengths)
    assert_same(start.state.layers, model.bridge(encoded.final_state))
    assert_same(start.memory, model.decoder.attention.prepare(encoded))


@pytest.mark.parametrize("attention", ["general", "additive"])
def test_the_keys_of_the_memory_are_computed_once_a_sentence(make_model, make_batch, attention):
    model, batch, calls = make_model(attention=attention), make_batch(SOURCE, TARGET), []
    model.decoder.attention.key.register_forward_hook(lambda *_: calls.append(1))
    state = model.start(batch.source, batch.source_lengths)
    for _ in range(4):
        state = model.step(torch.full((len(batch),), SOS), state).state
    assert len(calls) == 1
    model(batch)
    assert len(calls) == 2


@every_encoder
@every_attention
@pytest.mark.parametrize("bridge", BRIDGES)
def test_the_source_tells_in_the_logits_unless_nothing_is_handed_over(
    make_model, make_batch, encoder, bridge, attention
):
    model = make_model(encoder, bridge=bridge, attention=attention)
    batch = make_batch(SOURCE, TARGET)
    turned = Batch(batch.source.flip(0), batch.source_lengths.flip(0), batch.target, batch.target_lengths)
    first, other = (sentences_of(model(each), batch)[0] for each in (batch, turned))
    same = torch.isclose(first, other, rtol=0, atol=1e-12)
    assert same.all() if (bridge, attention) == ("zero", "none") else not same.all()


@every_attention
@every_placement
@fed_or_not
def test_rows_can_be_selected_repeated_and_turned(
    make_model, make_batch, assert_same, attention, placement, input_feeding
):
    model = make_model(
        attention=attention, placement=placement, decoder_layers=2, input_feeding=input_feeding
    )
    batch = make_batch(SOURCE, TARGET)
    rows = torch.tensor([3, 0, 3, 1])
    start = model.start(batch.source, batch.source_lengths)
    start = model.step(torch.full((len(batch),), SOS), start).state
    chosen, token = start.select(rows), torch.tensor([5, 6, 7, 8])
    step = model.step(token, chosen)
    for k, row in enumerate(rows.tolist()):
        alone = model.step(token[k : k + 1], start.select(torch.tensor([row])))
        assert_same(step.logits[k], alone.logits[0])
        for layer, alone_layer in zip(step.state.state.layers, alone.state.state.layers, strict=True):
            assert_same([part[k] for part in layer], [part[0] for part in alone_layer])


@every_attention
@every_placement
@fed_or_not
def test_rows_of_a_sentence_share_its_memory_and_step_like_rows_of_their_own(
    make_model, make_batch, assert_same, attention, placement, input_feeding
):
    model = make_model(attention=attention, placement=placement, input_feeding=input_feeding)
    batch = make_batch(SOURCE, TARGET)
    sharing = own = model.start(batch.source, batch.source_lengths)
    owner = torch.arange(len(batch))
    tokens = iter(torch.randint(3, 13, (4, 3 * len(batch))))
    # Three rows a sentence; then they change places; one sentence leaves; of another, two rows are one now.
    for lines in (
        owner.unsqueeze(1).repeat(1, 3),
        owner.unsqueeze(1) * 3 + torch.tensor([2, 0, 1]),
        owner[1:].unsqueeze(1) * 3 + torch.tensor([0, 2, 1]),
        torch.arange(len(batch) - 1).unsqueeze(1) * 3 + torch.tensor([1, 1]),
    ):
        before, sharing, own = sharing, sharing.select(lines), own.select(lines.flatten())
        assert len(sharing.memory.mask) == len(lines)
        if len(lines) == len(before.memory.mask):
            assert sharing.memory is before.memory
        token = next(tokens)[: lines.numel()]
        (logits, sharing, weights), (expected, own, expected_weights) = (
            model.step(token, state) for state in (sharing, own)
        )
        assert_same(logits, expected)
        assert (weights is None) == (expected_weights is None)
        if weights is not None:
            assert_same(weights, expected_weights)
    rows = torch.tensor([3, 0, 3])  # rows of sentences that share become sentences of their own
    again, expected = (model.step(token[:3], state.select(rows)) for state in (sharing, own))
    assert_same(again.logits, expected.logits)


# reverse_source


@every_encoder
@every_engine
def test_a_reversed_source_is_encoded_as_its_words_turned_around_with_eos_last(
    make_model, make_batch, assert_same, encoder, engine
):
    plain = make_model(encoder, "lstm", engine, layers=2)
    reversing = make_model(encoder, "lstm", engine, layers=2, reverse_source=True)
    reversing.load_state_dict(plain.state_dict())
    source, lengths = make_batch(SOURCE, TARGET, extra_padding=2).source, torch.tensor(SOURCE)
    ours = reversing.encode(source, lengths)
    for row, length in enumerate(SOURCE):
        *words, eos = source[row, :length].tolist()
        assert eos == EOS
        expected = plain.encode(torch.tensor([[*reversed(words), eos]]), lengths[row : row + 1])
        for layer, expected_layer in zip(ours.final_state, expected.final_state, strict=True):
            assert_same([part[row] for part in layer], [part[0] for part in expected_layer])
        *of_words, of_eos = expected.memory[0]
        assert_same(ours.memory[row, :length], torch.stack([*reversed(of_words), of_eos]))
    assert not ours.memory[~ours.mask].any()
    assert torch.equal(ours.mask, plain.encode(source, lengths).mask)


@every_attention
def test_a_reversed_source_is_what_search_and_training_see(make_model, make_batch, assert_same, attention):
    model = make_model(attention=attention, reverse_source=True)
    plain = make_model(attention=attention)
    plain.load_state_dict(model.state_dict())
    batch = make_batch(SOURCE, TARGET)
    start = model.start(batch.source, batch.source_lengths)
    encoded = model.encode(batch.source, batch.source_lengths)
    assert_same(start.memory, model.decoder.attention.prepare(encoded))
    first = torch.stack([logits[0] for logits in sentences_of(model(batch), batch)])
    assert_same(model.step(torch.full((len(batch),), SOS), start).logits, first)
    assert not torch.isclose(model(batch), plain(batch)).all()


# Parts that are shared


@every_attention
@every_placement
def test_a_tied_model_names_its_matrix_once_and_learns_by_both_uses(
    make_model, make_batch, attention, placement
):
    model = make_model(attention=attention, placement=placement, tied_embeddings=True, input_feeding=True)
    names = [name for name, _ in model.named_parameters()]
    assert "decoder.output.weight" not in names
    assert names.count("decoder.embedding.weight") == 1
    torch.optim.Adam(model.parameters())  # which refuses a parameter that comes twice
    batch = make_batch(SOURCE, TARGET)
    unread = sorted(set(range(3, VOCABULARY)) - set(batch.target[0].tolist()))
    learnt = gradients(model, batch, 0)["decoder.embedding.weight"]
    assert learnt[unread].all()


@pytest.mark.parametrize("variational", [False, True], ids=["plain", "variational"])
@every_encoder
def test_dropout_is_for_training_alone(make_model, make_batch, encoder, variational):
    settings = {"attention": "general", "layers": 2}
    model = make_model(encoder, **settings, dropout=0.5, variational=variational)
    plain, batch = make_model(encoder, **settings), make_batch(SOURCE, TARGET)
    plain.load_state_dict(model.state_dict())
    assert not torch.equal(model(batch), model(batch))
    model.eval()
    assert torch.equal(model(batch), plain(batch))
