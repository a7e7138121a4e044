"""Whether a model, its training and its data are sound: what goes wrong in practice, asked check by check.

checks.py           every check by name, in order: the table
examining.py        asks them all
answer.py           a verdict, a figure, and what it means
patient.py          a config, its data and its run; handful.py: a few pairs of the data
rehearsal.py        a training that is only tried; walking.py: a model step by step

invariance.py engines.py stepping.py states.py looking.py   what a model computes
searching.py                                                 what comes out of it
beginning.py losses.py gradients.py rate.py learning.py heeding.py   how it learns
saving.py data.py                                            what lies on the disk
"""

from seq2seq_cli.inspection.doctor.answer import Answer, Finding, Verdict
from seq2seq_cli.inspection.doctor.checks import CHECKS, Check
from seq2seq_cli.inspection.doctor.examining import Diagnosis, diagnosis, examine
from seq2seq_cli.inspection.doctor.patient import Patient, patient_of_config, patient_of_run

__all__ = [
    "CHECKS",
    "Answer",
    "Check",
    "Diagnosis",
    "Finding",
    "Patient",
    "Verdict",
    "diagnosis",
    "examine",
    "patient_of_config",
    "patient_of_run",
]
