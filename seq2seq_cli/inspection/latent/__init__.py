"""The vector that a sentence becomes: what lies near it, and what lies on the way to another.

looking.py   both, of a run; record.py: what there is to see, as plain data
near.py      the nearest sentences of a part
line.py      the sentences on the way
"""

from seq2seq_cli.inspection.latent.looking import latent
from seq2seq_cli.inspection.latent.record import Context, Latent, NearSentence, Stop

__all__ = ["Context", "Latent", "NearSentence", "Stop", "latent"]
