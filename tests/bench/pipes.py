"""s2s translate in a pipe: a million lines, a slow writer, and ten thousand odd lines.

    python tests/bench/pipes.py RUN                       everything; a million lines take some minutes
    python tests/bench/pipes.py RUN --lines 20000 --slow 5 --odd 500

RUN is the path of a trained run, of whose source words the lines are made. The rest of the command line goes
to `s2s translate`, such as `--beam 5`.

1. Lines of words drawn at random flow in, as fast as they are read. As many must come out, each the
   translation of its own line: there are two thousand different ones, which are translated first. The memory
   of the process is watched.
2. A writer gives a line a second and waits for each answer; the time from the one to the other.
3. Lines of random Unicode, of control characters, of bytes that are no UTF-8, of unknown words and of 100,000
   words, with plain lines among them, which must come out as they do alone.

Prints the figures; the exit status is 1 if a line is lost, another's, or answered later than --patience.
"""

import argparse
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

DISTINCT = 2003
WATCHED = 1.0  # seconds from one look at the memory to the next
CONTROLS = [*map(chr, range(32)), "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\u200b", "\u202e", "\ufffd"]
CONTROLS.remove("\n")


class Translating:
    """`s2s translate` between two pipes."""

    def __init__(self, options: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "seq2seq_cli", "translate", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.messages: list[bytes] = []
        self.memory: list[float] = []  # resident, in MB, a look a second
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._listen, self._watch)]
        for thread in self._threads:
            thread.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.messages += self.process.stderr

    def _watch(self) -> None:
        while self.process.poll() is None:
            shown = subprocess.run(["ps", "-o", "rss=", "-p", str(self.process.pid)], capture_output=True)
            if shown.stdout.strip():
                self.memory.append(int(shown.stdout) / 1024)
            time.sleep(WATCHED)

    def feed(self, lines: Iterator[bytes]) -> None:
        """Write lines from another thread, and close the pipe behind them."""

        def write() -> None:
            assert self.process.stdin is not None
            while block := b"".join(islice(lines, 1000)):
                self.process.stdin.write(block)
            self.process.stdin.close()

        self._threads.append(threading.Thread(target=write, daemon=True))
        self._threads[-1].start()

    def ask(self, line: bytes) -> bytes:
        """Write a line and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def answers(self) -> Iterator[bytes]:
        """Yield lines as they come out."""
        assert self.process.stdout is not None
        yield from self.process.stdout

    def end(self) -> bool:
        """Wait until it ends; tell whether it ended well."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        for thread in self._threads:
            thread.join()
        return self.process.wait() == 0


def known_words(run: Path) -> list[str]:
    """Return the words that a run's model reads."""
    lines = (run / "source.vocab").read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[0] for line in lines[4:]]


def plain_lines(words: Sequence[str], count: int, draw: random.Random) -> list[bytes]:
    """Return different lines of up to a dozen known words; the first is blank."""
    lines = {b"\n": None}
    while len(lines) < count:
        lines[" ".join(draw.choices(words, k=draw.randint(1, 12))).encode() + b"\n"] = None
    return list(lines)


def translated(options: Sequence[str], lines: Sequence[bytes]) -> list[bytes]:
    """Return the translations of lines, which go in all at once."""
    translating = Translating(options)
    translating.feed(iter(lines))
    answers = list(translating.answers())
    if not translating.end() or len(answers) != len(lines):
        sys.exit(f"{len(lines)} lines gave {len(answers)}\n{b''.join(translating.messages).decode()}")
    return answers


def flood(options: Sequence[str], distinct: Sequence[bytes], expected: Sequence[bytes], count: int) -> bool:
    """Let many lines flow through; print what came out, how fast, and in what memory."""
    draw, check = random.Random(1), random.Random(1)  # the same lines again, in the same order
    translating = Translating(options)
    began = time.perf_counter()
    translating.feed(distinct[draw.randrange(len(distinct))] for _ in range(count))
    found = wrong = 0
    for answer in translating.answers():
        wrong += answer != expected[check.randrange(len(expected))]
        found += 1
        if found == 1:
            first = time.perf_counter() - began
    seconds = time.perf_counter() - began
    well = translating.end()
    memory = translating.memory
    print(
        f"flood: {count:,} lines in, {found:,} out, {wrong:,} not in their place; "
        f"{count / seconds:,.0f} lines a second"
    )
    print(f"       the first after {first:.1f} s, the last after {seconds:.0f} s")
    shares = [memory[min(len(memory) - 1, len(memory) * tenth // 10)] for tenth in range(11)]
    print(
        f"       memory, MB, from the first tenth to the last: {' '.join(f'{share:.0f}' for share in shares)}"
    )
    print(
        f"       peak {max(memory):.0f} MB, in the first fifth {max(memory[: len(memory) // 5 + 1]):.0f} MB"
    )
    return well and (found, wrong) == (count, 0)


def slow(
    options: Sequence[str], distinct: Sequence[bytes], expected: Sequence[bytes], count: int, patience: float
) -> bool:
    """Give a line a second; print how long each answer took, but the first, for which the model is loaded."""
    translating = Translating(options)
    began = time.perf_counter()
    right = translating.ask(distinct[1]) == expected[1]
    loaded = time.perf_counter() - began
    waits = []
    for line, answer in islice(zip(distinct[2:], expected[2:], strict=True), count):
        time.sleep(1)
        began = time.perf_counter()
        right &= translating.ask(line) == answer
        waits.append(time.perf_counter() - began)
    right &= translating.end()
    print(
        f"slow:  a line a second, {count} times, answered after {1000 * statistics.median(waits):.0f} ms "
        f"(median), {1000 * max(waits):.0f} ms at most; the very first after {loaded:.1f} s"
    )
    return right and max(waits) <= patience


def odd_line(draw: random.Random) -> bytes:
    """Return a line that nobody would write."""
    kind = draw.randrange(6)
    if kind == 0:
        text = "".join(
            chr(draw.choice((draw.randrange(0xD800), draw.randrange(0xE000, 0x110000)))) for _ in range(40)
        )
        return text.replace("\n", "").encode() + b"\n"
    if kind == 1:
        return "".join(draw.choices(CONTROLS, k=draw.randrange(60))).encode() + b"\n"
    if kind == 2:
        return draw.randbytes(draw.randrange(200)).replace(b"\n", b"") + b"\n"
    if kind == 3:
        return b" ".join(b"zz%dyx" % draw.randrange(10**9) for _ in range(draw.randint(1, 30))) + b"\n"
    if kind == 4:
        return b"".join(draw.choices([b" ", b"\t", b"\r", b"?", b"\xc2\xa0"], k=draw.randrange(30))) + b"\n"
    return bytes(draw.choices(b"abcdefg", k=draw.randrange(20_000))) + b"\n"


def odd(options: Sequence[str], distinct: Sequence[bytes], expected: Sequence[bytes], count: int) -> bool:
    """Let odd lines through, every fifth a plain one; print what became of them."""
    draw = random.Random(2)
    lines = [distinct[i % len(distinct)] if i % 5 == 0 else odd_line(draw) for i in range(count)]
    longest = range(1, count, max(5, count // 10 // 5 * 5))  # never a plain one's place
    words = [line.split()[0] for line in distinct[1:]]
    for place in longest:
        lines[place] = b" ".join(draw.choices(words, k=100_000)) + b"\n"
    began = time.perf_counter()
    translating = Translating(options)
    translating.feed(iter(lines))
    answers = list(translating.answers())
    seconds, well = time.perf_counter() - began, translating.end()
    wrong = sum(answer != expected[i % len(expected)] for i, answer in enumerate(answers) if i % 5 == 0)
    print(
        f"odd:   {count:,} lines in, {len(longest)} of them of 100,000 words, {len(answers):,} out, "
        f"{wrong:,} of the plain ones not as alone; {seconds:.0f} s, peak {max(translating.memory):.0f} MB"
    )
    print("       it said:")
    for message in translating.messages:
        print(f"       {message.decode().rstrip()}")
    return well and len(answers) == count and not wrong


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--slow", type=int, default=20, metavar="ANSWERS")
    parser.add_argument("--odd", type=int, default=10_000, metavar="LINES")
    parser.add_argument("--patience", type=float, default=0.3, metavar="SECONDS")
    given, more = parser.parse_known_args()
    options = ["--run", str(given.run), *more]
    distinct = plain_lines(known_words(given.run), DISTINCT, random.Random(0))
    expected = translated(options, distinct)
    good = [
        flood(options, distinct, expected, given.lines),
        slow(options, distinct, expected, given.slow, given.patience),
        odd(options, distinct, expected, given.odd),
    ]
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
