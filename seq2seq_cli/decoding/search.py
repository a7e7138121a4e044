"""The searches by name."""

from seq2seq_cli.decoding.beam import Beam
from seq2seq_cli.decoding.greedy import Greedy
from seq2seq_cli.registry import Registry

Search = Greedy | Beam

SEARCHES: Registry[type[Greedy] | type[Beam]] = Registry("search", {"greedy": Greedy, "beam": Beam})
