"""How an evaluation looks where its numbers are as wide as they get."""

import pytest

from seq2seq_cli.cli import evaluating
from seq2seq_cli.evaluation import Comparison, Details, Evaluation, FrequencyBin, LengthBin, SearchErrors
from seq2seq_cli.metrics import Difference

HUGE, WHOLE = 1234.567, 234_567
NAMES = ("loss", "perplexity", "token_accuracy", "bleu", "bleu_any", "chrf", "ter", "exact_match")
DIFFERENCE = Difference(1234.56, 1234.56, -123.45, -123.45, -100.00, 0.001, 0.0, True, 1000)


@pytest.fixture
def evaluation():
    return Evaluation(
        run="a-run-with-a-long-name",
        checkpoint="best",
        step=WHOLE,
        part="test",
        sentences=WHOLE,
        loss=HUGE,
        perplexity=HUGE,
        token_accuracy=100.0,
        bleu=100.0,
        bleu_any=100.0,
        chrf=100.0,
        ter=HUGE,
        exact_match=100.0,
        unknown_words=100.0,
        seconds=HUGE,
        sentences_per_second=HUGE,
        signatures={"bleu": "nrefs:1|case:mixed|eff:no|tok:none|smooth:exp|version:2.6.0"},
        search_errors=SearchErrors(WHOLE, 100.0, WHOLE, WHOLE, 100.0),
        samples=(),
        best=(),
        worst=(),
        details=Details(
            free_running_loss=HUGE,
            free_running_perplexity=HUGE,
            free_running_accuracy=100.0,
            exposure_gap=HUGE,
            by_length=(LengthBin(100, 1000, WHOLE, 100.0, 100.0, 100.0, 12.34),),
            by_frequency=(
                FrequencyBin(100, 999, WHOLE, WHOLE, WHOLE, 100.0, 100.0, 100.0, 12.34),
                FrequencyBin(1000, None, WHOLE, WHOLE, WHOLE, 100.0, 100.0, 100.0, 12.34),
            ),
        ),
    )


def widest(capsys, evaluation):
    evaluating.evaluation(evaluation)
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    return max(len(line.rstrip()) for line in printed.splitlines())


def test_the_widest_numbers_fit_into_80_columns(capsys, evaluation):
    assert 60 < widest(capsys, evaluation) <= 80


def test_a_comparison_of_long_names_fits_too(capsys):
    comparison = Comparison(
        "a-run-with-a-long-name", "b" * 30, "best", WHOLE, dict.fromkeys(NAMES, DIFFERENCE), "So it is."
    )
    evaluating.comparison("both", comparison)
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 80
    assert "So it is." in lines
