"""s2s translate on text that nobody would write: a line a line, whatever it holds."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seq2seq_cli.cli import reading, writing
from seq2seq_cli.cli.reports import Reports
from seq2seq_cli.runs import Store
from seq2seq_cli.translation import Translator

CONTROLS = "\x00\x01\x07\x08\x0b\x0c\r\x1b\x1c\x1d\x1e\x1f\x7f\x85"
SIGNS = CONTROLS + "\u2028\u2029\ufeff\u200b\u202e\u0301\ufffd\U0001f600"
odd_text = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(str.encode),
        st.text(SIGNS).map(str.encode),
        st.binary(max_size=20),
        st.sampled_from(
            [
                b"you",
                b" ",
                b"\t",
                b"\r\n",
                b"\n",
                b"zzyzx ",
                b"\xed\xa0\x80",
                b"\xff",
                b"a" * 5000,
                b"you " * 500,
            ]
        ),
    ),
    max_size=40,
).map(b"".join)


class Kept(list):
    """A file that keeps what is written."""

    def write(self, text):
        self.append(text)

    def flush(self):
        pass


def through(translator, path, parse, form):
    """Return what comes out for a file."""
    kept = Kept()
    with Reports() as reports, reading.requests(None, path, reading.INPUTS[parse], "", reports) as asked:
        writing.write_answers(asked, translator, writing.FORMS[form], reports, kept)
    return "".join(kept)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(odd_text)
def test_odd_text_gives_a_line_a_line(workshop, tmp_path, content):
    path = tmp_path / "odd"
    path.write_bytes(content)
    translator = Translator.of(Store(workshop / "runs").find("tiny"), device="cpu")
    expected = content.count(b"\n") + (not content.endswith(b"\n") and content != b"")
    for parse in ("text", "jsonl"):
        for form in ("text", "jsonl"):
            output = through(translator, path, parse, form)
            assert len(output.splitlines(keepends=True)) >= output.count("\n") == expected
            assert output == "" or output.endswith("\n")


def test_a_line_is_translated_alike_among_odd_ones(workshop, tmp_path):
    translator = Translator.of(Store(workshop / "runs").find("tiny"), device="cpu")
    draw = random.Random(0)
    alphabet = [chr(code) for code in range(0x250) if code != 10] + list(SIGNS)
    odd = ["".join(draw.choices(alphabet, k=draw.randint(0, 200))) for _ in range(300)]
    plain = ["you re not sure", "we re not satisfied with the price"]
    lines = [plain[i % 2] if i % 3 == 0 else line for i, line in enumerate(odd)]
    path = tmp_path / "odd"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    output = through(translator, path, "text", "text").split("\n")
    assert len(output) == 301
    expected = translator.translate(plain)
    assert output[0:300:3] == [expected[i % 2] for i in range(0, 300, 3)]
