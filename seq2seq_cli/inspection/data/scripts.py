"""Which script a sentence is written in; each distinct character is decided once."""

import unicodedata

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from seq2seq_cli.corpus.prepare.sentences import Sentences

ScriptNumbers = npt.NDArray[np.uint8]

# How the Unicode names of letters begin, and the script that this means.
_BEGINNINGS = {
    "LATIN": "Latin",
    "FULLWIDTH": "Latin",
    "GREEK": "Greek",
    "CYRILLIC": "Cyrillic",
    "ARMENIAN": "Armenian",
    "GEORGIAN": "Georgian",
    "HEBREW": "Hebrew",
    "ARABIC": "Arabic",
    "ETHIOPIC": "Ethiopic",
    "DEVANAGARI": "Devanagari",
    "BENGALI": "Bengali",
    "GURMUKHI": "Gurmukhi",
    "GUJARATI": "Gujarati",
    "ORIYA": "Oriya",
    "TAMIL": "Tamil",
    "TELUGU": "Telugu",
    "KANNADA": "Kannada",
    "MALAYALAM": "Malayalam",
    "SINHALA": "Sinhala",
    "THAI": "Thai",
    "LAO": "Lao",
    "TIBETAN": "Tibetan",
    "MYANMAR": "Burmese",
    "KHMER": "Khmer",
    "MONGOLIAN": "Mongolian",
    "HANGUL": "Hangul",
    "HIRAGANA": "kana",
    "KATAKANA": "kana",
    "HALFWIDTH": "kana",
    "CJK": "Han",
    "IDEOGRAPHIC": "Han",
}
SCRIPTS = ("none", *dict.fromkeys(_BEGINNINGS.values()))
NONE, KANA, HAN = (SCRIPTS.index(name) for name in ("none", "kana", "Han"))
_UNSEEN = 255
_script_of_code = np.full(0x110000, _UNSEEN, np.uint8)  # filled as characters are met


def sentence_scripts(sentences: Sentences) -> ScriptNumbers:
    """Return the script that most letters of each sentence belong to, an index of SCRIPTS, (sentences,).

    Chinese characters count as kana where a sentence has kana: Japanese is written in both.
    """
    of_words = _letters_by_script(sentences.words)
    present = np.flatnonzero(of_words.any(axis=0))
    totals = np.zeros((len(SCRIPTS), len(sentences)), np.int32)
    for script in present:
        sums = np.zeros(len(sentences.rows.values) + 1, np.int32)
        np.cumsum(of_words[sentences.rows.values, script], out=sums[1:])
        totals[script] = np.diff(sums[sentences.rows.offsets])
    japanese = totals[KANA] > 0
    totals[KANA, japanese] += totals[HAN, japanese]
    totals[HAN, japanese] = 0
    most: ScriptNumbers = totals.argmax(axis=0).astype(np.uint8)
    return most  # NONE, the first, where there is no letter


def _letters_by_script(words: pa.StringArray) -> npt.NDArray[np.int32]:
    """Return how many letters of each script each word has, (words, scripts)."""
    codes = np.frombuffer("".join(words.to_pylist()).encode("utf-32-le"), np.uint32)
    for code in np.unique(codes[_script_of_code[codes] == _UNSEEN]).tolist():
        _script_of_code[code] = _script(chr(code))
    word = np.repeat(np.arange(len(words)), pc.utf8_length(words).to_numpy())
    size = len(words) * len(SCRIPTS)
    letters = np.bincount(word * len(SCRIPTS) + _script_of_code[codes], minlength=size)
    by_script = letters.reshape(len(words), len(SCRIPTS)).astype(np.int32)
    by_script[:, NONE] = 0
    return by_script


def _script(character: str) -> int:
    """Return the script of a letter, and NONE for all else."""
    if not unicodedata.category(character).startswith("L"):
        return NONE
    beginning = unicodedata.name(character, "").partition(" ")[0].partition("-")[0]
    return SCRIPTS.index(_BEGINNINGS.get(beginning, "none"))
