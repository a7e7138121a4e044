"""From the config to what it describes."""

from pathlib import Path

import pytest
import torch

from seq2seq_cli.build.choices import unused_keys
from seq2seq_cli.build.data import build_recipe, settle_data
from seq2seq_cli.build.experiment import SEARCH, build_model, build_search, find_device
from seq2seq_cli.build.precision import PRECISIONS
from seq2seq_cli.build.remarks import remarks, search_remarks
from seq2seq_cli.build.text import build_pipelines
from seq2seq_cli.build.training import TRAINING_CHOICES, build_trainer
from seq2seq_cli.build.validation import SCORES
from seq2seq_cli.config import Config, DataConfig, from_mapping
from seq2seq_cli.corpus.text import TOKENIZERS, TextPipeline
from seq2seq_cli.decoding import SEARCHES
from seq2seq_cli.decoding.beam import Beam
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.decoding.sampling import Sample
from seq2seq_cli.errors import ConfigError, DeviceError
from seq2seq_cli.models.attention import AdditiveAttention
from seq2seq_cli.models.dropout import Dropout
from seq2seq_cli.models.placement import AttendBefore
from seq2seq_cli.training.events import Scores
from seq2seq_cli.training.optim import Adam
from seq2seq_cli.training.processes import Processes

CPU = torch.device("cpu")
SMALL = {"embedding_size": 6, "encoder_hidden_size": 5, "decoder_hidden_size": 7}


def config(**sections):
    return from_mapping({"model": SMALL, **sections}, "test")


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("model", "encoder", "bii"),
        ("model", "cell", "lstmm"),
        ("model", "engine", "warp"),
        ("model", "bridge", "linnear"),
        ("model", "attention", "nonne"),
        ("model", "placement", "behind"),
        ("training", "optimizer", "adamm"),
        ("training", "batch_by", "words"),
        ("training.schedule", "policy", "steps"),
        ("training.teacher_forcing", "policy", "sometimes"),
        ("training.teacher_forcing", "unit", "word"),
        ("training.validation", "unit", "hours"),
        ("training.validation", "score", "rouge"),
        ("training", "precision", "float8"),
        ("decoding", "search", "beem"),
        ("decoding", "length_normalization", "gmnt"),
    ],
)
def test_an_unknown_name_is_an_error_that_says_which_key_it_came_from(dataset, section, key, value):
    sections = {key: value}
    for name in reversed(section.split(".")):
        sections = {name: sections}
    with pytest.raises(ConfigError) as caught:
        build_trainer(from_mapping(sections, "test"), dataset, CPU)
    assert f"{section}.{key}" in caught.value.message
    assert repr(value) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("key", ["normalizer", "tokenizer"])
def test_an_unknown_way_to_read_text_is_an_error(key):
    with pytest.raises(ConfigError, match=f"data.*{key}.*'nothing'"):
        build_recipe(DataConfig.model_validate({key: "nothing"}))
    with pytest.raises(ConfigError, match=f"data.*{key}.*'nothing'"):
        build_pipelines(DataConfig.model_validate({key: "nothing"}), Path())


def test_sizes_and_layers_of_the_config_arrive_in_the_model():
    settings = {**SMALL, "encoder": "bi", "encoder_layers": 2, "decoder_layers": 3}
    shapes = {
        name: tuple(parameter.shape)
        for name, parameter in build_model(config(model=settings).model, 11, 13).named_parameters()
    }
    assert shapes["encoder.embedding.weight"] == (11, 6)
    assert shapes["decoder.embedding.weight"] == (13, 6)
    assert shapes["encoder.recurrent.layers.0.left_to_right.cell.weight_input"] == (4 * 5, 6)
    assert shapes["encoder.recurrent.layers.1.right_to_left.cell.weight_input"] == (4 * 5, 2 * 5)
    assert shapes["decoder.recurrent.layers.2.cell.weight_hidden"] == (4 * 7, 7)
    assert shapes["decoder.output.weight"] == (13, 7)
    assert not any(
        name.startswith(("encoder.recurrent.layers.2", "decoder.recurrent.layers.3")) for name in shapes
    )


@pytest.mark.parametrize("variational", [False, True])
def test_dropout_of_the_config_arrives_in_the_model(variational):
    settings = {**SMALL, "dropout": 0.25, "variational_dropout": variational}
    model = build_model(config(model=settings).model, 11, 13)
    kinds = {(module.p, module.variational) for module in model.modules() if isinstance(module, Dropout)}
    assert kinds == {(0.25, variational)}


def test_what_the_config_says_of_attention_arrives_in_the_model():
    settings = {**SMALL, "attention": "additive", "placement": "before", "input_feeding": True}
    model = build_model(config(model=settings).model, 11, 13)
    assert isinstance(model.decoder, AttendBefore)
    assert isinstance(model.decoder.attention, AdditiveAttention)
    embedding, context, fed = 6, 10, 7
    cell = model.decoder.recurrent.layers[0].cell
    assert cell.weight_input.shape == (4 * 7, embedding + context + fed)


@pytest.mark.parametrize("given", [False, True])
def test_each_switch_of_the_model_arrives_in_it(given):
    keys = "reverse_source", "tied_embeddings", "layer_norm"
    model = build_model(config(model={**SMALL, **dict.fromkeys(keys, given)}).model, 11, 13)
    assert model.reverse_source is given
    assert (model.decoder.output.weight is model.decoder.embedding.weight) is given
    assert any("norm" in name for name, _ in model.named_parameters()) is given


def test_the_number_of_heads_arrives_in_the_model():
    settings = {**SMALL, "encoder": "self_attention", "encoder_hidden_size": 6, "encoder_heads": 3}
    model = build_model(config(model=settings).model, 11, 13)
    assert model.encoder.blocks[0].attention.heads == 3


@pytest.mark.parametrize(
    ("settings", "mentions"),
    [
        ({"bridge": "copy"}, ["model.bridge copy", "10", "7", "model.decoder_hidden_size to 10"]),
        ({"attention": "dot"}, ["model.attention dot", "10", "7", "model.decoder_hidden_size to 10"]),
        ({"encoder": "self_attention"}, ["model.encoder_hidden_size 5", "model.encoder_heads 4"]),
    ],
)
def test_widths_that_do_not_fit_are_told_with_the_keys_that_mend_it(settings, mentions):
    with pytest.raises(ConfigError) as error:
        build_model(config(model={**SMALL, **settings}).model, 11, 13)
    assert all(words in str(error.value) for words in mentions)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"bridge": "zero"}, "sees nothing of the source"),
        (
            {"encoder": "bag", "encoder_layers": 2},
            "model.encoder_layers has no effect with model.encoder bag",
        ),
        ({"encoder": "bag"}, "model.encoder_hidden_size has no effect with model.encoder bag"),
        ({"placement": "before"}, "model.placement has no effect with model.attention none"),
        ({"variational_dropout": True}, "model.variational_dropout has no effect with model.dropout 0"),
        ({"encoder_heads": 2}, "model.encoder_heads has no effect with model.encoder bi"),
    ],
)
def test_what_in_the_model_has_no_effect_is_told(settings, expected):
    told = remarks(config(model={**SMALL, **settings}), TRAINING_CHOICES)
    assert any(expected in remark for remark in told)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"bridge": "zero", "attention": "general"},
        {"placement": "before", "attention": "summary"},
        {"variational_dropout": True, "dropout": 0.1},
    ],
)
def test_a_model_in_which_all_has_effect_is_not_remarked_on(settings):
    assert remarks(config(model={**SMALL, **settings}), TRAINING_CHOICES) == []


@pytest.mark.parametrize(
    ("decoding", "attention", "expected"),
    [
        (
            {"coverage_penalty": 0.1},
            "none",
            ["decoding.coverage_penalty has no effect with model.attention none."],
        ),
        (
            {"coverage_penalty": 0.1, "length_normalization": "gnmt", "length_penalty": 0},
            "summary",
            [
                "decoding.coverage_penalty has no effect with model.attention summary.",
                "decoding.length_normalization has no effect with decoding.length_penalty 0.",
            ],
        ),
        ({"coverage_penalty": 0.1, "length_normalization": "gnmt"}, "additive", []),
        (
            {"coverage_penalty": 0.1, "search": "greedy"},
            "none",
            ["decoding.coverage_penalty has no effect with decoding.search greedy."],
        ),
    ],
)
def test_what_in_the_search_has_no_effect_is_told(decoding, attention, expected):
    chosen = config(model={**SMALL, "attention": attention}, decoding={"search": "beam", **decoding})
    assert search_remarks(chosen, SEARCH) == expected
    assert remarks(chosen, TRAINING_CHOICES) == expected


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"policy": "one_cycle", "warmup_steps": 9, "rise": 0.4}, True),
        ({"policy": "one_cycle", "warmup_steps": 9}, False),
        ({"policy": "one_cycle", "rise": 0.4}, False),
    ],
)
def test_a_rise_that_is_given_twice_is_told(schedule, expected):
    told = remarks(config(training={"schedule": schedule}), TRAINING_CHOICES)
    remark = "training.schedule.rise has no effect with training.schedule.warmup_steps 9."
    assert told == [remark] * expected


def test_the_search_is_the_one_asked_for():
    assert build_search(config(decoding={"max_length": 9}).decoding) == Greedy(9)
    beam = {"search": "beam", "beam_size": 3, "max_length": 8, "length_penalty": 0.5}
    assert build_search(config(decoding=beam).decoding) == Beam(8, 3, 0.5)
    sample = {"search": "sample", "max_length": 8, "temperature": 0.7, "top_k": 9, "top_p": 0.9, "seed": 3}
    assert build_search(config(decoding=sample).decoding) == Sample(8, 0.7, 9, 0.9, 3)


BOUNDS = {"min_length": 2, "min_length_ratio": 0.5, "max_length_ratio": 2.0, "block_ngrams": 3}


@pytest.mark.parametrize("name", SEARCHES)
def test_every_search_keeps_to_the_bounds(name):
    found = build_search(config(decoding={"search": name, "max_length": 8, **BOUNDS}).decoding)
    assert found == SEARCHES[name](8, **BOUNDS)


def test_a_beam_has_the_penalties_of_its_keys():
    penalties = {"length_penalty": 0.2, "length_normalization": "gnmt", "coverage_penalty": 0.1}
    found = build_search(config(decoding={"search": "beam", "max_length": 8, **penalties}).decoding)
    assert found == Beam(8, 5, 0.2, "gnmt", 0.1)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"min_length": 9, "max_length": 8}, "decoding.min_length 9 is more than decoding.max_length 8."),
        (
            {"min_length_ratio": 1.5, "max_length_ratio": 1.2},
            "decoding.min_length_ratio 1.5 is more than decoding.max_length_ratio 1.2.",
        ),
    ],
)
def test_bounds_that_no_output_keeps_to_are_refused(bounds, expected):
    with pytest.raises(ConfigError) as caught:
        build_search(config(decoding=bounds).decoding)
    assert caught.value.message == expected


@pytest.mark.parametrize(
    ("decoding", "outputs", "expected"),
    [
        ({}, 1, Greedy(9)),
        ({}, 3, Beam(9, 5, 1.0, outputs=3)),
        ({}, 9, Beam(9, 9, 1.0, outputs=9)),
        ({"search": "beam", "beam_size": 1}, 1, Beam(9, 1, 1.0)),
        ({"search": "beam", "beam_size": 7}, 1, Beam(9, 7, 1.0)),
        ({"search": "beam", "beam_size": 7}, 7, Beam(9, 7, 1.0, outputs=7)),
        ({"search": "beam", "beam_size": 2, "length_penalty": 0.5}, 4, Beam(9, 4, 0.5, outputs=4)),
        ({"search": "sample"}, 4, Sample(9, outputs=4)),
    ],
)
def test_the_search_is_wide_enough_for_its_outputs_and_changed_only_where_it_must(
    decoding, outputs, expected
):
    assert build_search(config(decoding={**decoding, "max_length": 9}).decoding, outputs) == expected


@pytest.mark.parametrize(
    ("section", "kind", "key", "value"),
    [
        ("model", "encoder bi", "encoder_heads", 2),
        ("training", "optimizer adam", "momentum", 0.9),
        ("training", "optimizer adamw", "nesterov", True),
        ("training.schedule", "policy constant", "step_size", 2),
        ("training.schedule", "policy constant", "factor", 0.9),
        ("training.schedule", "policy step", "patience", 2),
        ("training.schedule", "policy plateau", "floor", 0.1),
        ("training.schedule", "policy cosine", "rise", 0.4),
        ("training.teacher_forcing", "policy always", "ratio", 0.9),
        ("training.teacher_forcing", "policy always", "unit", "token"),
        ("training.teacher_forcing", "policy never", "unit", "batch"),
        ("training.teacher_forcing", "policy ratio", "decay_steps", 9),
        ("training.teacher_forcing", "policy ratio", "floor", 0.1),
        ("decoding", "search greedy", "beam_size", 4),
        ("decoding", "search greedy", "length_penalty", 0.5),
        ("decoding", "search greedy", "length_normalization", "gnmt"),
        ("decoding", "search sample", "coverage_penalty", 0.1),
        ("decoding", "search greedy", "temperature", 0.5),
        ("decoding", "search beam", "top_k", 9),
        ("decoding", "search beam", "top_p", 0.9),
        ("decoding", "search greedy", "seed", 2),
    ],
)
def test_a_key_that_the_variant_does_not_take_is_told(dataset, section, kind, key, value):
    name, variant = kind.split()
    sections = {name: variant, key: value}
    for outer in reversed(section.split(".")):
        sections = {outer: sections}
    expected = f"{section}.{key} has no effect with {section}.{name} {variant}."
    assert unused_keys(config(**sections), TRAINING_CHOICES) == [expected]
    build_trainer(config(**sections), dataset, CPU)


def test_keys_that_the_variants_take_or_that_are_as_by_default_are_not_told():
    training = {"optimizer": "sgd", "momentum": 0.9, "schedule": {"policy": "step", "factor": 0.9}}
    assert unused_keys(config(training=training, decoding={"search": "greedy"}), TRAINING_CHOICES) == []


def test_a_key_that_the_variant_does_not_take_may_be_given_as_its_default(dataset):
    training = {"optimizer": "adam", "momentum": 0.0, "schedule": {"policy": "constant", "factor": 0.5}}
    decoding = {"search": "greedy", "beam_size": 5, "length_penalty": 1.0}
    _, trainer = build_trainer(config(training=training, decoding=decoding), dataset, CPU)
    assert isinstance(trainer.optimizer, Adam)


def test_a_key_that_the_variant_takes_arrives_there(dataset):
    training = {
        "optimizer": "sgd",
        "momentum": 0.75,
        "nesterov": True,
        "learning_rate": 0.5,
        "schedule": {"policy": "step", "step_size": 2, "factor": 0.25, "warmup_steps": 4},
        "teacher_forcing": {"policy": "linear", "unit": "token", "decay_steps": 10, "floor": 0.125},
    }
    _, trainer = build_trainer(config(training=training), dataset, CPU)
    assert (trainer.optimizer.momentum, trainer.optimizer.nesterov) == (0.75, True)
    assert [trainer.schedule.rate(9, epoch) for epoch in (1, 2, 3, 5)] == [0.5, 0.5, 0.125, 0.03125]
    assert [trainer.schedule.rate(step, 1) for step in (0, 1, 3)] == [0.125, 0.25, 0.5]
    assert [trainer.forcing.probability(step) for step in (0, 5, 50)] == [1.0, 0.5, 0.125]
    assert trainer.forcing.throws(torch.zeros(2, 3)) == (2, 3)


@pytest.mark.parametrize(
    ("schedule", "attributes"),
    [
        ({"policy": "plateau", "patience": 3, "factor": 0.1}, {"patience": 3, "factor": 0.1}),
        ({"policy": "cosine", "floor": 0.2, "warmup_steps": 2}, {"floor": 0.2, "warmup_steps": 2}),
        ({"policy": "one_cycle", "rise": 0.5}, {"top": 0.5 * 21 - 1}),
    ],
)
def test_a_schedule_knows_its_keys_and_how_many_updates_there_will_be(dataset, schedule, attributes):
    training = {"batch_size": 16, "epochs": 3, "accumulation": 2, "schedule": schedule}
    _, trainer = build_trainer(config(training=training), dataset, CPU)
    assert len(trainer.batches) == 14
    assert trainer.schedule.total_steps == trainer.total_steps == 21
    assert {name: getattr(trainer.schedule, name) for name in attributes} == attributes


def test_what_the_config_says_of_training_arrives_in_the_trainer(dataset):
    training = {
        "epochs": 7,
        "max_steps": 9,
        "accumulation": 3,
        "clip_norm": None,
        "label_smoothing": 0.25,
        "precision": "bfloat16",
        "validation": {"every": 5, "unit": "steps", "patience": 4, "samples": 6, "score": "loss"},
    }
    _, trainer = build_trainer(config(training=training), dataset, CPU)
    told = {
        name: getattr(trainer, name)
        for name in ("epochs", "max_steps", "accumulation", "clip_norm", "validate_every", "patience")
    }
    assert told == {
        "epochs": 7,
        "max_steps": 9,
        "accumulation": 3,
        "clip_norm": None,
        "validate_every": 5,
        "patience": 4,
    }
    assert trainer.validate_by_steps
    assert trainer.rank is SCORES["loss"]
    scorer = trainer.validate.__self__
    assert (trainer.objective.label_smoothing, scorer.samples) == (0.25, 6)
    assert trainer.objective.precision == scorer.precision == torch.bfloat16


@pytest.mark.parametrize(
    ("score", "rank"),
    [
        ("bleu_any", (7.0, -1.5)),
        ("bleu", (5.0, -1.5)),
        ("exact_match", (9.0, -1.5)),
        ("loss", (-1.5,)),
        ("perplexity", (-1.5,)),
    ],
)
def test_a_score_ranks_by_itself_and_then_by_the_loss(score, rank):
    assert tuple(SCORES[score](Scores(loss=1.5, bleu=5.0, bleu_any=7.0, exact_match=9.0))) == rank


def test_a_precision_is_as_named_or_as_the_device_is_fast_in(monkeypatch):
    cuda, mps = torch.device("cuda"), torch.device("mps")
    assert {PRECISIONS["float32"](device) for device in (CPU, cuda, mps)} == {torch.float32}
    assert {PRECISIONS["bfloat16"](device) for device in (CPU, cuda, mps)} == {torch.bfloat16}
    assert PRECISIONS["auto"](mps) == torch.float32
    for fast, expected in ((False, torch.float32), (True, torch.bfloat16)):
        monkeypatch.setattr(
            torch.cuda,
            "is_bf16_supported",
            lambda including_emulation, fast=fast: including_emulation or fast,
        )
        assert PRECISIONS["auto"](cuda) == expected


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ({}, torch.float32),
        ({"_is_amx_tile_supported": False}, torch.float32),
        ({"_is_avx512_bf16_supported": True}, torch.bfloat16),
        ({"_is_avx512_bf16_supported": False, "_is_amx_tile_supported": True}, torch.bfloat16),
    ],
)
def test_a_processor_is_fast_in_bfloat16_if_torch_knows_of_a_unit(monkeypatch, units, expected):
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.delattr(torch.cpu, name, raising=False)
    for name, here in units.items():
        monkeypatch.setattr(torch.cpu, name, lambda here=here: here, raising=False)
    assert PRECISIONS["auto"](CPU) == expected


# Several processes


class OneOfTwo(Processes):
    """A process that has never met the other."""

    def __init__(self, rank):
        super().__init__(rank, 2, CPU)

    def joined(self, module):
        return module


def test_processes_begin_with_the_same_parameters_and_have_chances_and_batches_of_their_own(dataset):
    def built(rank):
        model, trainer = build_trainer(config(training={"batch_size": 16}), dataset, CPU, OneOfTwo(rank))
        return model.state_dict(), torch.rand(3), list(trainer.batches.shuffled(1))

    (parameters, chances, batches), (others, other_chances, other_batches) = built(0), built(1)
    assert all(torch.equal(parameters[name], others[name]) for name in parameters)
    assert not torch.equal(chances, other_chances)
    _, again, _ = built(1)
    assert torch.equal(other_chances, again)
    pairs = [len(ours) + len(theirs) for ours, theirs in zip(batches, other_batches, strict=True)]
    assert sum(pairs) == len(dataset.part("train"))


def test_the_leader_trains_as_a_process_by_itself_would(dataset):
    _, _ = build_trainer(config(), dataset, CPU)
    alone = torch.rand(3)
    _, _ = build_trainer(config(), dataset, CPU, OneOfTwo(0))
    assert torch.equal(torch.rand(3), alone)


@pytest.mark.parametrize("batch_by", ["sentences", "tokens"])
def test_a_batch_that_has_not_one_pair_for_each_process_is_refused(dataset, batch_by):
    training = {"batch_size": 1, "batch_by": batch_by}
    with pytest.raises(ConfigError) as caught:
        build_trainer(config(training=training), dataset, CPU, OneOfTwo(0))
    assert "training.batch_size 1" in caught.value.message
    assert "--nproc-per-node" in caught.value.hint


def test_the_same_seed_gives_the_same_parameters_and_batches_and_another_seed_others(dataset):
    def first_loss(seed):
        model, trainer = build_trainer(config(training={"seed": seed}), dataset, CPU)
        before = model.decoder.output.weight.detach().clone()
        return before, next(trainer.events()).loss

    (weights, loss), (same_weights, same_loss), (other_weights, other_loss) = map(first_loss, (3, 3, 4))
    assert torch.equal(weights, same_weights)
    assert loss == same_loss
    assert not torch.equal(weights, other_weights)
    assert loss != other_loss


def test_training_takes_epochs_steps_and_rate_from_the_config(dataset):
    training = {"batch_size": 100, "epochs": 5, "max_steps": 4, "optimizer": "sgd", "learning_rate": 0.125}
    model, trainer = build_trainer(config(training=training), dataset, CPU)
    steps = [event for event in trainer.events() if hasattr(event, "gradient_norm")]
    assert len(steps) == trainer.total_steps == 4
    assert len(trainer.batches) == -(-len(dataset.part("train")) // 100)
    assert {step.learning_rate for step in steps} == {0.125}
    assert model is trainer.objective.model


def test_settling_takes_the_data_section_from_the_prepared_data(dataset):
    settled = settle_data(config(), dataset)
    assert settled.data.path == str(dataset.folder)
    assert settled.data.split == (0.7, 0.15, 0.15)
    assert settled.data.source == "pairs.tsv"
    assert settled.model == config().model


def test_settling_refuses_what_contradicts_the_prepared_data(dataset):
    with pytest.raises(ConfigError) as caught:
        settle_data(config(data={"max_length": 7, "reverse": True}), dataset)
    for words in ("data.max_length is 10, not 7", "data.reverse is false, not true", str(dataset.folder)):
        assert words in caught.value.message
    assert "prepare-data --force" in caught.value.hint


@pytest.mark.parametrize("data", [{"source": "elsewhere/pairs.tsv"}, {"path": "elsewhere"}])
def test_settling_asks_not_where_the_data_came_from_or_lie(dataset, data):
    assert settle_data(config(data=data), dataset) == settle_data(config(), dataset)


def test_settling_names_the_file_when_its_settings_are_damaged(dataset):
    dataset.metadata["settings"]["max_length"] = "many"
    with pytest.raises(ConfigError, match=r"data\.yaml.*max_length"):
        settle_data(Config(), dataset)


def test_every_key_of_the_data_section_reaches_the_recipe():
    data = {
        "subwords": 7,
        "max_length": 8,
        "max_length_ratio": 2.5,
        "prefixes": ("i m",),
        "drop_identical": True,
        "held_out": ("x",),
        "reverse": True,
        "autoencoder": True,
        "min_frequency": 3,
        "max_vocabulary": 9,
        "shared_vocabulary": True,
        "vocabulary": "data/words",
        "seed": 5,
    }
    recipe = build_recipe(DataConfig(**data, normalizer="lower", tokenizer="char", split=("rest", 10, 0.2)))
    assert {key: getattr(recipe, key) for key in data} == {**data, "vocabulary": Path("data/words")}
    assert (recipe.pipeline, recipe.tokenizer) == (TextPipeline("lower"), TOKENIZERS["char"])
    assert recipe.split == (10, 0.2)
    assert not recipe.strict
    assert build_recipe(DataConfig(), strict=True).strict


def test_auto_is_a_device_of_this_machine():
    assert find_device("auto") == find_device(find_device("auto").type)
    assert find_device("cpu") == CPU


@pytest.mark.parametrize(("cuda", "expected"), [(True, "cuda"), (False, "cpu")])
def test_several_processes_train_on_gpus_of_cuda_or_else_on_cpus(monkeypatch, cuda, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert find_device("auto", several=True).type == expected
    assert find_device("mps").type == "mps"
    with pytest.raises(DeviceError, match="CPUs or CUDA GPUs") as caught:
        find_device("mps", several=True)
    assert "--device cpu" in caught.value.hint


@pytest.mark.parametrize("name", ["quantum", "cuda:99", "meta", "cpu:7", "", "cpu cuda"])
def test_a_device_that_is_not_here_is_an_error_that_lists_those_that_are(name):
    with pytest.raises(DeviceError) as caught:
        find_device(name)
    assert repr(name) in caught.value.message
    assert "cpu" in caught.value.hint
