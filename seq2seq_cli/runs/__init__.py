"""The checkpoint store: one folder a run, atomic, no pickle.

runs/<name>/
    config.yaml                     everything it was made with
    origins.yaml                    where the keys that the user gave come from
    source.vocab    target.vocab    so that it translates without its data
    data.yaml                       which data those were, with checksums
    metrics.jsonl                   one event a line
    lock                            held by who trains it
    keep                            there as long as nobody may remove the run
    checkpoints/
        step-<n>.safetensors        the model's parameters
        step-<n>.state.safetensors  the optimiser's state and the random generators, of the last one alone
        step-<n>.json               the place in the training, of the last one alone
        best    last                text files that name a step
"""

from seq2seq_cli.runs.run import Run
from seq2seq_cli.runs.store import Store

__all__ = ["Run", "Store"]
