"""Is what a search finds what the model says, and does every line get its translation?"""

from copy import deepcopy
from itertools import islice, product

import torch
from torch import Tensor

from seq2seq_cli.batch import Batch, mask_of
from seq2seq_cli.build.experiment import build_search
from seq2seq_cli.build.text import build_pipelines
from seq2seq_cli.corpus.batching import pad
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.decoding.hypothesis import Hypothesis
from seq2seq_cli.decoding.search import Search
from seq2seq_cli.inspection.doctor.answer import Answer, number
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.inspection.doctor.rehearsal import CPU
from seq2seq_cli.inspection.doctor.walking import walk
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.symbols import EOS
from seq2seq_cli.translation import Translator

_TOLERANCE = 1e-4
"""Of log p, as a share of it: searches add up in float32."""


@torch.no_grad()
def search(patient: Patient) -> Answer:
    """Ask whether scores of greedy search, and of the config's own, are the model's log-probabilities.

    A new model hardly ever says <eos>, so the question is put to one as well whose outputs end early, some
    before others: that is when searches have to keep their rows in order.
    """
    searches = {Greedy(patient.config.decoding.max_length), build_search(patient.config.decoding)}
    models = (patient.exact, _that_ends_early(patient))
    worst = 0.0
    for one, model in product(searches, models):
        difference = _largest_error(one, model, patient.pairs)
        if not difference <= worst:
            worst = difference
    figure = f"{worst:.1g} apart"
    if worst <= _TOLERANCE:
        return Answer("ok", worst, figure, "An output's score is what the model gives it when it is told it.")
    return Answer(
        "broken",
        number(worst),
        figure,
        "A search's scores are not the model's log-probabilities: look at how it carries states and words "
        "from step to step, and at which row belongs to which sentence.",
    )


def _that_ends_early(patient: Patient) -> Seq2Seq:
    """Return the model with a liking for <eos>, so that half of its outputs end by the second word."""
    model = deepcopy(patient.exact)
    _, second, *_ = walk(model, patient.pairs, guessing=True)
    behind = second.logits.max(1).values - second.logits[:, EOS]  # (batch,)
    model.output.bias[EOS] += behind.median()
    return model


def _largest_error(search: Search, model: Seq2Seq, batch: Batch) -> float:
    """Return by how much the scores of the best outputs are off, as a share of log p where that is large."""
    best = [hypotheses[0] for hypotheses in search(model, batch.source, batch.source_lengths)]
    told = torch.tensor([hypothesis.log_probability for hypothesis in best], dtype=torch.float64)
    right = _log_probabilities(model, batch, best)
    return float(((told - right).abs() / right.abs().clamp(min=1)).max())


def _log_probabilities(model: Seq2Seq, batch: Batch, outputs: list[Hypothesis]) -> Tensor:
    """Return log p of each output given its source, teacher-forced, (batch,)."""
    words, lengths = pad([[*output.tokens, *[EOS] * output.finished] for output in outputs])
    log_p = model(Batch(batch.source, batch.source_lengths, words, lengths)).log_softmax(1)
    own = log_p.gather(1, words[mask_of(lengths, words.shape[1])].unsqueeze(1)).squeeze(1)
    return torch.stack([sentence.sum() for sentence in torch.split(own, lengths.tolist())])


def lines(patient: Patient) -> Answer:
    """Ask whether lines, of which some are blank, come back as many and in their places."""
    texts = [source for source, _ in islice(patient.dataset.part("train").texts(), 2)]
    given = ["", *texts, "  ", *reversed(texts)]
    vocabularies = patient.dataset.source_vocabulary, patient.dataset.target_vocabulary
    translator = Translator(
        patient.model,
        build_search(patient.config.decoding),
        *build_pipelines(patient.config.data, patient.dataset.folder),
        *vocabularies,
        CPU,
    )
    back = translator.translations(given)
    kept = [line.source for line in back] == given
    blank = all(line.text == "" for line in back if not line.source.strip())
    figure = f"{len(back)} for {len(given)} lines"
    if kept and blank:
        return Answer("ok", len(back), figure, "Every line has its translation, a blank one a blank one.")
    return Answer(
        "broken",
        len(back),
        figure,
        "Lines are lost or out of order, so that outputs no longer stand beside their sources: give blank "
        "lines a blank translation.",
    )
