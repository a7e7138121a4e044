"""A run's model, to be looked into."""

from seq2seq_cli.errors import CheckpointError
from seq2seq_cli.models.seq2seq import Seq2Seq
from seq2seq_cli.runs import Run


def load_sound_model(run: Run, checkpoint: str = "best") -> Seq2Seq:
    """Return a run's model on the CPU, all of whose parameters are numbers.

    Args:
        run: what was trained.
        checkpoint: which one of the run's, or which average; see Run.load_model.

    Raises:
        S2SError: it cannot be loaded.
        CheckpointError: a parameter holds something that is no number.
    """
    model = run.load_model(checkpoint)
    for name, parameter in model.named_parameters():
        if not parameter.isfinite().all():
            raise CheckpointError(
                f"The parameter {name} of the run {run.name}, checkpoint {checkpoint}, is no number "
                "everywhere: there is nothing to see.",
                "Its training has exploded; choose an earlier one with --checkpoint.",
            )
    return model
