"""s2s inspect doctor: is everything sound?"""

import typer

from seq2seq_cli.cli.options import config_option, data_option, json_option, run_argument, set_option


def doctor(
    run: run_argument = None,
    config: config_option = None,
    set_: set_option = None,
    data: data_option = None,
    json: json_option = False,
) -> None:
    """Check for what goes wrong in practice: data, model, training.

    Of a run, or of what --config and --set would train on --data. New models are trained for a moment; runs
    and data stay as they are. The exit status is 1 if anything is broken, 0 if all is well or suspicious.

    \b
    s2s inspect doctor
    s2s inspect doctor bi --json
    s2s inspect doctor --config tatoeba.yaml --set model.encoder=deep
    """
    from seq2seq_cli.cli import console
    from seq2seq_cli.cli.inspecting.doctor_view import Waiting, show
    from seq2seq_cli.config import load_config
    from seq2seq_cli.inspection.doctor import diagnosis, examine, patient_of_config, patient_of_run
    from seq2seq_cli.runs import Store

    planned = bool(config or set_ or data)
    if run and planned:
        raise typer.BadParameter("give either RUN, or --config, --set and --data")
    if planned:
        patient = patient_of_config(load_config(config, set_ or ()), data)
    else:
        patient = patient_of_run(Store().find(run))
    with Waiting() as waiting:
        found = diagnosis(patient, waiting.for_all(examine(patient)))
    console.print_json(found) if json else show(found)
    if found.verdict == "broken":
        raise typer.Exit(1)
