"""From a run and one sentence, or two, to what there is to see."""

import torch

from seq2seq_cli.corpus.batching import pad
from seq2seq_cli.errors import RunError
from seq2seq_cli.inspection.latent.line import decoded
from seq2seq_cli.inspection.latent.near import nearest, vectors_of
from seq2seq_cli.inspection.latent.record import Context, Latent
from seq2seq_cli.inspection.loading import load_sound_model
from seq2seq_cli.inspection.tokens import tokens_of
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.runs import Run


def latent(
    run: Run,
    first: str,
    second: str | None = None,
    *,
    stops: int = 7,
    part: str = "train",
    n: int = 5,
    checkpoint: str = "best",
) -> Latent:
    """Return what lies near a sentence, and what the decoder makes of the line between it and another.

    A sentence's context vector is all that the decoder begins with: the first state of each of its layers, as
    the bridge hands it over, and with attention `summary` what that repeats at every step.

    Args:
        run: what was trained.
        first: a sentence of the source language.
        second: another; None for no line.
        stops: how many sentences to decode along the line, both ends included.
        part: the part of the data whose sources are compared.
        n: how many of them to name, equal ones counted once.
        checkpoint: which one of the run's, or which average; see Run.load_model.

    Raises:
        S2SError: the run or its data cannot be loaded, or the part is empty.
        CorpusError: a sentence holds no word.
        RunError: the run hands no vector over, or its decoder looks at the source's words, so that a vector
            does not say what it writes.
    """
    model, sentences = load_sound_model(run, checkpoint), [first, *([] if second is None else [second])]
    _check(run, model, line=second is not None)
    tokens = [tokens_of(text, run.source_pipeline, run.source_vocabulary) for text in sentences]
    sources = pad([[token.index for token in sentence] for sentence in tokens])
    with torch.inference_mode():
        state = model.start(*sources)
        vectors = vectors_of(model, state)  # (sentences, size)
        near = nearest(model, run.dataset().part(part).not_empty(), vectors, n)
        line = decoded(run, model, state, stops) if second is not None else []
    cosines = torch.nn.functional.cosine_similarity(vectors[0], vectors[-1], dim=0)
    return Latent(
        run.name,
        checkpoint,
        run.step_of(checkpoint),
        part,
        vectors.shape[1],
        [Context(text, found) for text, found in zip(sentences, near, strict=True)],
        None if second is None else float(cosines),
        line,
    )


def _check(run: Run, model: Seq2Seq, *, line: bool) -> None:
    """Make sure that a run has context vectors, and that its decoder knows no more than them.

    Raises:
        RunError: it is not so.
    """
    attention, bridge = run.config.model.attention, run.config.model.bridge
    if bridge == "zero" and attention != "summary":
        raise RunError(
            f"The run {run.name} has no context vectors: model.bridge is zero, which hands nothing over.",
            "Choose a run with another bridge.",
        )
    if line and model.decoder.attention.needs_query:
        raise RunError(
            f"The decoder of {run.name} looks at every word of its source (model.attention is {attention}), "
            "and there are no words between two sentences: only a decoder that knows nothing but a vector "
            "can be led along a line.",
            "Choose a run with model.attention none or summary (autoencoder.yaml makes one), "
            "or give one sentence.",
        )
