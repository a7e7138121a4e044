"""What goes wrong inside a command becomes one message and an exit status."""

import pytest
import torch
import typer
from typer.testing import CliRunner

from seq2seq_cli.cli.errors import INTERRUPTED, ErrorReporting
from seq2seq_cli.errors import CheckpointError, ConfigError, S2SError


def run(error):
    app = typer.Typer(cls=ErrorReporting, pretty_exceptions_enable=False)

    @app.callback()
    def main():
        pass

    @app.command()
    def fail():
        typer.echo("a result")
        raise error

    return CliRunner().invoke(app, ["fail"])


@pytest.mark.parametrize("kind", [S2SError, ConfigError, CheckpointError])
def test_an_error_of_ours_is_its_message_and_its_hint(kind):
    result = run(kind("It is broken.", "Mend it."))
    assert result.exit_code == 1
    assert result.stdout == "a result\n"
    assert result.stderr == "Error: It is broken.\n       Mend it.\n"


def test_an_error_without_a_hint_is_one_line():
    assert run(S2SError("It is broken.")).stderr == "Error: It is broken.\n"


def test_ctrl_c_ends_with_130():
    result = run(KeyboardInterrupt())
    assert result.exit_code == INTERRUPTED == 130
    assert "Traceback" not in result.stderr


def too_much_for_torch():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 58)
    return caught.value


def of_a_gpu():
    return torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.mark.parametrize("make", [MemoryError, too_much_for_torch, of_a_gpu])
def test_too_little_memory_is_one_message(make):
    result = run(make())
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == "Error: There is not enough memory."
    assert "batch_size" in result.stderr


@pytest.mark.parametrize("kind", [ZeroDivisionError, RuntimeError])
def test_a_mistake_of_the_program_is_not_hidden(kind):
    assert isinstance(run(kind("oh")).exception, kind)
