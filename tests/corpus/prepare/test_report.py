"""What a report counts, and the examples that it keeps."""

from seq2seq_cli.corpus.prepare.report import Report
from seq2seq_cli.corpus.sources import Invalid


def test_what_is_not_dropped_is_kept() -> None:
    report = Report(read=10)
    report.drop("empty", 2, ("", "a"))
    report.drop("too long", 3, ("b", "c"))
    report.drop("empty", 1, ("", "d"))
    assert report.kept == 4
    assert report.dropped == {"empty": 3, "too long": 3}
    assert report.examples == {"empty": ("", "a"), "too long": ("b", "c")}


def test_invalid_lines_are_counted_and_the_first_few_of_each_problem_kept() -> None:
    report, lines = Report(read=1), [Invalid("pairs.tsv", n, "no tab") for n in range(1, 100)]
    for line in [*lines, Invalid("pairs.tsv", 100, "not UTF-8")]:
        report.pass_over(line)
    assert report.invalid == {"no tab": 99, "not UTF-8": 1}
    assert report.invalid_lines == {
        "no tab": lines[:5],
        "not UTF-8": [Invalid("pairs.tsv", 100, "not UTF-8")],
    }
    assert report.kept == 1
