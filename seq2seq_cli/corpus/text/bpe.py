"""Byte-pair encoding: frequent words are tokens, rare ones are made of pieces."""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from seq2seq_cli.corpus.text.tokenizer import WORD_START, WordStartTokenizer, marked
from seq2seq_cli.errors import ConfigError, CorpusError, DatasetError
from seq2seq_cli.files import replacing_file

if TYPE_CHECKING:
    from sentencepiece import SentencePieceProcessor

_MOST_PIECES = 1 << 30  # more SentencePiece cannot count


@dataclass(frozen=True)
class BpeTokenizer(WordStartTokenizer):
    """Start from characters; merge the most frequent pair of neighbours, again and again.

    Sennrich, Haddow & Birch 2016 (https://arxiv.org/abs/1508.07909), by the library SentencePiece. The
    first piece of a word begins with ▁; a ▁ of the text becomes _. Characters that the training part
    lacks are kept, as pieces that no vocabulary knows.

    Attributes:
        model: what was learnt, in SentencePiece's format.
    """

    model: bytes = field(repr=False)
    learnt: ClassVar[bool] = True

    @classmethod
    def learn(cls, counts: Iterable[tuple[str, int]], size: int) -> "BpeTokenizer":
        """Learn the pieces of words; equal counts give an equal model.

        Args:
            counts: the words of the training part, and how often it has them.
            size: how many pieces to make; fewer come out of a small text.

        Raises:
            ConfigError: the text has more characters than that, or SentencePiece is not installed.
            CorpusError: there is nothing to learn from.
        """
        sentencepiece = _sentencepiece()
        rows = [(marked(word)[1:], count) for word, count in counts]
        alphabet = {WORD_START}.union(*(word for word, _ in rows))
        if len(alphabet) > size:
            raise ConfigError(
                f"data.subwords: {size} pieces are fewer than the text has characters, {len(alphabet)}.",
                f"Set it to at least {len(alphabet)}; some thousands are usual.",
            )
        model = io.BytesIO()
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=(f"{word}\t{count}" for word, count in rows),
                input_format="tsv",
                model_writer=model,
                model_type="bpe",
                vocab_size=min(size, _MOST_PIECES) + 1,  # and <unk>
                hard_vocab_limit=False,
                character_coverage=1.0,
                normalization_rule_name="identity",
                add_dummy_prefix=True,
                unk_id=0,
                bos_id=-1,
                eos_id=-1,
                pad_id=-1,
                num_threads=1,
                minloglevel=2,
            )
        except RuntimeError as error:  # it skips words of 4,192 bytes, and those with a sign of its own
            raise CorpusError(
                f"No pieces can be learnt from the {len(rows)} different words of the training part.",
                "Use more text, or another data.tokenizer.",
            ) from error
        return cls(model.getvalue())

    @classmethod
    def load(cls, path: Path) -> "BpeTokenizer":
        """Read what save wrote.

        Raises:
            DatasetError: the file is missing or damaged.
            ConfigError: SentencePiece is not installed.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DatasetError(f"Cannot read the subwords {path}: {error.strerror or error}.") from error
        model = content[: -len(_seal(b""))]
        if content != model + _seal(model):
            raise DatasetError(f"{path} does not hold the subwords that were saved there; it is damaged.")
        _sentencepiece()
        return cls(model)

    def save(self, path: Path) -> None:
        """Write the model, and a checksum at its end.

        Raises:
            OutputError: the file cannot be written.
        """
        with replacing_file(path) as temporary:
            temporary.write_bytes(self.model + _seal(self.model))

    def tokenize(self, word: str) -> list[str]:
        """Split a word into the pieces that the merges make of it."""
        pieces: list[str] = self._processor.encode(marked(word)[1:], out_type=str)
        return pieces

    @cached_property
    def _processor(self) -> "SentencePieceProcessor":
        processor: SentencePieceProcessor = _sentencepiece().SentencePieceProcessor(model_proto=self.model)
        return processor


def _seal(model: bytes) -> bytes:
    """Return what follows a model in its file: its checksum.

    It stands in a field of 32 bytes, number 200, which SentencePiece's format leaves to others, so that
    SentencePiece's own tools read the file too.
    """
    return b"\xc2\x0c\x20" + hashlib.sha256(model).digest()


def _sentencepiece() -> ModuleType:
    try:
        import sentencepiece
    except ImportError as error:
        raise ConfigError(
            "The tokenizer 'bpe' needs the package sentencepiece.", "pip install 'seq2seq-cli[bpe]'"
        ) from error
    return sentencepiece
