"""The bugs that tutorials and toolkits have, planted one at a time: the doctor finds each.

A bug is planted into the text of a copy of the package, which is then imported and examined. The README has
this table in words.
"""

from typing import NamedTuple

import pytest

from seq2seq_cli.inspection.doctor import CHECKS


class Bug(NamedTuple):
    """Some text of a file of the package, what stands there instead, and the check that has to tell."""

    file: str
    text: str
    instead: str
    check: str
    figure: str | float  # what the check says, or where chance has a say what it measures at least
    settings: tuple[str, ...] = ()
    verdict: str = "broken"


STATE = "        return EncoderOutput(memory, mask_of(lengths, tokens.shape[1]), final_state)"

BUGS = {
    # The classic from-scratch tutorial code.
    "the bridge's optimizer is never stepped": Bug(
        "build/training.py",
        "make(OPTIMIZER, training, dict(model.named_parameters()),",
        "make(OPTIMIZER, training, {name: parameter for name, parameter in model.named_parameters() "
        "if not name.startswith('bridge.')},",
        "movement",
        "4 of 17 stand still",
    ),
    "the first input of a batch's second sentence is not <sos>": Bug(
        "models/seq2seq.py",
        "        sos = torch.full_like(batch.target[:, :1], SOS)\n",
        "        sos = torch.full_like(batch.target[:, :1], SOS)\n"
        "        sos[1:] = batch.target[:-1].gather(1, batch.target_lengths[:-1, None] - 1)\n",
        "first input",
        "7 of 8 begin otherwise",
    ),
    "the loss stops at the first <eos> that is predicted": Bug(
        "training/objective.py",
        "        weight, bias = self.model.output.weight, self.model.output.bias\n",
        "        weight, bias = self.model.output.weight, self.model.output.bias\n"
        "        ends = ((readouts @ weight.t() + bias).argmax(1) == 2).long()\n"
        "        by_sentence = ends.split(batch.target_lengths.tolist())\n"
        "        counted = torch.cat([ended.cumsum(0) - ended == 0 for ended in by_sentence])\n"
        "        return OutputLoss.apply(\n"
        "            readouts[counted], weight, bias, batch.target_words[counted], 0.0, weight.dtype\n"
        "        )\n",
        "words counted",
        150.0,
    ),
    "the learning rate is ignored": Bug(
        "build/training.py",
        "make(SCHEDULE, training.schedule, training.learning_rate, total_steps)",
        "make(SCHEDULE, training.schedule, 0.001, total_steps)",
        "learning rate",
        "0.001; at half, 1.00 as far",
    ),
    "the learning rate is ignored by the optimizer": Bug(
        "training/optim.py",
        "            parameter.add_(direction, alpha=-learning_rate)\n",
        "            parameter.add_(direction, alpha=-0.01)\n",
        "learning rate",
        "0.02; at half, 1.00 as far",
        ("training.optimizer=sgd",),
    ),
    "the printed loss is divided by the last sentence's length": Bug(
        "training/loop.py",
        "            progress.epoch,\n            nats,\n",
        "            progress.epoch,\n"
        "            nats * target_tokens / int(group[-1].target_lengths[-1]),\n",
        "printed loss",
        25.0,
    ),
    "checkpoints are never written": Bug(
        "runs/checkpoints.py",
        "        step, best, state = trainer.progress.step, trainer.progress.best_step, trainer.state()\n",
        "        return\n",
        "reload",
        "no checkpoint is written",
    ),
    # Joey NMT.
    "h is copied into c at the bridge": Bug(
        "models/bridge.py",
        "        return tuple(part_map(part) for part_map, part in zip(maps.values(), final, strict=True))",
        "        return (maps['hidden'](final[0]),) * len(final)",
        "bridge",
        "1 of 2 parts are lost",
    ),
    "direction 1 of a unidirectional encoder is taken": Bug(
        "models/encoders/recurrent.py",
        STATE,
        "        size = self.recurrent.layers[0].cell.hidden_size\n"
        "        directions = [[part.unflatten(1, (-1, size)) for part in layer] for layer in final_state]\n"
        "        final_state = tuple(tuple(part[:, 1] for part in layer) for layer in directions)\n" + STATE,
        "numbers",
        "IndexError",
        ("model.encoder=uni",),
    ),
    "another layer is taken for a direction": Bug(
        "models/encoders/recurrent.py",
        STATE,
        STATE.replace("final_state", "final_state[::-1]"),
        "layers",
        "2 of 2 are another's",
        ("model.encoder=uni", "model.encoder_layers=2"),
    ),
    "blank lines are dropped": Bug(
        "translation/translator.py",
        "        return [found[i] for i in range(len(lines))]",
        "        return [found[i] for i in range(len(lines)) if sources[i]]",
        "lines",
        "4 for 6 lines",
    ),
    "resume loses the place in the data": Bug(
        "training/loop.py",
        "        self.progress = Progress(**state.progress)\n",
        "        self.progress = Progress(**{**state.progress, 'batch': 0})\n",
        "resume",
        1000.0,
    ),
    # eole, IBM.
    "the encoder ignores the padding mask": Bug(
        "models/encoders/recurrent.py",
        "self.recurrent(self.embed(tokens), lengths)",
        "self.recurrent(self.embed(tokens), None)",
        "padding",
        0.05,
    ),
    "attention attends to padding": Bug(
        "models/attention/scored.py",
        "scores.masked_fill(~memory.mask.unsqueeze(1), -math.inf).softmax(dim=2)",
        "scores.softmax(dim=2)",
        "attention",
        0.3,
        ("model.attention=general",),
    ),
    "attention attends to padding, in training alone": Bug(
        "models/attention/scored_trace.py",
        "zeros(batch, source_time).masked_fill_(~memory.mask, -math.inf)",
        "zeros(batch, source_time)",
        "steps",
        0.01,
        ("model.attention=general", "model.input_feeding=true"),
    ),
    # What else goes wrong when such code is written.
    "the decoder is given the word that it is to guess": Bug(
        "models/seq2seq.py",
        "        given = torch.cat([sos, batch.target[:, :-1]], dim=1)  # (batch, time)",
        "        given = batch.target.clone()",
        "causality",
        0.1,
    ),
    "the encoder is cut off from the gradient": Bug(
        "models/seq2seq.py",
        "self.bridge(encoded.final_state)",
        "self.bridge(tuple(tuple(part.detach() for part in layer) for layer in encoded.final_state))",
        "gradient",
        "7 of 17 have none",
    ),
    "a gradient is derived wrongly": Bug(
        "models/cells/lstm.py",
        "        dc.mul_(f)\n",
        "        dc.mul_(1 - f)\n",
        "slope",
        0.1,
        ("model.engine=scratch",),
    ),
    "a gradient is not that of torch's kernel": Bug(
        "models/cells/lstm.py",
        "        dc.mul_(f)\n",
        "        dc.mul_(1 - f)\n",
        "engines",
        0.1,
    ),
    "the source is not looked at": Bug(
        "models/seq2seq.py",
        "self.encoder(source, lengths)\n",
        "self.encoder(torch.ones_like(source), torch.ones_like(lengths))\n",
        "source",
        "logits change by 0",
    ),
    "the optimizer goes uphill": Bug(
        "training/optim.py", "maximize=False", "maximize=True", "overfitting", "TrainingError"
    ),
    "dropout stays on": Bug(
        "models/dropout.py",
        "            return nn.functional.dropout(x, self.p, self.training)",
        "            return nn.functional.dropout(x, self.p)",
        "batch of one",
        0.1,
        ("model.dropout=0.3",),
    ),
    "the mean over the batch is taken off": Bug(
        "models/seq2seq.py",
        "        state = self.decoder.start(self.bridge(encoded.final_state))\n",
        "        first = self.bridge(encoded.final_state)\n"
        "        first = tuple(tuple(part - part.mean(0) for part in layer) for layer in first)\n"
        "        state = self.decoder.start(first)\n",
        "neighbours",
        0.005,
    ),
    "a search takes rows for one another": Bug(
        "decoding/walk.py", "state.select(going)", "state.select(going.flip(0))", "search", 0.001
    ),
    "a beam forgets whose child a word is": Bug(
        "decoding/beam.py",
        "rows = places * beginnings + parent ",
        "rows = places * beginnings + 0 * parent ",
        "search",
        0.001,
        ("decoding.search=beam",),
    ),
    "a parameter is not loaded": Bug(
        "runs/tensors.py",
        "            parameter.copy_(sums[name] / len(paths))",
        "            parameter.copy_(sums[name] / len(paths)) if 'bridge' not in name else None",
        "reload",
        1000.0,
    ),
    "resume forgets the optimizer's state": Bug(
        "training/optim.py", "            tensor.copy_(tensors[name])\n", "", "resume", 1000.0
    ),
    "resume forgets the random generators": Bug(
        "training/loop.py",
        "                set_state(state.tensors[name])",
        "                pass",
        "resume",
        1000.0,
        ("model.dropout=0.3",),
    ),
    "parameters are drawn too wide": Bug(
        "models/decoder.py",
        "        self.output = nn.Linear(readout_size, vocabulary_size)\n",
        "        self.output = nn.Linear(readout_size, vocabulary_size)\n"
        "        self.output.weight.data.mul_(40)\n",
        "first loss",
        5.0,
        verdict="suspicious",
    ),
    "the decoder's steps feed nothing back": Bug(
        "models/decoder.py",
        "fed=readout if self.fed_size else state.fed",
        "fed=state.fed",
        "steps",
        0.01,
        ("model.input_feeding=true",),
    ),
    "the state of a direction is taken at its first word": Bug(
        "models/recurrent.py",
        "        outputs = [layer.normed(each, lengths) for",
        "        forwards, (backwards, final) = read\n"
        "        first_read = backwards[torch.arange(len(inputs)), lengths - 1]\n"
        "        read = [forwards, (backwards, (first_read,) * len(final))]\n"
        "        outputs = [layer.normed(each, lengths) for",
        "final state",
        "50% of it for any word",
    ),
    "the mask is upside down": Bug(
        "models/attention/scored.py",
        "masked_fill(~memory.mask.",
        "masked_fill(memory.mask.",
        "numbers",
        100.0,
        ("model.attention=general",),
    ),
}


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS.keys())
def test_a_planted_bug_is_found(bug, broken, examined):
    with broken(bug.file, bug.text, bug.instead):
        found = examined(bug.settings, [bug.check])[bug.check]
    assert found.verdict == bug.verdict
    if isinstance(bug.figure, str):
        assert found.figure == bug.figure
    else:
        assert found.value >= bug.figure


def test_a_split_that_leaks_is_found(broken, examined, workshop, tmp_path):
    """Train and test were shuffled apart: pairs that share a sentence are in both."""
    with broken(
        "corpus/prepare/split.py",
        "connected_groups(source[joined], target[joined], sentences)[source]",
        "target",
    ):
        from seq2seq_cli.build.data import prepare_data
        from seq2seq_cli.config import DataConfig

        config = DataConfig(source=str(workshop / "pairs.tsv"), split=(0.7, 0.15, 0.15))
        for _ in prepare_data(config, tmp_path / "leaking"):
            pass
        found = examined([], ["overlap"], tmp_path / "leaking")["overlap"]
    assert found.verdict == "broken"
    assert found.value >= 10
    assert "test in train" in found.meaning


def test_no_bug_is_found_where_none_is_planted(broken, examined):
    with broken("models/bridge.py", "The final state as it is", "The same"):
        findings = examined()
    assert {finding.verdict for finding in findings.values()} == {"ok", "not asked"}
    asked = {name for name, finding in findings.items() if finding.verdict == "ok"}
    assert asked == set(findings) - {"checkpoints", "layers", "attention"}


def test_every_check_has_a_bug_to_find():
    """Those that are about the data or a run have theirs planted there; see also test_doctor.py."""
    elsewhere = {"overlap", "unknown words", "cut outputs", "checkpoints"}
    assert {bug.check for bug in BUGS.values()} == set(CHECKS) - elsewhere
