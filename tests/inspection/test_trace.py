"""The walk of a sentence: equal to the model's own pass, and to one by torch.nn that shares no code."""

import math
from itertools import count, cycle

import pytest
import torch
from torch import nn

from seq2seq_cli.build.experiment import build_model
from seq2seq_cli.config import Config
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.errors import CorpusError
from seq2seq_cli.inspection.tokens import Token
from seq2seq_cli.inspection.trace import trace
from seq2seq_cli.inspection.trace.walk import walk
from seq2seq_cli.models.attention import ATTENTIONS
from seq2seq_cli.models.cells import CELLS
from seq2seq_cli.models.encoders import ENCODERS
from seq2seq_cli.symbols import EOS, SOS
from seq2seq_cli.translation import Translator

WORDS = ["<pad>", "<sos>", "<eos>", "<unk>", *"abcdefghi"]
SOURCE = [Token(WORDS[index], index) for index in (5, 9, 3, EOS)]
TARGET = [Token(WORDS[index], index) for index in (7, 3, 11, EOS)]
HIDDEN = 4
MEMORY = {"bi": 2 * HIDDEN, "bag": 6}
"""The width of an encoder's memory, where it is not HIDDEN."""


def build(encoder="bi", attention="none", dtype=torch.float64, **settings):
    """Return a model no part of whose parameters is zero."""
    torch.manual_seed(1)
    sizes = {
        "embedding_size": 6,
        "encoder_hidden_size": HIDDEN,
        "encoder_heads": 2,
        "decoder_hidden_size": MEMORY.get(encoder, HIDDEN) if attention == "dot" else 5,
    }
    section = Config().model.model_copy(
        update={**sizes, "encoder": encoder, "attention": attention, **settings}
    )
    model = build_model(section, len(WORDS), len(WORDS)).to(dtype).eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.6)
    return model


def tensor(nested, dtype=torch.float64):
    return torch.tensor(nested, dtype=dtype)


def same(ours, expected, tolerance=1e-10):
    torch.testing.assert_close(tensor(ours), expected.double(), rtol=0, atol=tolerance)


SWITCHES = ("input_feeding", "tied_embeddings", "layer_norm", "reverse_source")


def models():
    """Return settings of every encoder with every cell and attention; placements and switches take turns."""
    turns = zip(count(), cycle(["after", "before"]), cycle([1, 2, 3]), cycle(["linear", "tanh", "zero"]))
    for encoder in ENCODERS:
        for cell in CELLS:
            for attention in ATTENTIONS:
                turn, placement, layers, bridge = next(turns)
                switches = {name: bool(turn >> bit & 1) for bit, name in enumerate(SWITCHES)}
                yield pytest.param(
                    {
                        "encoder": encoder,
                        "cell": cell,
                        "attention": attention,
                        "placement": placement,
                        "encoder_layers": 3 if encoder == "deep" else layers,
                        "decoder_layers": 1 + turn % 2,
                        "bridge": bridge,
                        **switches,
                    },
                    id=f"{encoder}-{cell}-{attention}",
                )


@pytest.mark.parametrize("settings", list(models()))
def test_a_walk_equals_the_models_own_steps(settings):
    model = build(**settings)
    walked = walk(model, SOURCE, WORDS, max_length=4)
    assert walked.deviation < 1e-12
    ids, lengths = torch.tensor([[token.index for token in SOURCE]]), torch.tensor([len(SOURCE)])
    with torch.inference_mode():
        same(walked.encoding.memory, model.encode(ids, lengths).memory[0])
        state = model.start(ids, lengths)
        for crossing, layer in zip(walked.bridge, state.state.layers, strict=True):
            same(list(crossing.after.values()), torch.cat(layer))
        token = SOS
        for step in walked.decoding:
            assert step.read == Token(WORDS[token], token)
            logits, state, weights = model.step(torch.tensor([token]), state)
            same(step.readout, model_readout(model, step))
            nats = logits.log_softmax(dim=1)[0]
            for guess in (*step.best, step.choice):
                assert guess.word == WORDS[guess.index]
                assert guess.log_probability == pytest.approx(float(nats[guess.index]), abs=1e-12)
                assert guess.probability == pytest.approx(math.exp(guess.log_probability), abs=1e-12)
            assert [guess.index for guess in step.best] == nats.topk(5).indices.tolist()
            for layer, parts in zip(step.layers, state.state.layers, strict=True):
                same(list(layer.state.values()), torch.cat(parts))
            assert (step.weights is None) == (weights is None)
            if weights is not None:
                same(step.weights, weights[0])
            token = step.choice.index
        ((hypothesis,),) = Greedy(4)(model, ids, lengths)
    chosen = [step.choice.index for step in walked.decoding]
    assert tuple(index for index in chosen if index != EOS) == hypothesis.tokens
    assert sum(step.choice.log_probability for step in walked.decoding) == pytest.approx(
        hypothesis.log_probability, abs=1e-5
    )


def model_readout(model, step):
    """Return the readout of what a step's trace says of state and context."""
    top = step.layers[-1]
    hidden = tensor([top.normalised or top.state["hidden"]])
    return model.decoder.readout(hidden, tensor([step.context]))[0]


TORCHS_CELLS = {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "tanh": nn.RNNCell}


class Oracle:
    """The same model by torch.nn's cells, with the parameters taken out of the checkpoint's names."""

    def __init__(self, model, settings):
        self.parameters = {name: parameter.detach() for name, parameter in model.state_dict().items()}
        self.settings = settings
        self.twins = {}
        self.bi = {"uni": (), "bi": range(9), "deep": (0,)}[settings["encoder"]]

    def of(self, name):
        return self.parameters[name]

    def linear(self, name, x):
        return nn.functional.linear(x, self.of(f"{name}.weight"), self.parameters.get(f"{name}.bias"))

    def step(self, name, x, state):
        """Take a step of a layer; return what it puts out, its gates, and its state, each (1, hidden)."""
        weight, inner = self.of(f"{name}.cell.weight_input"), self.of(f"{name}.cell.weight_hidden")
        bias = self.of(f"{name}.cell.bias")
        rows, size = inner.shape
        second = torch.zeros(rows, dtype=bias.dtype)
        if self.settings["cell"] == "gru":
            second[2 * size :] = self.of(f"{name}.cell.bias_hidden")
        if name not in self.twins:
            twin = TORCHS_CELLS[self.settings["cell"]](weight.shape[1], size).to(bias.dtype)
            twin.load_state_dict(
                {"weight_ih": weight, "weight_hh": inner, "bias_ih": bias, "bias_hh": second}
            )
            self.twins[name] = twin
        twin = self.twins[name]
        after = twin(x, state if self.settings["cell"] == "lstm" else state[0])
        after = after if isinstance(after, tuple) else (after,)
        out = after[0]
        if f"{name}.norm.weight" in self.parameters:
            out = nn.functional.layer_norm(
                out, (size,), self.of(f"{name}.norm.weight"), self.of(f"{name}.norm.bias")
            )
        return out, self.gates(x @ weight.t() + bias, state[0] @ inner.t() + second), after

    def gates(self, from_input, from_state):
        """Return the gates, by the equations of torch's documentation."""
        if self.settings["cell"] == "lstm":
            i, f, g, o = (from_input + from_state).chunk(4, 1)
            return {"input": i.sigmoid(), "forget": f.sigmoid(), "candidate": g.tanh(), "output": o.sigmoid()}
        if self.settings["cell"] == "gru":
            (r, z, n), (r_state, z_state, n_state) = from_input.chunk(3, 1), from_state.chunk(3, 1)
            r, z = (r + r_state).sigmoid(), (z + z_state).sigmoid()
            return {"reset": r, "update": z, "candidate": (n + r * n_state).tanh()}
        return {}

    def read(self, name, inputs, times):
        """Read (1, input) tensors in some order; return by time what `step` returns."""
        hidden = self.of(f"{name}.cell.weight_hidden").shape[1]
        state = (torch.zeros(1, hidden, dtype=inputs[0].dtype),) * (
            2 if self.settings["cell"] == "lstm" else 1
        )
        found = {}
        for t in times:
            found[t] = self.step(name, inputs[t], state)
            state = found[t][2]
        return found, state

    def encode(self, ids):
        """Return the readings of every layer, the memory (time, size), and the layers' final states."""
        times = list(range(len(ids)))
        fed = [*reversed(times[:-1]), times[-1]] if self.settings["reverse_source"] else times
        inputs = {t: self.of("encoder.embedding.weight")[[index]] for t, index in enumerate(ids)}
        readings, finals = [], []
        for depth in range(self.settings["encoder_layers"]):
            name = f"encoder.recurrent.layers.{depth}"
            ways = [("forward", name, fed)]
            if depth in self.bi:
                ways = [
                    ("forward", f"{name}.left_to_right", fed),
                    ("backward", f"{name}.right_to_left", fed[::-1]),
                ]
            found = {way: self.read(part, inputs, order) for way, part, order in ways}
            readings.append({way: (order, found[way][0]) for way, _, order in ways})
            finals.append(
                tuple(
                    torch.cat(part, 1) for part in zip(*(state for _, state in found.values()), strict=True)
                )
            )
            outputs = {t: torch.cat([found[way][0][t][0] for way in found], 1) for t in times}
            residual = self.settings["encoder"] == "deep" and depth > 1
            inputs = {t: outputs[t] + inputs[t] if residual else outputs[t] for t in times}
        return readings, torch.cat([inputs[t] for t in times]), finals

    def bridge(self, finals):
        """Return the decoder's first states; where the widths match, a part goes over as it is."""
        layers = self.settings["decoder_layers"]
        shift = len(finals) - layers
        crossed = []
        for layer in range(layers):
            parts = zip(("hidden", "cell"), finals[max(0, layer + shift)], strict=False)
            names = {f"bridge.maps.{layer}.{name}": part for name, part in parts}
            crossed.append(
                tuple(
                    self.linear(name, part) if f"{name}.weight" in self.parameters else part
                    for name, part in names.items()
                )
            )
        return crossed

    def look(self, query, memory, summary):
        attention, name = self.settings["attention"], "decoder.attention"
        if attention in ("none", "summary"):
            return (query[:, :0] if attention == "none" else summary), None
        if attention == "dot":
            scores = memory @ query[0]
        elif attention == "general":
            scores = self.linear(f"{name}.key", memory) @ query[0]
        else:
            together = self.linear(f"{name}.query", query) + self.linear(f"{name}.key", memory)
            scores = self.linear(f"{name}.score", together.tanh())[:, 0]
        weights = scores.softmax(0)
        return (weights @ memory)[None], weights

    def decode(self, state, memory, summary, reads):
        """Yield, for each word read: context, weights, steps of the layers, readout, log-probabilities."""
        fed = None
        for index in reads:
            before = self.settings["placement"] == "before"
            x = self.of("decoder.embedding.weight")[[index]]
            parts = [x]
            if before:
                context, weights = self.look(state[-1][0], memory, summary)
                parts.append(context)
            if self.settings["input_feeding"]:
                zeros = torch.zeros(1, self.of("decoder.output.weight").shape[1], dtype=x.dtype)
                parts.append(zeros if fed is None else fed)
            x, steps = torch.cat(parts, 1), []
            for depth, layer in enumerate(state):
                steps.append(self.step(f"decoder.recurrent.layers.{depth}", x, layer))
                x = steps[-1][0]
            state = [after for _, _, after in steps]
            if not before:
                context, weights = self.look(x, memory, summary)
            fed = x
            if "decoder.readout.0.weight" in self.parameters:
                fed = self.linear("decoder.readout.0", torch.cat([x, context], 1)).tanh()
            yield context, weights, steps, fed, self.linear("decoder.output", fed).log_softmax(1)


def recurrent_models():
    """Return settings of the recurrent encoders with every cell and attention, and all switches in turn."""
    turns = count()
    precise, usual = (torch.float64, 1e-12, list(ATTENTIONS)), (torch.float32, 1e-6, ["none", "additive"])
    for dtype, tolerance, attentions in (precise, usual):
        for encoder in ("uni", "bi", "deep"):
            for cell in CELLS:
                for attention in attentions:
                    turn = next(turns)
                    switches = {name: bool(turn >> bit & 1) for bit, name in enumerate(SWITCHES)}
                    settings = {
                        "encoder": encoder,
                        "cell": cell,
                        "attention": attention,
                        "placement": ["after", "before"][turn % 3 % 2],
                        "encoder_layers": 3 if encoder == "deep" else 1 + turn % 2,
                        "decoder_layers": 1 + turn % 3,
                        **switches,
                    }
                    name = f"{str(dtype).removeprefix('torch.')}-{encoder}-{cell}-{attention}"
                    yield pytest.param(settings, dtype, tolerance, id=name)


@pytest.mark.parametrize(("settings", "dtype", "tolerance"), list(recurrent_models()))
@torch.inference_mode()
def test_a_walk_equals_a_pass_by_torch_nn(settings, dtype, tolerance):
    model = build(**settings, dtype=dtype)
    oracle = Oracle(model, settings)
    walked = walk(model, SOURCE, WORDS, TARGET)
    ids = [token.index for token in SOURCE]
    readings, memory, finals = oracle.encode(ids)

    def equal(ours, expected):
        same(ours, expected, tolerance)

    def equal_step(ours, out, gates, state):
        assert list(ours.gates) == list(gates)
        for name, gate in gates.items():
            equal(ours.gates[name], gate[0])
        assert list(ours.state) == ["hidden", "cell"][: len(state)]
        equal(list(ours.state.values()), torch.cat(state))
        assert bool(ours.normalised) == settings["layer_norm"]
        equal(ours.normalised or ours.state["hidden"], out[0])

    equal(walked.encoding.embeddings, oracle.of("encoder.embedding.weight")[ids])
    for layer, reading in zip(walked.encoding.layers, readings, strict=True):
        for way, (name, (order, steps)) in zip(layer.directions, reading.items(), strict=True):
            assert (way.name, way.order) == (name, order)
            for t, step in enumerate(way.steps):
                equal_step(step, *steps[t])
    equal(walked.encoding.memory, memory)
    assert walked.encoding.layers[-1].outputs == walked.encoding.memory
    first = oracle.bridge(finals)
    for crossing, state in zip(walked.bridge, first, strict=True):
        equal(list(crossing.before.values()), torch.cat(finals[crossing.encoder_layer - 1]))
        equal(list(crossing.after.values()), torch.cat(state))
    reads = [SOS, *(token.index for token in TARGET[:-1])]
    steps = oracle.decode(first, memory, finals[-1][0], reads)
    fed = torch.zeros(1, 0)
    for step, (context, weights, layers, readout, nats) in zip(walked.decoding, steps, strict=True):
        equal(step.embedding, oracle.of("decoder.embedding.weight")[step.read.index])
        if settings["input_feeding"]:
            equal(step.fed, fed[0] if fed.shape[1] else torch.zeros(readout.shape[1]))
        else:
            assert step.fed == []
        fed = readout
        equal(step.context, context[0])
        if weights is not None:
            equal(step.weights, weights)
        for ours, (out, gates, state) in zip(step.layers, layers, strict=True):
            equal_step(ours, out, gates, state)
        equal(step.readout, readout[0])
        for guess in (*step.best, step.choice):
            equal(guess.probability, nats[0, guess.index].exp())


def test_a_given_target_is_walked_along_whatever_the_model_would_say():
    model = build(attention="general")
    walked = walk(model, SOURCE, WORDS, TARGET)
    assert [step.choice.index for step in walked.decoding] == [token.index for token in TARGET]
    assert [step.read.index for step in walked.decoding] == [SOS, *(token.index for token in TARGET[:-1])]
    unlikely = [Token("a", min(step.best[-1].index for step in walked.decoding)), TARGET[-1]]
    assert walk(model, SOURCE, WORDS, unlikely).decoding[0].choice.index == unlikely[0].index


def test_a_walk_without_an_end_is_cut_off():
    model = build()
    with torch.no_grad():
        model.decoder.output.bias[EOS] = -1e9
    assert len(walk(model, SOURCE, WORDS, max_length=3).decoding) == 3


def test_a_walk_leaves_the_model_and_the_generators_as_they_were():
    model = build(dropout=0.5).train()
    before = torch.random.get_rng_state()
    first, second = (walk(model, SOURCE, WORDS, max_length=4) for _ in range(2))
    assert model.training
    assert first == second
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_trace_of_a_run_says_what_the_run_translates(tiny_run):
    translator = Translator.of(tiny_run)
    for text in ("you re not sure", "You're not sure!", "he s a zebra"):
        found = trace(tiny_run, text)
        (expected,) = translator.translations([text])
        assert found.output == expected.text
        assert found.log_probability == pytest.approx(expected.outputs[0].log_probability, abs=1e-5)
        unknown = [token.text for token in found.source[:-1] if token.index == WORDS.index("<unk>")]
        assert tuple(unknown) == expected.unknown
        assert found.finished
        assert not found.forced
        assert found.deviation < 1e-6
        assert (found.run, found.step) == ("tiny", tiny_run.step_of("best"))


def test_a_trace_along_a_target_has_its_log_probability(tiny_run):
    from seq2seq_cli.batch import Batch

    text, target = "you re not sure", "tu n es pas sur"
    found = trace(tiny_run, text, target, checkpoint="last")
    model = tiny_run.load_model("last")
    source, wanted = (
        torch.tensor([words.indices(sentence.split())])
        for words, sentence in (
            (tiny_run.source_vocabulary, text),
            (tiny_run.target_vocabulary, target),
        )
    )
    batch = Batch(source, torch.tensor([source.shape[1]]), wanted, torch.tensor([wanted.shape[1]]))
    with torch.inference_mode():
        nats = model(batch).log_softmax(1).gather(1, wanted.t()).sum()
    assert found.log_probability == pytest.approx(float(nats), abs=1e-4)
    assert (found.output, found.forced, found.finished) == (target, True, True)


@pytest.mark.parametrize("texts", [("", None), ("?!", None), ("you re not sure", " ")])
def test_a_text_without_a_word_has_no_trace(tiny_run, texts):
    with pytest.raises(CorpusError, match="There is no word in"):
        trace(tiny_run, *texts)
