"""What is asked, in this order."""

from collections.abc import Callable
from typing import NamedTuple

from seq2seq_cli.inspection.doctor.answer import Answer
from seq2seq_cli.inspection.doctor.beginning import first_loss
from seq2seq_cli.inspection.doctor.data import cut_outputs, overlap, unknown_words
from seq2seq_cli.inspection.doctor.engines import engines
from seq2seq_cli.inspection.doctor.gradients import gradient, movement, slope
from seq2seq_cli.inspection.doctor.heeding import source
from seq2seq_cli.inspection.doctor.invariance import batch_of_one, neighbours, numbers, padding
from seq2seq_cli.inspection.doctor.learning import overfitting
from seq2seq_cli.inspection.doctor.looking import attention
from seq2seq_cli.inspection.doctor.losses import printed_loss, words_counted
from seq2seq_cli.inspection.doctor.patient import Patient
from seq2seq_cli.inspection.doctor.rate import learning_rate
from seq2seq_cli.inspection.doctor.saving import checkpoints, reload, resume
from seq2seq_cli.inspection.doctor.searching import lines, search
from seq2seq_cli.inspection.doctor.states import bridge, final_state, layers
from seq2seq_cli.inspection.doctor.stepping import causality, first_input, steps
from seq2seq_cli.registry import Registry


class Check(NamedTuple):
    """A question, and who answers it."""

    holds: str  # what is so if all is well
    ask: Callable[[Patient], Answer]


CHECKS: Registry[Check] = Registry(
    "check",
    {
        "overlap": Check("the parts share no sentence", overlap),
        "unknown words": Check("the vocabulary knows the words", unknown_words),
        "cut outputs": Check("outputs may be as long as targets", cut_outputs),
        "checkpoints": Check("the run's checkpoints load", checkpoints),
        "numbers": Check("all logits are numbers", numbers),
        "batch of one": Check("alone is as in a batch", batch_of_one),
        "neighbours": Check("neighbours change nothing", neighbours),
        "padding": Check("padding changes nothing", padding),
        "engines": Check("scratch equals fused", engines),
        "steps": Check("a sweep equals its steps", steps),
        "first input": Check("every sentence begins with <sos>", first_input),
        "causality": Check("no word is told beforehand", causality),
        "final state": Check("the final state knows every word", final_state),
        "layers": Check("each layer hands over its state", layers),
        "bridge": Check("the bridge hands over every part", bridge),
        "attention": Check("attention looks at words alone", attention),
        "search": Check("scores are log-probabilities", search),
        "lines": Check("as many lines out as in", lines),
        "first loss": Check("a new model's loss is ln(words)", first_loss),
        "words counted": Check("the loss counts every word", words_counted),
        "printed loss": Check("the printed loss is a mean", printed_loss),
        "gradient": Check("every parameter has a gradient", gradient),
        "slope": Check("gradients are slopes of the loss", slope),
        "movement": Check("every parameter moves", movement),
        "learning rate": Check("steps heed the learning rate", learning_rate),
        "overfitting": Check("a few pairs are learnt by heart", overfitting),
        "source": Check("the source is heeded", source),
        "reload": Check("what is saved comes back the same", reload),
        "resume": Check("a resumed training stays the same", resume),
    },
)
