"""From a source to a data set on disk, of any size; `preparation` tells the whole story."""

from seq2seq_cli.corpus.prepare.preparation import Prepared, Progress, prepare
from seq2seq_cli.corpus.prepare.recipe import Recipe
from seq2seq_cli.corpus.prepare.report import Report

__all__ = ["Prepared", "Progress", "Recipe", "Report", "prepare"]
