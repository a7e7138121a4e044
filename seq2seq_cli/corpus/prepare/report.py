"""What was read, and what became of it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from seq2seq_cli.corpus.sources import Invalid, Pair

_LINES_SHOWN = 5


@dataclass
class Report:
    """Counts of pairs, with an example of each reason to drop one."""

    read: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Pair] = field(default_factory=dict)  # the first pair that each reason dropped
    invalid: Counter[str] = field(default_factory=Counter)  # lines that were no pair, by what was wrong
    invalid_lines: dict[str, list[Invalid]] = field(default_factory=dict)  # the first few of each
    groups: int = 0
    held_out_missing: list[str] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """How many pairs are left."""
        return self.read - self.dropped.total()

    @property
    def remarks(self) -> dict[str, Any]:
        """What data.yaml does not keep: the first lines passed over, and held-out sentences not found."""
        lines = {problem: [str(line) for line in some] for problem, some in self.invalid_lines.items()}
        return {"passed_over": lines, "held_out_missing": self.held_out_missing}

    def pass_over(self, invalid: Invalid) -> None:
        """Count a line that is no pair."""
        self.invalid[invalid.problem] += 1
        lines = self.invalid_lines.setdefault(invalid.problem, [])
        if len(lines) < _LINES_SHOWN:
            lines.append(invalid)

    def drop(self, reason: str, pairs: int, example: Pair) -> None:
        """Count dropped pairs, one of which is the example."""
        self.dropped[reason] += pairs
        self.examples.setdefault(reason, example)
