"""Where sentence pairs come from: every form of file that users have, as blocks of two columns.

opening.py          from what the user names to a source
known.py            corpora that lie elsewhere, by name; download.py fetches them
embedded.py         corpora that the package carries
folder.py           the files in a folder or zip: parts, shards, aligned pairs
inputs.py           what can be opened; archive.py: members of a zip; compression.py: bytes decompressed
lines.py            bytes become lines
formats.py          the forms of files: tab_separated.py, comma_separated.py, json_lines.py, columnar.py,
                    aligned.py
columns.py          which two columns are the sentences; languages.py: those that languages name
blocks.py           pairs become blocks
source.py           what all of that gives
"""

from seq2seq_cli.corpus.sources.embedded import SOURCES
from seq2seq_cli.corpus.sources.formats import FORMATS
from seq2seq_cli.corpus.sources.opening import open_source
from seq2seq_cli.corpus.sources.source import Block, Invalid, Pair, Source

__all__ = ["FORMATS", "SOURCES", "Block", "Invalid", "Pair", "Source", "open_source"]
