"""All steps of a decoder that goes step by step, with gradients by hand, against the steps and autograd."""

import weakref

import pytest
import torch

from seq2seq_cli.models.attention import ATTENTIONS, Memory
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.packing import Packing
from seq2seq_cli.models.placement import DECODERS
from seq2seq_cli.models.stepwise import stepwise

VOCABULARY, HIDDEN, STATE, SOURCE_TIME = 13, 5, 3, 6
SHAPES = {
    "ragged": [5, 3, 3, 1],
    "one-length": [3, 3, 3],
    "one-step": [1, 1],
    "one-sentence": [4],
    "one-word": [1],
}

every_cell = pytest.mark.parametrize("cell", CELLS)
every_attention = pytest.mark.parametrize("attention", ATTENTIONS)
every_placement = pytest.mark.parametrize("placement", DECODERS)
every_shape = pytest.mark.parametrize("lengths", SHAPES.values(), ids=list(SHAPES))
fed_or_not = pytest.mark.parametrize("input_feeding", [False, True], ids=["unfed", "fed"])
tied_or_not = pytest.mark.parametrize("tied_embeddings", [False, True], ids=["untied", "tied"])
one_or_two_layers = pytest.mark.parametrize("layers", [1, 2], ids=["1-layer", "2-layers"])


class Case:
    """A decoder, targets that begin with the longest, their first state and memory: all leaves."""

    def __init__(self, decoder, lengths):
        self.decoder = decoder
        self.lengths = torch.tensor(lengths)
        self.packing = Packing.of(self.lengths, max(lengths))
        batch, dtype = len(lengths), decoder.output.weight.dtype
        self.tokens = torch.randint(1, VOCABULARY, (batch, max(lengths)))
        self.layers = tuple(
            tuple(torch.randn(batch, HIDDEN, dtype=dtype, requires_grad=True) for _ in layer.cell.state_parts)
            for layer in decoder.recurrent.layers
        )
        source_lengths = 1 + torch.arange(batch) * 3 % SOURCE_TIME
        mask = torch.arange(SOURCE_TIME) < source_lengths.unsqueeze(1)
        words = {"none": 0, "summary": 1}.get(self.name_of_attention, SOURCE_TIME)
        values = torch.randn(batch, words, decoder.attention.context_size, dtype=dtype)
        keys = torch.randn(batch, words, HIDDEN * decoder.attention.needs_query, dtype=dtype)
        self.memory = Memory(values.requires_grad_(), keys.requires_grad_(), mask[:, :words])

    @property
    def name_of_attention(self):
        return next(name for name, kind in ATTENTIONS.items() if type(self.decoder.attention) is kind)

    @property
    def leaves(self):
        """All that there are gradients in, but the output layer's parameters."""
        learnt = [
            parameter
            for name, parameter in self.decoder.named_parameters()
            if not name.startswith(("output", "attention.key"))  # keys are made before the first step
        ]
        return [*learnt, *(part for layer in self.layers for part in layer), *self.memory[:2]]

    def at_once(self, masks=None):
        """Return all readouts, (tokens, size), as packing has them, by the pass under test."""
        decoder, packing = self.decoder, self.packing
        return stepwise(
            *(decoder.embedding(self.tokens.flatten()[packing.index]), packing.sizes, decoder.recurrent),
            *(self.layers, masks or (None,) * (len(self.layers) - 1), decoder.attention, self.memory),
            *(decoder.readout,),
            attends_before=decoder.attends_before,
            feeds=decoder.fed_size > 0,
        )

    def one_by_one(self, factors=None):
        """Return the same by the decoder's steps; factors between layers are (tokens, hidden) each."""
        decoder, packing, readouts = self.decoder, self.packing, []
        decoder.output.register_forward_pre_hook(lambda _, inputs: readouts.append(inputs[0]))
        state = decoder.start(self.layers)
        if factors:
            of_time = [packing.unpack(factor).unbind(1) for factor in factors]
            ones = [torch.ones(len(self.lengths), size) for size in (6, decoder.output.in_features)]
        for t, token in enumerate(self.tokens.unbind(1)):
            if factors:
                state = state._replace(masks=(ones[0], *(factor[t] for factor in of_time), ones[1]))
            state = decoder.step(token, state, self.memory).state
        return packing.pack(torch.stack(readouts, dim=1))

    def gradients(self, readouts):
        """Return the gradients of a number in which every readout weighs differently."""
        generator = torch.Generator().manual_seed(3)
        weights = torch.randn(readouts.shape, generator=generator)
        inputs = self.leaves
        loss = (weights * readouts.sin()).sum()
        return torch.autograd.grad(loss + sum(0 * leaf.sum() for leaf in inputs), inputs)  # some take no part


@pytest.fixture(scope="session")
def make_case(make_decoder):
    """Return a maker of small decoders and of something for them to read."""

    def make(lengths, memory=HIDDEN, **settings):
        return Case(make_decoder(hidden=HIDDEN, memory=memory, state=STATE, **settings), lengths)

    return make


@pytest.fixture(scope="session")
def assert_at_once_are_one_by_one(assert_same):
    """Return a check of all readouts and all gradients."""

    def check(case, masks=None, factors=None):
        ours, expected = case.at_once(masks), case.one_by_one(factors)
        assert_same(ours, expected)
        assert_same(case.gradients(ours), case.gradients(expected))

    return check


# Readouts and gradients


@every_placement
@tied_or_not
@pytest.mark.parametrize("attention", ["general", "additive", "summary"])
@pytest.mark.parametrize("memory", [HIDDEN - 2, HIDDEN + 4], ids=["narrow", "wide"])
def test_the_memory_may_have_another_width_than_the_readout(
    make_case, assert_at_once_are_one_by_one, placement, tied_embeddings, attention, memory
):
    case = make_case(
        SHAPES["ragged"],
        memory=memory,
        attention=attention,
        placement=placement,
        tied_embeddings=tied_embeddings,
        input_feeding=True,
    )
    assert_at_once_are_one_by_one(case)


@every_cell
@every_attention
@every_placement
@one_or_two_layers
@fed_or_not
@tied_or_not
def test_readouts_and_every_gradient_are_those_of_the_steps(
    make_case,
    assert_at_once_are_one_by_one,
    cell,
    attention,
    placement,
    layers,
    input_feeding,
    tied_embeddings,
):
    case = make_case(
        SHAPES["ragged"],
        cell=cell,
        attention=attention,
        placement=placement,
        layers=layers,
        input_feeding=input_feeding,
        tied_embeddings=tied_embeddings,
    )
    assert_at_once_are_one_by_one(case)


@every_cell
@every_attention
@every_placement
@every_shape
def test_so_they_are_of_targets_of_any_lengths(
    make_case, assert_at_once_are_one_by_one, cell, attention, placement, lengths
):
    case = make_case(
        lengths, cell=cell, attention=attention, placement=placement, layers=3, input_feeding=True
    )
    assert_at_once_are_one_by_one(case)


@every_cell
@every_placement
def test_variational_dropout_multiplies_all_steps_of_a_sentence_by_one_mask(
    make_case, assert_at_once_are_one_by_one, cell, placement
):
    case = make_case(
        SHAPES["ragged"],
        cell=cell,
        placement=placement,
        attention="additive",
        layers=3,
        input_feeding=True,
        dropout=0.5,
        variational=True,
    )
    sentence = case.packing.index // case.packing.time
    masks = tuple(case.decoder.dropout.draw(case.layers[0][0], HIDDEN)[sentence] for _ in range(2))
    assert all((mask == 0).any() for mask in masks)
    assert_at_once_are_one_by_one(case, masks, masks)


@every_cell
@every_placement
def test_plain_dropout_draws_for_every_word_and_every_gap(
    make_case, monkeypatch, assert_at_once_are_one_by_one, cell, placement
):
    case = make_case(
        SHAPES["ragged"],
        cell=cell,
        placement=placement,
        attention="additive",
        layers=3,
        input_feeding=True,
        dropout=0.5,
    )
    tokens = int(case.lengths.sum())
    drawn = [2.0 * torch.randint(2, (tokens, HIDDEN)) for _ in range(2)]
    left = list(drawn)
    monkeypatch.setattr(Dropout, "factors", lambda *_: left.pop(0))
    assert_at_once_are_one_by_one(case, factors=drawn)
    assert not left


@pytest.mark.parametrize("p", [0.0, 0.5])
def test_factors_of_dropout_are_drawn_in_training_alone(make_case, p):
    case = make_case(SHAPES["ragged"], layers=2, input_feeding=True, dropout=p)
    assert torch.equal(case.at_once(), case.at_once()) == (p == 0)
    case.decoder.eval()
    assert torch.equal(case.at_once(), case.at_once())


@pytest.mark.parametrize(
    ("cell", "attention", "placement", "layers"),
    [("lstm", "additive", "before", 2), ("gru", "general", "after", 1), ("tanh", "summary", "before", 1)],
)
def test_gradients_are_those_of_finite_differences(make_case, cell, attention, placement, layers):
    case = make_case(
        [2, 1], cell=cell, attention=attention, placement=placement, layers=layers, input_feeding=True
    )
    case.decoder.embedding.padding_idx = None  # whose row has no gradient, but takes part in differences
    assert torch.autograd.gradcheck(lambda *_: case.at_once(), case.leaves)


# Precision


@every_cell
@every_attention
@every_placement
@tied_or_not
def test_in_bfloat16_readouts_and_gradients_are_near_and_in_float32(
    make_case, cell, attention, placement, tied_embeddings
):
    case = make_case(
        SHAPES["ragged"],
        cell=cell,
        attention=attention,
        placement=placement,
        layers=2,
        input_feeding=True,
        tied_embeddings=tied_embeddings,
    )
    case = Case(case.decoder.float(), SHAPES["ragged"])
    exact = case.at_once()
    with torch.autocast("cpu", torch.bfloat16):
        rounded = case.at_once()
    assert not torch.equal(rounded, exact)
    for ours, expected in zip(
        (rounded, *case.gradients(rounded)), (exact, *case.gradients(exact)), strict=True
    ):
        assert ours.dtype == torch.float32
        assert (ours - expected).norm() <= 0.05 * expected.norm() + 1e-5


@pytest.mark.usefixtures("_nan_where_nothing_was_written")
@every_cell
@every_attention
@every_placement
@pytest.mark.parametrize("rounded", [False, True], ids=["exact", "bfloat16"])
def test_what_stands_in_memory_that_was_not_written_to_does_not_matter(
    make_case, cell, attention, placement, rounded
):
    lengths = [3] + [2] * 32 + [1] * 5  # steps of 38, 33 and 1 rows
    case = make_case(
        lengths, cell=cell, attention=attention, placement=placement, layers=2, input_feeding=True
    )
    case = Case(case.decoder.float(), lengths)

    def learn():
        with torch.autocast("cpu", torch.bfloat16, enabled=rounded):
            readouts = case.at_once()
        return readouts, *case.gradients(readouts)

    of_nan = learn()
    torch.use_deterministic_algorithms(False)
    assert all(tensor.isfinite().all() for tensor in of_nan)
    torch.testing.assert_close(of_nan, learn())


# The way back


@every_attention
@every_placement
def test_the_way_back_can_be_gone_again(make_case, assert_same, attention, placement):
    case = make_case(SHAPES["ragged"], attention=attention, placement=placement, layers=2, input_feeding=True)
    readouts = case.at_once()
    once, again = (
        torch.autograd.grad(readouts.sin().sum(), case.layers[0], retain_graph=True) for _ in range(2)
    )
    assert_same(once, again)
    loss = readouts.sin().sum() + sum(0 * leaf.sum() for leaf in case.leaves)
    once, again = (torch.autograd.grad(loss, case.leaves, retain_graph=True) for _ in range(2))
    assert_same(once, again)


@every_attention
@every_placement
@pytest.mark.parametrize("rounded", [False, True], ids=["exact", "bfloat16"])
def test_gradients_are_added_to_those_there_are_and_may_be_changed(make_case, attention, placement, rounded):
    case = make_case(SHAPES["ragged"], attention=attention, placement=placement, layers=2, input_feeding=True)
    case = Case(case.decoder.float(), SHAPES["ragged"])
    with torch.autocast("cpu", torch.bfloat16, enabled=rounded):
        readouts = case.at_once()
    readouts.sin().sum().backward(retain_graph=True)
    learnt = [leaf for leaf in case.leaves if leaf.grad is not None]
    assert not any(tensor.is_inference() for tensor in (readouts, *(leaf.grad for leaf in learnt)))
    once = [leaf.grad.clone() for leaf in learnt]
    for leaf in learnt:
        leaf.grad.mul_(0.5)
    readouts.sin().sum().backward()
    torch.testing.assert_close([leaf.grad for leaf in learnt], [1.5 * gradient for gradient in once])


def test_the_gradient_of_a_gradient_is_refused_and_not_wrong(make_case):
    case = make_case(SHAPES["ragged"], attention="general", input_feeding=True)
    readouts = case.at_once()
    (gradient,) = torch.autograd.grad(readouts.sin().sum(), case.layers[0][0], create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


@every_attention
@every_placement
def test_what_it_is_given_and_the_gradient_above_are_left_alone(make_case, attention, placement):
    case = make_case(SHAPES["ragged"], attention=attention, placement=placement, layers=2, input_feeding=True)
    before = [leaf.detach().clone() for leaf in case.leaves]
    readouts = case.at_once()
    read, above = readouts.detach().clone(), torch.randn_like(readouts)
    kept = above.clone()
    readouts.backward(above)
    assert torch.equal(above, kept)
    assert torch.equal(readouts, read)
    assert all(map(torch.equal, case.leaves, before))


@pytest.mark.usefixtures("_without_garbage_collector")
@every_cell
@every_attention
@tied_or_not
def test_nothing_keeps_a_pass_that_is_over(make_case, cell, attention, tied_embeddings):
    case = make_case(
        SHAPES["ragged"],
        cell=cell,
        attention=attention,
        layers=2,
        input_feeding=True,
        tied_embeddings=tied_embeddings,
    )
    readouts = case.at_once()
    steps = weakref.ref(readouts.grad_fn.kept)
    readouts.sin().sum().backward()
    assert steps() is not None
    del readouts
    assert steps() is None


@every_attention
@every_placement
def test_without_gradients_readouts_are_the_same(make_case, attention, placement):
    case = make_case(SHAPES["ragged"], attention=attention, placement=placement, layers=2, input_feeding=True)
    readouts = case.at_once()
    with torch.no_grad():
        assert torch.equal(case.at_once(), readouts)
    with torch.inference_mode():
        assert torch.equal(case.at_once(), readouts)
