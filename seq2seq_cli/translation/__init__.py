"""Text in, text out, with a trained model.

`translator` tells the story, `output` is what it gives. `batches` says which lines go side by side,
`ensemble` which runs translate together; `unknown` puts source words in the place of <unk>, and `loading`
begins with the names of runs.
"""

from seq2seq_cli.translation.output import Output, Translation
from seq2seq_cli.translation.translator import Translator

__all__ = ["Output", "Translation", "Translator"]
