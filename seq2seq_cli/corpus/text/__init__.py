"""From text to tokens, and back: normalizers, tokenizers, and the pipeline of one of each."""

from seq2seq_cli.corpus.text.normalizers import NORMALIZERS
from seq2seq_cli.corpus.text.pipeline import TextPipeline
from seq2seq_cli.corpus.text.tokenizer import Tokenizer
from seq2seq_cli.corpus.text.tokenizers import TOKENIZERS

__all__ = ["NORMALIZERS", "TOKENIZERS", "TextPipeline", "Tokenizer"]
