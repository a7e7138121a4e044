"""What every model has to fulfil, whatever it is made of: any three variants and switches together."""

import math
import re
from itertools import combinations, product

import pytest
import torch

from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.bridge import BRIDGES
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.models.engines import ENGINES
from seq2seq_cli.models.placement import DECODERS
from seq2seq_cli.runs.tensors import load_parameters, load_tensors, save_tensors
from seq2seq_cli.symbols import PAD

VOCABULARY = 13
SOURCE, TARGET = [2, 4, 1], [4, 3, 1]
OPTIONS = {
    "encoder": list(ENCODERS),
    "cell": list(CELLS),
    "bridge": list(BRIDGES),
    "attention": list(ATTENTIONS),
    "placement": list(DECODERS),
    "layers": [1, 2],
    "engine": list(ENGINES),
    "input_feeding": [False, True],
    "tied_embeddings": [False, True],
    "layer_norm": [False, True],
    "reverse_source": [False, True],
}


def fits(settings):
    """Say whether there is such a model: two layers of "deep" are of two widths, one not the decoder's."""
    return not {"encoder": "deep", "layers": 2, "bridge": "copy"}.items() <= settings.items()


def covering(table, together):
    """Return few settings, an option of each key of a table, in which any so many options meet somewhere.

    Each begins with options that have not met yet; then every other key takes the option that brings about
    the most meetings that are still waited for.
    """

    def meetings(settings):
        return combinations([(key, settings[key]) for key in table if key in settings], together)

    waiting = dict.fromkeys(
        meeting
        for keys in combinations(table, together)
        for meeting in product(*([(key, option) for option in table[key]] for key in keys))
        if fits(dict(meeting))
    )

    def gain(settings):
        return sum(meeting in waiting for meeting in meetings(settings)) if fits(settings) else -1

    found = []
    while waiting:
        settings = dict(next(iter(waiting)))
        for key in table:
            if key not in settings:
                settings = max(({**settings, key: option} for option in table[key]), key=gain)
        for meeting in meetings(settings):
            waiting.pop(meeting, None)
        found.append(settings)
    return found


def models(together, **more):
    """Return the settings of few models in which any so many options meet, as parameters for pytest."""
    table = OPTIONS | more
    return [named({key: settings[key] for key in table}) for settings in covering(table, together)]


def named(settings):
    """Return settings as a parameter for pytest, by a name that says what is not as usual."""
    words = (key if value is True else str(value) for key, value in settings.items() if value is not False)
    return pytest.param(settings, id="-".join(words))


def loss_of(logits, batch, row):
    """Return the loss of one pair of a batch."""
    lengths = batch.target_lengths.tolist()
    of_sentence = logits.split(lengths)[row]
    return torch.nn.functional.cross_entropy(of_sentence, batch.target[row, : lengths[row]])


def may_learn(settings, parameter):
    """Say whether anything of a parameter can reach the loss.

    With bridge zero and attention none the decoder is told nothing of the source: the encoder learns nothing.
    What is told of it by the final state alone, does not come by the norm of the encoder's top outputs.
    """
    blind = settings.get("bridge") == "zero" and settings["attention"] == "none"
    if blind and parameter.startswith("encoder."):
        return False
    top_norm = rf"encoder\.recurrent\.layers\.{settings['layers'] - 1}\.(\w+\.)?norm\."
    return not (settings["attention"] in ("none", "summary") and re.match(top_norm, parameter))


def assert_padding_does_not_leak(model, batch, pair, row, assert_same):
    """A pair has the same logits and gradients in a padded batch with others as it has alone."""
    parameters = list(model.parameters())
    together, alone = model(batch), model(pair)
    assert_same(together.split(batch.target_lengths.tolist())[row], alone)
    ours, expected = (
        torch.autograd.grad(loss_of(*arguments), parameters, allow_unused=True)
        for arguments in ((together, batch, row), (alone, pair, 0))
    )
    for gradient, expected_gradient in zip(ours, expected, strict=True):
        assert (gradient is None) == (expected_gradient is None)
        if gradient is not None:
            assert_same(gradient, expected_gradient)


def assert_learns(model, batch, settings):
    """An optimiser's step changes every parameter that it can, to a number."""
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    sum(loss_of(model(batch), batch, row) for row in range(len(batch))).backward()
    optimizer.step()
    for name, parameter in model.named_parameters():
        assert parameter.isfinite().all(), name
        assert torch.equal(parameter, before[name]) != may_learn(settings, name), name


def assert_translates(model, batch):
    """Greedy search gives one hypothesis a sentence, in words of the vocabulary."""
    hypotheses = Greedy(5)(model, batch.source, batch.source_lengths)
    assert [len(of_sentence) for of_sentence in hypotheses] == [1] * len(batch)
    for (hypothesis,) in hypotheses:
        assert all(PAD <= word < VOCABULARY for word in hypothesis.tokens)
        assert -math.inf < hypothesis.log_probability < 0


@pytest.mark.parametrize("settings", models(together=3))
def test_a_model_learns_translates_is_copied_and_does_not_mind_padding(
    make_model, make_batch, only, assert_same, settings
):
    model, batch = make_model(**settings), make_batch(SOURCE, TARGET, extra_padding=2)
    assert_padding_does_not_leak(model, batch, only(batch, 0), 0, assert_same)
    assert_learns(model, batch, settings)
    assert_translates(model, batch)
    twin = make_model(**settings)
    twin.load_state_dict(model.state_dict())
    assert torch.equal(twin(batch), model(batch))


@pytest.mark.parametrize("settings", models(together=2, policy=["forced", "guessed in vain", "free"]))
def test_in_bfloat16_a_model_says_nearly_the_same_and_learns(make_model, make_batch, settings):
    forced = {"forced": None, "guessed in vain": True, "free": False}[settings["policy"]]
    model = make_model(**{key: settings[key] for key in OPTIONS}).float()
    batch = make_batch(SOURCE, TARGET)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    mask = forced if forced is None else torch.full_like(batch.target, forced, dtype=torch.bool)

    def learn():
        model.zero_grad()
        logits = model(batch, mask).float()
        sum(loss_of(logits, batch, row) for row in range(len(batch))).backward()
        return logits, {name: parameter.grad for name, parameter in model.named_parameters()}

    logits, gradients = learn()
    with torch.autocast("cpu", torch.bfloat16):
        rounded_logits, rounded_gradients = learn()
    known = torch.ones(len(logits), dtype=torch.bool)
    if forced is False:  # only the first word of each sentence depends on no guess, which rounding may turn
        known = torch.isin(torch.arange(len(logits)), batch.target_lengths.cumsum(0) - batch.target_lengths)
    assert (rounded_logits - logits)[known].abs().max() < 0.1
    for name, gradient in gradients.items():
        rounded = rounded_gradients[name]
        assert (rounded is None) == (gradient is None), name
        if gradient is not None:
            assert rounded.isfinite().all(), name
            assert forced is False or (rounded - gradient).norm() < 0.2 * gradient.norm() + 1e-3, name


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("tied_embeddings", [False, True], ids=["untied", "tied"])
def test_parameters_come_back_from_a_file_to_the_same_logits(
    make_model, make_batch, tmp_path, encoder, tied_embeddings
):
    settings = {"attention": "additive", "bridge": "tanh", "layers": 2, "tied_embeddings": tied_embeddings}
    model, twin = make_model(encoder, **settings), make_model(encoder, **settings)
    batch, path = make_batch(SOURCE, TARGET), tmp_path / "model.safetensors"
    assert not torch.equal(twin(batch), model(batch))
    save_tensors(path, dict(model.named_parameters()))
    load_parameters(twin, load_tensors(path), path)
    assert torch.equal(twin(batch), model(batch))
