"""A model in numbers, beside formulas worked out by hand and the tensors of a graph that is really there."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.build.training import build_trainer
from seq2seq_cli.config import from_mapping
from seq2seq_cli.errors import ConfigError, DatasetError
from seq2seq_cli.inspection.model import plan_of_config, plan_of_run, summarise_model
from seq2seq_cli.inspection.model.arithmetic import count_work
from seq2seq_cli.inspection.model.memory import activation_bytes, optimizer_bytes
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.training.objective import Objective
from seq2seq_cli.training.optim import OPTIMIZERS

WORDS = 23
LENGTH = 7
EMBEDDING, ENCODER, DECODER = 12, 20, 24
GATES = {"lstm": 4, "gru": 3, "tanh": 1}
PARTS = {"lstm": 2, "gru": 1, "tanh": 1}


def plan(training=None, max_length=LENGTH, **model):
    """Return the plan of a small model; neither width equals another one unless asked for."""
    sizes = {
        "embedding_size": EMBEDDING,
        "encoder_hidden_size": ENCODER,
        "decoder_hidden_size": DECODER,
        **model,
    }
    sections = {"model": sizes, "training": training or {}, "data": {"max_length": max_length}}
    return plan_of_config(from_mapping(sections, "test"), vocabulary=WORDS)


def built(plan):
    torch.manual_seed(1)
    return build_model(plan.config.model, WORDS, WORDS)


class ByHand:
    """What a model multiplies a source token, a sentence, a target token, from nothing but its widths."""

    def __init__(self, model):
        self.model = model
        self.source = self.encoder()
        self.sentence = self.bridge()
        self.target = self.decoder()

    def cell(self, inputs, hidden):
        return GATES[self.model.cell] * hidden * (inputs + hidden)

    def encoder(self):
        model, width, layers = self.model, ENCODER, self.model.encoder_layers
        if model.encoder == "uni":
            self.states = [width] * layers
            return self.cell(EMBEDDING, width) + (layers - 1) * self.cell(width, width)
        if model.encoder == "bi":
            self.states = [2 * width] * layers
            return 2 * self.cell(EMBEDDING, width) + (layers - 1) * 2 * self.cell(2 * width, width)
        if model.encoder == "deep":
            self.states = [2 * width] + [width] * (layers - 1)
            above = [2 * width] + [width] * (layers - 2)
            return 2 * self.cell(EMBEDDING, width) + sum(self.cell(w, width) for w in above[: layers - 1])
        if model.encoder == "bag":
            self.states = [EMBEDDING]
            return 0
        self.states = [width]
        if model.encoder == "conv":
            return EMBEDDING * width + layers * 3 * width * 2 * width
        assert model.encoder == "self_attention"
        words = (3 + 1 + 4 + 4) * width * width  # queries, keys, values; output; feed forward, there and back
        looking = 2 * LENGTH * width  # scores and sums, at every word of the sentence
        return EMBEDDING * width + layers * (words + looking)

    def bridge(self):
        depth, layers = len(self.states), self.model.decoder_layers
        beside = [self.states[max(0, layer + depth - layers)] for layer in range(layers)]
        return sum(PARTS[self.model.cell] * width * DECODER for width in beside if width != DECODER)

    def decoder(self):
        model, memory = self.model, self.states[-1]
        context = {"none": 0, "summary": self.states[-1]}.get(model.attention, memory)
        looking = 0
        if model.attention in ("dot", "general", "additive"):
            looking = LENGTH * DECODER + LENGTH * memory  # a score and a share of the sum, a source word
        if model.attention in ("general", "additive"):
            self.source += memory * DECODER  # a key, once a source word
        if model.attention == "additive":
            looking += DECODER * DECODER  # the query
        readout = EMBEDDING if model.tied_embeddings else DECODER
        inputs = EMBEDDING + context * (model.placement == "before") + readout * model.input_feeding
        recurrent = self.cell(inputs, DECODER) + (model.decoder_layers - 1) * self.cell(DECODER, DECODER)
        mapped = 0 if context == 0 and readout == DECODER else (DECODER + context) * readout
        return looking + recurrent + mapped + readout * WORDS


@pytest.mark.parametrize(("layers", "engine"), [(1, "fused"), (3, "scratch")])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_multiply_adds_of_encoders_and_bridges(encoder, cell, layers, engine):
    drawn = plan(encoder=encoder, cell=cell, encoder_layers=layers, decoder_layers=2, engine=engine)
    expected, found = ByHand(drawn.config.model), summarise_model(drawn).multiply_adds
    assert (found.source, found.sentence) == (expected.source, expected.sentence)
    assert found.target == expected.target


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("feeding", [False, True])
@pytest.mark.parametrize("placement", ["after", "before"])
@pytest.mark.parametrize("attention", ["none", "summary", "general", "additive"])
def test_multiply_adds_of_decoders(attention, placement, feeding, tied):
    drawn = plan(
        attention=attention,
        placement=placement,
        input_feeding=feeding,
        tied_embeddings=tied,
        cell="gru",
    )
    expected, found = ByHand(drawn.config.model), summarise_model(drawn).multiply_adds
    assert (found.source, found.sentence, found.target) == (
        expected.source,
        expected.sentence,
        expected.target,
    )


def test_multiply_adds_of_dot_attention():
    drawn = plan(encoder="uni", attention="dot", encoder_hidden_size=DECODER)
    (layer,) = [layer for layer in summarise_model(drawn).layers if layer.name == "decoder.attention"]
    assert (layer.kind, layer.shapes, layer.per) == ("DotAttention", {}, "target")
    assert layer.multiply_adds == 2 * LENGTH * DECODER


@pytest.mark.parametrize("feeding", [False, True])  # step by step, cells are not called as modules
@pytest.mark.parametrize("engine", ["scratch", "fused"])
def test_each_layer_has_what_it_multiplies_itself(engine, feeding):
    drawn = plan(encoder="bi", attention="additive", input_feeding=feeding, engine=engine, decoder_layers=2)
    found = {layer.name: (layer.multiply_adds, layer.per) for layer in summarise_model(drawn).layers}
    fed = DECODER if feeding else 0
    memory = 2 * ENCODER
    assert found == {
        "encoder.embedding": (0, "source"),
        "encoder.recurrent.layers.0.left_to_right.cell": (4 * ENCODER * (EMBEDDING + ENCODER), "source"),
        "encoder.recurrent.layers.0.right_to_left.cell": (4 * ENCODER * (EMBEDDING + ENCODER), "source"),
        **{
            f"bridge.maps.{layer}.{part}": (memory * DECODER, "sentence")
            for layer in (0, 1)
            for part in ("hidden", "cell")
        },
        "decoder.embedding": (0, "target"),
        "decoder.recurrent.layers.0.cell": (4 * DECODER * (EMBEDDING + fed + DECODER), "target"),
        "decoder.recurrent.layers.1.cell": (4 * DECODER * (DECODER + DECODER), "target"),
        "decoder.attention.key": (memory * DECODER, "source"),
        "decoder.attention.query": (DECODER * DECODER, "target"),
        "decoder.attention.score": (LENGTH * DECODER, "target"),
        "decoder.attention": (LENGTH * memory, "target"),
        "decoder.readout.0": ((DECODER + memory) * DECODER, "target"),
        "decoder.output": (DECODER * WORDS, "target"),
    }


def test_layers_come_in_the_order_in_which_data_meet_them():
    names = [layer.name for layer in summarise_model(plan(attention="general", layer_norm=True)).layers]
    assert names == [
        "encoder.embedding",
        "encoder.recurrent.layers.0.left_to_right.cell",
        "encoder.recurrent.layers.0.right_to_left.cell",  # both directions read together
        "encoder.recurrent.layers.0.left_to_right.norm",
        "encoder.recurrent.layers.0.right_to_left.norm",
        "bridge.maps.0.hidden",
        "bridge.maps.0.cell",
        "decoder.attention.key",
        "decoder.embedding",
        "decoder.recurrent.layers.0.cell",
        "decoder.recurrent.layers.0.norm",
        "decoder.attention",
        "decoder.readout.0",
        "decoder.output",
    ]
    before = [layer.name for layer in summarise_model(plan(attention="general", placement="before")).layers]
    assert before.index("decoder.attention") < before.index("decoder.recurrent.layers.0.cell")


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("encoder", ENCODERS)
def test_layers_hold_every_parameter_once(encoder, tied):
    drawn = plan(encoder=encoder, attention="additive", tied_embeddings=tied, encoder_layers=2)
    summary, model = summarise_model(drawn), built(drawn)
    shapes = {f"{layer.name}.{own}": shape for layer in summary.layers for own, shape in layer.shapes.items()}
    assert shapes == {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert summary.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert sum(layer.parameters for layer in summary.layers) == summary.parameters
    assert sum(layer.share for layer in summary.layers) == pytest.approx(100)
    for layer in summary.layers:
        own = [torch.Size(shape).numel() for name, shape in layer.shapes.items() if name not in layer.tied]
        assert layer.parameters == sum(own)
        assert layer.share == pytest.approx(100 * sum(own) / summary.parameters)


def test_tied_parameters_are_counted_once_and_named():
    layers = {layer.name: layer for layer in summarise_model(plan(tied_embeddings=True)).layers}
    output, embedding = layers["decoder.output"], layers["decoder.embedding"]
    assert output.tied == {"weight": "decoder.embedding.weight"}
    assert output.shapes == {"weight": (WORDS, EMBEDDING), "bias": (WORDS,)}
    assert (output.parameters, embedding.parameters) == (WORDS, WORDS * EMBEDDING)
    assert (output.multiply_adds, embedding.multiply_adds) == (
        WORDS * EMBEDDING,
        0,
    )  # who looks up, who multiplies
    assert [layer.name for layer in layers.values() if layer.tied] == ["decoder.output"]


def test_of_tied_layers_the_one_at_work_multiplies():
    drawn = plan(tied_embeddings=True)
    model = built(drawn)
    model.decoder.output.bias = None  # so that the product itself tells nothing of its owner
    work = count_work(model, drawn.batch(2))
    assert work["decoder.output", "target"] == WORDS * EMBEDDING
    assert work["decoder.embedding", "target"] == 0


def test_kinds_say_from_what_width_to_what():
    kinds = {layer.name: layer.kind for layer in summarise_model(plan(cell="gru", encoder="uni")).layers}
    assert kinds["encoder.embedding"] == f"Embedding {WORDS} → {EMBEDDING}"
    assert kinds["encoder.recurrent.layers.0.cell"] == f"GRUCell {EMBEDDING} → {ENCODER}"
    assert kinds["bridge.maps.0.hidden"] == f"Linear {ENCODER} → {DECODER}"


def lstm(inputs, hidden):
    return 4 * hidden * (inputs + hidden + 1)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("encoder", "directions"), [("uni", 1), ("bi", 2)])
@pytest.mark.parametrize("decoder", [20, 40, 15])
def test_parameters_are_those_of_the_formula(dataset, encoder, directions, decoder, layers):
    sizes = {
        "encoder": encoder,
        "embedding_size": 12,
        "encoder_hidden_size": 20,
        "decoder_hidden_size": decoder,
        "encoder_layers": layers,
        "decoder_layers": layers,
    }
    width = directions * 20
    expected = (
        (len(dataset.source_vocabulary) + len(dataset.target_vocabulary)) * 12
        + directions * (lstm(12, 20) + (layers - 1) * lstm(width, 20))
        + (0 if width == decoder else layers * 2 * decoder * (width + 1))
        + lstm(12, decoder)
        + (layers - 1) * lstm(decoder, decoder)
        + len(dataset.target_vocabulary) * (decoder + 1)
    )
    summary = summarise_model(plan_of_config(from_mapping({"model": sizes}, "test"), dataset.folder))
    assert summary.parameters == expected
    assert summary.memory.parameters == pytest.approx(4 * expected / 1e6)  # a float takes four bytes


def test_random_generators_are_left_as_they_were():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    summarise_model(plan({"teacher_forcing": {"policy": "ratio"}}, dropout=0.5))
    assert torch.equal(torch.rand(3), expected)


class Storages(TorchDispatchMode):
    """Knows of all memory that operations hand out, and when it is free again."""

    def __init__(self):
        super().__init__()
        self.handed_out = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, Tensor):
                storage = tensor.untyped_storage()
                self.handed_out.append((StorageWeakRef(storage), storage.data_ptr(), storage.nbytes()))
        return made

    def held(self, *others):
        """Return the bytes that somebody holds still, those of other tensors not counted."""
        held = {place: size for storage, place, size in self.handed_out if not storage.expired()}
        for tensor in others:
            held.pop(tensor.untyped_storage().data_ptr(), None)
        return sum(held.values())


@pytest.mark.parametrize("policy", ["always", "never"])
@pytest.mark.parametrize("engine", ["scratch", "fused"])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("encoder", ["deep", "self_attention"])
def test_activations_are_what_is_held_between_a_loss_and_its_gradients(encoder, cell, engine, policy):
    drawn = plan(
        {"teacher_forcing": {"policy": policy}},
        encoder=encoder,
        cell=cell,
        engine=engine,
        attention="additive",
        encoder_layers=2,
        dropout=0.2,
        tied_embeddings=True,
    )
    model, batch = built(drawn), drawn.batch(3)
    forced = None if policy == "always" else torch.zeros_like(batch.target, dtype=torch.bool)
    with Storages() as storages:
        loss = Objective(model).train()(batch, forced)
    given = [batch.source_lengths, batch.target_lengths, *([] if forced is None else [forced])]
    held = storages.held(loss, *model.parameters(), *given)  # words, too, embeddings hold
    assert activation_bytes(model, drawn, 3) == held


@pytest.mark.parametrize("encoder", ENCODERS)
def test_activations_of_a_large_batch_follow_from_those_of_small_ones(encoder):
    drawn = plan({"batch_size": 37}, encoder=encoder, attention="general", engine="scratch", dropout=0.3)
    summary = summarise_model(drawn)
    assert summary.sentences == 37
    assert summary.memory.activations == activation_bytes(built(drawn), drawn, 37) / 1e6


def test_activations_of_torchs_own_lstm_follow_but_for_some_pages():
    drawn = plan({"batch_size": 64}, encoder_hidden_size=128, decoder_hidden_size=256, engine="fused")
    expected = activation_bytes(built(drawn), drawn, 64) / 1e6
    assert summarise_model(drawn).memory.activations == pytest.approx(expected, rel=0.01)


def test_a_small_batch_is_measured_itself():
    drawn = plan({"batch_size": 3}, engine="fused")
    assert summarise_model(drawn).memory.activations == activation_bytes(built(drawn), drawn, 3) / 1e6


@pytest.mark.parametrize(("optimizer", "copies"), [("sgd", 0), ("adam", 2)])
def test_memory_is_in_megabytes_and_training_takes_all_of_it(optimizer, copies):
    memory = summarise_model(plan({"optimizer": optimizer}, tied_embeddings=True)).memory
    assert memory.optimizer == pytest.approx(copies * memory.parameters)
    assert memory.gradients == memory.parameters
    assert memory.training == pytest.approx((2 + copies) * memory.parameters + memory.activations)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_optimizer_holds_what_it_really_keeps_after_a_step(dataset, optimizer, momentum):
    training = {"optimizer": optimizer, "momentum": momentum, "max_steps": 1}
    config = from_mapping({"training": training, "model": {"embedding_size": 8}}, "test")
    model, trainer = build_trainer(config, dataset, torch.device("cpu"))
    next(trainer.events())
    kept = sum(tensor.nbytes for tensor in trainer.optimizer.tensors().values())
    assert optimizer_bytes(model, config.training) == kept


def test_a_batch_of_tokens_has_as_many_sentences_as_fit():
    summary = summarise_model(plan({"batch_by": "tokens", "batch_size": 100}))
    assert (summary.tokens, summary.sentences) == (LENGTH, 100 // LENGTH)


@pytest.mark.parametrize(("max_length", "tokens"), [(2, 2), (50, 50), (100_000, 50)])
def test_made_up_sentences_are_as_long_as_the_data_admit_and_no_longer_than_50(max_length, tokens):
    drawn = plan(max_length=max_length)
    assert summarise_model(drawn).tokens == tokens
    assert drawn.batch(3).source.shape == drawn.batch(3).target.shape == (3, tokens)


def test_a_name_that_no_registry_has_is_an_error_of_the_config():
    with pytest.raises(ConfigError, match=r"training\.optimizer"):
        summarise_model(plan({"optimizer": "adma"}))


def test_the_model_of_a_run_needs_no_checkpoint(tiny_run):
    expected = summarise_model(plan_of_run(tiny_run))
    for path in Path(tiny_run.path / "checkpoints").iterdir():
        path.unlink()
    assert summarise_model(plan_of_run(tiny_run)) == expected


def test_data_decide_on_the_words_and_on_the_length(dataset):
    config = from_mapping({"data": {"max_length": 44}}, "test")
    found = plan_of_config(config, dataset.folder)
    assert (found.source_words, found.target_words) == (
        len(dataset.source_vocabulary),
        len(dataset.target_vocabulary),
    )
    assert found.max_length == dataset.settings["max_length"] != 44


def test_without_data_the_error_names_both_ways_out(empty_folder):
    with pytest.raises(DatasetError, match=r"no prepared data in data/sample.*prepare-data.*--vocabulary"):
        plan_of_config(from_mapping({}, "test"))
