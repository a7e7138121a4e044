"""How a trace looks in a terminal: a screen a step, a line a vector."""

from collections.abc import Iterable, Iterator

from rich.text import Text

from seq2seq_cli.cli.console import shortened
from seq2seq_cli.cli.inspecting.pager import Screen
from seq2seq_cli.cli.inspecting.strips import HOW_TO_READ, Strips
from seq2seq_cli.inspection.trace import CellStep, DecoderStep, Direction, Trace
from seq2seq_cli.symbols import UNK

_LETTERS = {
    "lstm": {"input": "i", "forget": "f", "candidate": "g", "output": "o", "cell": "c", "hidden": "h"},
    "gru": {"reset": "r", "update": "z", "candidate": "n", "hidden": "h"},
}
_LONGEST = 24  # signs of a word


def screens(trace: Trace, width: int) -> list[Screen]:
    """Return what is seen of a trace, a screen a step, strips as wide as `width` columns allow."""
    return list(_View(trace, Strips(width)).screens())


class _View:
    def __init__(self, trace: Trace, strips: Strips) -> None:
        self.trace = trace
        self.strips = strips
        self.source = [shortened(token.text, _LONGEST) for token in trace.source]
        self.target = [shortened(step.choice.word, _LONGEST) for step in trace.decoding]
        self.letters = _LETTERS.get(trace.model["cell"], {})
        self.scales = _scales(trace)

    def screens(self) -> Iterator[Screen]:
        yield self.summary()
        layers = self.trace.encoding.layers
        for depth, layer in enumerate(layers):
            which = f"layer {depth + 1} of {len(layers)}, " * (len(layers) > 1)
            for t in range(len(self.source)):
                lines = [line for way in layer.directions for line in self.reading(depth, way, t)]
                lines += self.going_up(depth, t)
                yield Screen(f"Encoder, {which}step {t + 1} of {len(self.source)}", lines)
        if not layers:
            yield self.memory()
        yield self.bridge()
        for t, step in enumerate(self.trace.decoding):
            yield Screen(f"Decoder, step {t + 1} of {len(self.target)}", list(self.word(t, step)))

    def summary(self) -> Screen:
        trace, model = self.trace, self.trace.model
        unknown = [shortened(token.text) for token in trace.source[:-1] if token.index == UNK]
        words = "given" if trace.forced else "the likeliest"
        title = f"{' '.join(self.source[:-1])} → {trace.output}"
        rows = {
            "run": [f"{trace.run}, step {trace.step:,}"],
            "model": [f"{part} {model[part]}" for part in ("encoder", "cell", "bridge", "attention")],
            "source": self.source,
            "unknown": unknown,
            "target": self.target,
            "words": [f"{words}{', cut off' * (not trace.finished)}"],
            "log p": [f"{trace.log_probability:.3f}"],
            "strips": HOW_TO_READ,
        }
        lines = [line for label, texts in rows.items() if texts for line in self.strips.texts(label, texts)]
        return Screen(shortened(title, self.strips.width), lines)

    def reading(self, depth: int, way: Direction, t: int) -> Iterator[Text]:
        """One step of one direction: the word, what is read of it, and what the layer makes of it."""
        place = way.order[t]
        arrow = "←" if way.order[0] > way.order[1] else "→"
        yield self.strips.marked(f"{arrow} {way.name}", self.source, place)
        encoding = self.trace.encoding
        if depth:
            yield self.signed("below", encoding.layers[depth - 1].outputs[place], "encoder output")
        else:
            yield self.signed("embedding", encoding.embeddings[place], "embedding")
        yield from self.cell(way.steps[place], "encoder")

    def going_up(self, depth: int, t: int) -> Iterator[Text]:
        """What a layer hands on, where that is more than what it puts out itself."""
        layer = self.trace.encoding.layers[depth]
        places = [way.order[t] for way in layer.directions]
        for place in dict.fromkeys(places):
            steps = [way.steps[place] for way in layer.directions]
            own = [value for step in steps for value in step.normalised or step.state["hidden"]]
            if layer.outputs[place] != own:
                yield self.signed("+ below", layer.outputs[place], "encoder output")

    def cell(self, step: CellStep, wing: str) -> Iterator[Text]:
        """Gates and states of a step of the encoder or the decoder."""
        for name, values in step.gates.items():
            if name == "candidate":
                yield self.strips.signed(self.named(name), values, 1.0)
            else:
                yield self.strips.gate(self.named(name), values)
        for name, values in reversed(step.state.items()):  # the cell, and what shows of it
            yield self.signed(self.named(name), values, f"{wing} {name}")
        if step.normalised:
            yield self.signed("normalised", step.normalised, f"{wing} normalised")

    def memory(self) -> Screen:
        """What an encoder without recurrence makes of each word."""
        lines = [Text("This encoder has no gates: it looks at all words at once, and this is its memory.")]
        for word, values in zip(self.source, self.trace.encoding.memory, strict=True):
            lines.append(self.signed(word, values, "memory"))
        return Screen("Encoder", lines)

    def bridge(self) -> Screen:
        """What is handed over."""
        lines = []
        for number, crossing in enumerate(self.trace.bridge, 1):
            layers = f"layer {crossing.encoder_layer} to layer {number}"
            lines.append(Text(f"{layers}: the encoder's final state, and the decoder's first"))
            for name in crossing.before:
                letter = self.letters.get(name, name)
                lines.append(self.signed(f"{letter} final", crossing.before[name], f"encoder {name}"))
                lines.append(self.signed(f"{letter} first", crossing.after[name], f"first {name}"))
        return Screen(f"Bridge: {self.trace.model['bridge']}", lines)

    def word(self, t: int, step: DecoderStep) -> Iterator[Text]:
        """One step of the decoder: the word before, and how the next one comes about."""
        yield from self.strips.texts("reads", [shortened(step.read.text, _LONGEST)])
        yield self.signed("embedding", step.embedding, "embedding")
        if step.fed:
            yield self.signed("fed readout", step.fed, "readout")
        before = self.trace.model["placement"] == "before"
        if before:
            yield from self.looked_at(step)
        for depth, layer in enumerate(step.layers, 1):
            if len(step.layers) > 1:
                yield Text(f"layer {depth}")
            yield from self.cell(layer, "decoder")
        if not before:
            yield from self.looked_at(step)
        if self.has_readout:
            yield self.signed("readout", step.readout, "readout")
        for guess in step.best:
            yield self.strips.bar(shortened(guess.word, _LONGEST), guess.probability)
        if self.trace.forced:
            yield from self.strips.texts("given, with", [f"p {step.choice.probability:.3g}"])
        yield self.strips.marked("writes", self.target[: t + 1], t)

    def looked_at(self, step: DecoderStep) -> Iterator[Text]:
        """Where attention looks, and what it brings."""
        if step.weights is not None:
            pairs = zip(self.source, step.weights, strict=True)
            yield from self.strips.texts("attention", [f"{word} {weight:.2f}" for word, weight in pairs])
        if step.context:
            yield self.signed("context", step.context, "context")

    @property
    def has_readout(self) -> bool:
        """Whether the decoder has a layer between its state and its output."""
        return bool(self.trace.decoding[0].context) or self.trace.model["tied_embeddings"]

    def named(self, part: str) -> str:
        """Return what a gate or a part of the state is called, its letter in the equations first."""
        letter = self.letters.get(part)
        return f"{letter} {part}" if letter else part

    def signed(self, label: str, values: list[float], kind: str) -> Text:
        """Return numbers as a strip, on one scale with all others of their kind."""
        return self.strips.signed(label, values, self.scales[kind])


def _scales(trace: Trace) -> dict[str, float]:
    """Return the greatest number of each kind of vector, without its sign."""
    scales: dict[str, float] = {}
    for kind, vectors in _kinds(trace):
        greatest = max((abs(value) for values in vectors for value in values), default=0.0)
        scales[kind] = max(scales.get(kind, 0.0), greatest)
    return scales


def _kinds(trace: Trace) -> Iterator[tuple[str, Iterable[list[float]]]]:
    """Yield all vectors of a trace by their kind."""
    encoding, decoding = trace.encoding, trace.decoding
    yield "embedding", [*encoding.embeddings, *(step.embedding for step in decoding)]
    yield "memory", encoding.memory
    yield "encoder output", [output for layer in encoding.layers for output in layer.outputs]
    yield "context", [step.context for step in decoding]
    yield "readout", [step.readout for step in decoding]
    ways = [way for layer in encoding.layers for way in layer.directions]
    wings = {
        "encoder": [step for way in ways for step in way.steps],
        "decoder": [step for word in decoding for step in word.layers],
    }
    for wing, steps in wings.items():
        yield f"{wing} normalised", [step.normalised for step in steps]
    for crossing in trace.bridge:
        for name in crossing.before:
            states = [step.state[name] for step in wings["encoder"]]
            yield f"encoder {name}", [crossing.before[name], *states]
            yield f"first {name}", [crossing.after[name]]
            yield f"decoder {name}", [step.state[name] for step in wings["decoder"]]
