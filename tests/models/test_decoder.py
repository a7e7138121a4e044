"""The decoder's sweep over a whole target against its own steps, its equations, and what a step may see."""

import pytest
import torch
from torch.nn.functional import linear

from seq2seq_cli.batch import mask_of
from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.encoders import EncoderOutput
from seq2seq_cli.models.placement import DECODERS
from seq2seq_cli.symbols import PAD, SOS

VOCABULARY, EMBEDDING, HIDDEN = 13, 6, 8
BATCH, TIME, SOURCE_TIME, MEMORY, STATE = 4, 6, 5, 8, 3
MASK = torch.arange(SOURCE_TIME) < torch.tensor([[5], [3], [1], [4]])
LENGTHS = torch.tensor([6, 4, 1, 6])

every_cell = pytest.mark.parametrize("cell", CELLS)
every_engine = pytest.mark.parametrize("engine", ["scratch", "fused"])  # auto is one of them
every_attention = pytest.mark.parametrize("attention", ATTENTIONS)
every_placement = pytest.mark.parametrize("placement", DECODERS)
fed_or_not = pytest.mark.parametrize("input_feeding", [False, True], ids=["unfed", "fed"])
tied_or_not = pytest.mark.parametrize("tied_embeddings", [False, True], ids=["untied", "tied"])
one_or_two_layers = pytest.mark.parametrize("layers", [1, 2], ids=["1-layer", "2-layers"])


def random_target():
    """Return targets with <sos> before them."""
    tokens = torch.randint(3, VOCABULARY, (BATCH, TIME))
    tokens[:, 0] = SOS
    return tokens.where(mask_of(LENGTHS, TIME), PAD)


def random_layers(decoder):
    return tuple(
        tuple(torch.randn_like(part) for part in layer.cell.initial_state(BATCH))
        for layer in decoder.recurrent.layers
    )


def random_source():
    """Return what an encoder might have made of four sentences."""
    memory = torch.randn(BATCH, SOURCE_TIME, MEMORY).double() * MASK.unsqueeze(2)
    return EncoderOutput(memory, MASK, ((torch.randn(BATCH, STATE).double(),),))


def inputs_of(decoder):
    """Return targets with <sos> before them, a first state and a memory."""
    state = decoder.start(random_layers(decoder))
    return random_target(), state, decoder.attention.prepare(random_source())


def all_at_once(decoder, tokens, state, memory, lengths=LENGTHS):
    """Return the logits of all words, (target tokens, vocabulary), sentence after sentence."""
    return decoder.output(decoder(tokens, lengths, state, memory))


def steps(decoder, tokens, state, memory):
    """Return the same by one step after the other, and the last state."""
    logits = []
    for token in tokens.unbind(1):
        step = decoder.step(token, state, memory)
        logits.append(step.logits)
        state = step.state
    return torch.stack(logits, dim=1)[mask_of(LENGTHS, TIME)], state


def gradients(decoder, logits):
    return torch.autograd.grad(logits.sin().sum(), list(decoder.parameters()), retain_graph=True)


# All steps at once, and one after the other


@every_cell
@every_engine
@every_attention
@every_placement
@fed_or_not
def test_all_at_once_equal_the_steps_forward_and_in_every_gradient(
    make_decoder, assert_same, cell, engine, attention, placement, input_feeding
):
    decoder = make_decoder(cell, engine, attention, placement, layers=2, input_feeding=input_feeding)
    inputs = inputs_of(decoder)
    together, (stepped, _) = all_at_once(decoder, *inputs), steps(decoder, *inputs)
    assert together.shape == (LENGTHS.sum(), VOCABULARY)
    assert_same(together, stepped)
    learnt = gradients(decoder, together)
    assert_same(learnt, gradients(decoder, stepped))
    assert all(gradient.any() for gradient in learnt)


@every_cell
@every_attention
@every_placement
@fed_or_not
def test_in_training_all_at_once_and_the_steps_drop_the_same(
    make_decoder, assert_same, cell, attention, placement, input_feeding
):
    decoder = make_decoder(
        cell,
        attention=attention,
        placement=placement,
        layers=2,
        input_feeding=input_feeding,
        dropout=0.4,
        variational=True,
    )
    tokens, state, memory = inputs_of(decoder)
    assert [(mask == 0).any().item() for mask in state.masks] == [True] * 3
    together, (stepped, last) = (take(decoder, tokens, state, memory) for take in (all_at_once, steps))
    assert_same(together, stepped)
    assert_same(gradients(decoder, together), gradients(decoder, stepped))
    assert all(map(torch.equal, last.masks, state.masks))
    other = decoder.start(state.layers)
    assert not torch.isclose(all_at_once(decoder, tokens, other, memory), together).all()


@every_attention
@every_placement
@fed_or_not
def test_it_sweeps_wherever_no_step_waits_for_the_one_before(
    make_decoder, attention, placement, input_feeding
):
    decoder = make_decoder(attention=attention, placement=placement, input_feeding=input_feeding)
    waits = input_feeding or (placement == "before" and attention not in ("none", "summary"))
    assert decoder.sweeps != waits


@every_placement
@tied_or_not
@fed_or_not
@pytest.mark.parametrize("layer_norm", [False, True], ids=["plain", "normalised"])
def test_with_any_switches_all_at_once_equal_the_steps(
    make_decoder, assert_same, placement, tied_embeddings, input_feeding, layer_norm
):
    decoder = make_decoder(
        attention="summary",
        placement=placement,
        layers=2,
        tied_embeddings=tied_embeddings,
        input_feeding=input_feeding,
        layer_norm=layer_norm,
    )
    inputs = inputs_of(decoder)
    assert decoder.sweeps != input_feeding
    together, (stepped, _) = all_at_once(decoder, *inputs), steps(decoder, *inputs)
    assert_same(together, stepped)
    assert_same(gradients(decoder, together), gradients(decoder, stepped))


# The equations


@every_cell
@every_attention
@every_placement
@fed_or_not
def test_steps_and_their_gradients_are_what_the_equations_say(
    make_decoder, assert_same, cell, attention, placement, input_feeding
):
    decoder = make_decoder(cell, attention=attention, placement=placement, input_feeding=input_feeding)
    tokens, state, memory = inputs_of(decoder)
    layers, fed = state.layers[0], torch.zeros(BATCH, HIDDEN if input_feeding else 0).double()
    ours, expected = [], []
    for token in tokens.unbind(1):
        word = decoder.embedding.weight[token]
        if placement == "before":
            context, weights = decoder.attention(layers[0], memory)
            layers = decoder.recurrent.layers[0].cell.step(torch.cat([word, context, fed], dim=1), layers)
        else:
            layers = decoder.recurrent.layers[0].cell.step(torch.cat([word, fed], dim=1), layers)
            context, weights = decoder.attention(layers[0], memory)
        readout = layers[0]
        if attention != "none":
            together = torch.cat([layers[0], context], dim=1)
            readout = linear(together, decoder.readout[0].weight, decoder.readout[0].bias).tanh()
        fed = readout if input_feeding else fed
        step = decoder.step(token, state, memory)
        ours.append(step.logits)
        expected.append(linear(readout, decoder.output.weight, decoder.output.bias))
        assert_same((step.state.layers, step.state.fed), ((layers,), fed))
        if weights is not None:
            assert_same(step.weights, weights)
        state = step.state
    ours, expected = torch.stack(ours), torch.stack(expected)
    assert_same(ours, expected)
    names = [name for name, _ in decoder.named_parameters()]
    learnt, by_hand = (dict(zip(names, gradients(decoder, each), strict=True)) for each in (ours, expected))
    for each in (learnt, by_hand):
        each["embedding.weight"][PAD] = 0  # which does not learn: its row is read and not looked up above
    assert_same(learnt, by_hand)


@one_or_two_layers
@every_placement
def test_without_attention_the_logits_are_a_linear_map_of_the_hidden_state(
    make_decoder, assert_same, layers, placement
):
    decoder = make_decoder(layers=layers, placement=placement)
    tokens, state, memory = inputs_of(decoder)
    step = decoder.step(tokens[:, 0], state, memory)
    hidden = step.state.layers[-1][0]
    assert_same(step.logits, linear(hidden, decoder.output.weight, decoder.output.bias))
    assert step.weights is None


@every_attention
def test_before_the_top_layers_state_asks_and_the_lowest_layer_is_told(make_decoder, assert_same, attention):
    decoder, asked, told = make_decoder(attention=attention, placement="before", layers=2), [], []
    decoder.attention.register_forward_pre_hook(lambda _, inputs: asked.append(inputs[0]))
    decoder.attention.register_forward_hook(lambda *call: told.append(call[2][0]))
    tokens, state, memory = inputs_of(decoder)
    step = decoder.step(tokens[:, 0], state, memory)
    assert torch.equal(asked[0], state.layers[1][0])
    x = torch.cat([decoder.embedding(tokens[:, 0]), told[0]], dim=1)
    lower = decoder.recurrent.layers[0].cell.step(x, state.layers[0])
    assert_same(step.state.layers[0], lower)


# Input feeding


@tied_or_not
@every_placement
def test_what_is_fed_is_the_readout_and_nothing_without_feeding(make_decoder, tied_embeddings, placement):
    for input_feeding, width in ((False, 0), (True, EMBEDDING if tied_embeddings else HIDDEN)):
        decoder = make_decoder(
            attention="general",
            placement=placement,
            input_feeding=input_feeding,
            tied_embeddings=tied_embeddings,
        )
        tokens, state, memory = inputs_of(decoder)
        assert torch.equal(state.fed, torch.zeros(BATCH, width).double())
        after = decoder.step(tokens[:, 0], state, memory).state.fed
        assert after.shape == (BATCH, width)
        assert after.all()


@every_placement
def test_without_feeding_a_step_does_not_depend_on_where_the_last_one_looked(make_decoder, placement):
    for input_feeding in (False, True):
        decoder = make_decoder(attention="general", placement=placement, input_feeding=input_feeding)
        tokens, state, memory = inputs_of(decoder)
        after = decoder.step(tokens[:, 0], state, memory).state
        other = after._replace(fed=after.fed + 1)
        logits, other_logits = (decoder.step(tokens[:, 1], each, memory).logits for each in (after, other))
        assert torch.equal(logits, other_logits) != input_feeding


# Tied embeddings


@every_placement
@every_attention
@fed_or_not
def test_a_tied_matrix_is_one_tensor_of_one_name(make_decoder, placement, attention, input_feeding):
    decoder = make_decoder(
        attention=attention, placement=placement, tied_embeddings=True, input_feeding=input_feeding
    )
    assert decoder.output.weight is decoder.embedding.weight
    names = [name for name, _ in decoder.named_parameters()]
    assert names.count("embedding.weight") == 1
    assert "output.weight" not in names
    assert all_at_once(decoder, *inputs_of(decoder)).shape == (LENGTHS.sum(), VOCABULARY)


def test_the_gradient_of_a_tied_matrix_is_the_sum_of_both_uses(make_decoder, assert_same):
    tied, untied = (
        make_decoder(attention="general", hidden=EMBEDDING, tied_embeddings=tied) for tied in (True, False)
    )
    untied.load_state_dict(tied.state_dict())
    source, tokens, layers = random_source(), random_target(), random_layers(tied)
    for decoder in (tied, untied):
        logits = all_at_once(decoder, tokens, decoder.start(layers), decoder.attention.prepare(source))
        logits.sin().sum().backward()
    both = untied.embedding.weight.grad + untied.output.weight.grad
    assert_same(tied.embedding.weight.grad, both)


def test_a_tied_state_comes_back_tied(make_decoder):
    decoder, twin = (make_decoder(attention="general", tied_embeddings=True) for _ in range(2))
    inputs = inputs_of(decoder)
    twin.load_state_dict(decoder.state_dict())
    assert twin.output.weight is twin.embedding.weight
    assert torch.equal(all_at_once(twin, *inputs), all_at_once(decoder, *inputs))


def test_untied_matrices_learn_by_themselves(make_decoder):
    decoder = make_decoder(hidden=EMBEDDING)
    assert decoder.output.weight.data_ptr() != decoder.embedding.weight.data_ptr()


# What a step may see


@every_engine
@every_attention
@every_placement
@fed_or_not
def test_a_position_knows_nothing_of_what_follows(make_decoder, engine, attention, placement, input_feeding):
    decoder = make_decoder("lstm", engine, attention, placement, 2, input_feeding=input_feeding)
    _, *rest = inputs_of(decoder)
    tokens, full = torch.randint(3, VOCABULARY, (BATCH, TIME)), torch.full((BATCH,), TIME)
    other = tokens.clone()
    other[:, 3] = (other[:, 3] + 1) % VOCABULARY
    logits, changed = (
        all_at_once(decoder, each, *rest, full).view(BATCH, TIME, -1) for each in (tokens, other)
    )
    assert torch.equal(logits[:, :3], changed[:, :3])
    assert (logits[:, 3:] != changed[:, 3:]).all()


@every_attention
@every_placement
def test_the_padding_of_the_memory_does_not_matter(make_decoder, assert_same, attention, placement):
    decoder, source = make_decoder(attention=attention, placement=placement), random_source()
    tokens, state = random_target(), decoder.start(random_layers(decoder))
    noise = 9 * ~MASK.unsqueeze(2), torch.randn(BATCH, 3, MEMORY).double()
    noisy = source._replace(
        memory=torch.cat([source.memory + noise[0], noise[1]], dim=1),
        mask=torch.nn.functional.pad(MASK, (0, 3), value=False),
    )
    clean, dirty = (
        all_at_once(decoder, tokens, state, decoder.attention.prepare(each)) for each in (source, noisy)
    )
    assert_same(dirty, clean)


@every_cell
@every_attention
@every_placement
@fed_or_not
@pytest.mark.parametrize("variational", [False, True], ids=["undropped", "dropped"])
def test_rows_can_be_selected_repeated_and_turned_and_do_not_see_each_other(
    make_decoder, assert_same, cell, attention, placement, input_feeding, variational
):
    decoder = make_decoder(
        cell,
        attention=attention,
        placement=placement,
        layers=2,
        input_feeding=input_feeding,
        dropout=0.4 if variational else 0.0,
        variational=variational,
    )
    tokens, state, memory = inputs_of(decoder)
    state = decoder.step(tokens[:, 0], state, memory).state
    rows = torch.tensor([2, 0, 2, 3, 1])
    step = decoder.step(tokens[:, 1], state, memory)
    chosen = decoder.step(tokens[rows, 1], state.select(rows), memory.select(rows))
    assert_same(chosen.logits, step.logits[rows])
    assert_same(chosen.state.layers, step.state.select(rows).layers)
    assert_same(chosen.state.fed, step.state.fed[rows])


@every_cell
@fed_or_not
def test_a_step_leaves_the_state_before_it_alone(make_decoder, cell, input_feeding):
    decoder = make_decoder(cell, attention="general", layers=2, input_feeding=input_feeding)
    tokens, state, memory = inputs_of(decoder)

    def copied():
        return [part.clone() for layer in state.layers for part in layer] + [state.fed.clone()]

    before = copied()
    first = decoder.step(tokens[:, 0], state, memory)
    assert all(map(torch.equal, before, copied()))
    assert torch.equal(first.logits, decoder.step(tokens[:, 0], state, memory).logits)


def test_padding_has_an_embedding_of_zeros_that_does_not_learn(make_decoder):
    decoder = make_decoder()
    all_at_once(decoder, *inputs_of(decoder)).sin().sum().backward()
    assert not decoder.embedding.weight[PAD].any()
    assert not decoder.embedding.weight.grad[PAD].any()


# Dropout


@every_engine
@every_placement
@pytest.mark.parametrize("variational", [False, True], ids=["plain", "variational"])
def test_dropout_is_for_training_alone(make_decoder, engine, placement, variational):
    settings = {"engine": engine, "attention": "general", "placement": placement, "layers": 2}
    decoder = make_decoder(**settings, dropout=0.5, variational=variational)
    plain = make_decoder(**settings)
    plain.load_state_dict(decoder.state_dict())
    tokens, source, layers = random_target(), random_source(), random_layers(decoder)

    def logits(decoder):
        return all_at_once(decoder, tokens, decoder.start(layers), decoder.attention.prepare(source))

    assert not torch.equal(logits(decoder), logits(decoder))
    decoder.eval()
    assert decoder.start(layers).masks == (None,) * 3
    assert torch.equal(logits(decoder), logits(plain))


@every_placement
def test_dropout_falls_on_embeddings_and_on_readouts(make_decoder, assert_same, placement):
    decoder, read, shown = make_decoder(attention="general", placement=placement, dropout=1.0), [], []
    decoder.output.register_forward_pre_hook(lambda _, inputs: shown.append(inputs[0]))
    decoder.attention.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
    tokens, state, memory = inputs_of(decoder)
    nothing = torch.full_like(tokens, PAD)
    for words in (tokens, nothing):
        all_at_once(decoder, words, state, memory)
        decoder.step(words[:, 0], state, memory)
    half = len(read) // 2
    assert_same(read[:half], read[half:])
    assert not any(readout.any() for readout in shown)


@every_placement
def test_variational_masks_fall_on_embeddings_between_layers_and_on_readouts(
    make_decoder, assert_same, placement
):
    decoder = make_decoder(attention="summary", placement=placement, layers=2, dropout=0.5, variational=True)
    tokens, state, memory = inputs_of(decoder)
    on_words, between, on_readouts = state.masks
    assert [mask.shape for mask in state.masks] == [(BATCH, EMBEDDING), (BATCH, HIDDEN), (BATCH, HIDDEN)]
    lower, upper = decoder.recurrent.layers
    context = memory.values.expand(-1, TIME, -1)
    words = decoder.embedding.weight[tokens] * on_words.unsqueeze(1)
    x = torch.cat([words, context], dim=2) if placement == "before" else words
    hidden, _ = lower(x, None, state.layers[0])
    hidden, _ = upper(hidden * between.unsqueeze(1), None, state.layers[1])
    readouts = decoder.readout(hidden, context) * on_readouts.unsqueeze(1)
    assert_same(all_at_once(decoder, tokens, state, memory), decoder.output(readouts)[mask_of(LENGTHS, TIME)])


def test_what_is_fed_is_whole(make_decoder):
    decoder = make_decoder(input_feeding=True, attention="general", dropout=0.5, variational=True)
    tokens, state, memory = inputs_of(decoder)
    assert decoder.step(tokens[:, 0], state, memory).state.fed.all()


# bfloat16


@every_cell
@every_engine
@every_attention
@every_placement
@fed_or_not
def test_in_bfloat16_logits_and_gradients_are_near_those_of_float32(
    make_decoder, cell, engine, attention, placement, input_feeding
):
    decoder = make_decoder(cell, engine, attention, placement, layers=2, input_feeding=input_feeding).float()
    source, layers, tokens = random_source(), random_layers(decoder), random_target()
    source = EncoderOutput(
        source.memory.float(), source.mask, tuple((part.float(),) for (part,) in source.final_state)
    )

    def learn():
        logits = all_at_once(decoder, tokens, decoder.start(layers), decoder.attention.prepare(source))
        return logits.float(), *gradients(decoder, logits.float())

    exact = learn()
    with torch.autocast("cpu", torch.bfloat16):
        rounded = learn()
    for ours, expected in zip(rounded, exact, strict=True):
        assert (ours - expected).abs().max() < 0.1 * expected.abs().max().clamp(min=1)
