"""A model becomes hypotheses. Searches see it through `start` and `step` alone.

`greedy`, `sampling` and `beam` are the searches; `search` says what all of them are told and give. `walk` is
what the first two have in common, `ranking` and `trail` are the third's. `constraints` says what outputs may
be, and `ensemble` makes one model of several.
"""

from seq2seq_cli.decoding.beam import Beam
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.decoding.sampling import Sample
from seq2seq_cli.decoding.search import Search
from seq2seq_cli.registry import Registry

SEARCHES: Registry[type[Search]] = Registry("search", {"greedy": Greedy, "beam": Beam, "sample": Sample})

__all__ = ["SEARCHES", "Search"]
