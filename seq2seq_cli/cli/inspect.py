"""s2s inspect: its views, registered in plain sight; each is a file of inspecting/."""

import typer

from seq2seq_cli.cli.inspecting.attention import attention
from seq2seq_cli.cli.inspecting.compare import compare
from seq2seq_cli.cli.inspecting.config import config
from seq2seq_cli.cli.inspecting.data import data
from seq2seq_cli.cli.inspecting.doctor import doctor
from seq2seq_cli.cli.inspecting.keep import keep
from seq2seq_cli.cli.inspecting.latent import latent
from seq2seq_cli.cli.inspecting.model import model
from seq2seq_cli.cli.inspecting.neighbors import neighbors
from seq2seq_cli.cli.inspecting.remove import remove
from seq2seq_cli.cli.inspecting.run import run
from seq2seq_cli.cli.inspecting.runs import runs
from seq2seq_cli.cli.inspecting.trace import trace
from seq2seq_cli.cli.inspecting.vocab import vocab

inspect = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Look at runs, configs, data and models."
)

inspect.command("runs")(runs)
inspect.command("run")(run)
inspect.command("compare")(compare)
inspect.command("keep")(keep)
inspect.command("remove")(remove)
inspect.command("config")(config)
inspect.command("data")(data)
inspect.command("vocab")(vocab)
inspect.command("model")(model)
inspect.command("doctor")(doctor)
inspect.command("trace")(trace)
inspect.command("attention")(attention)
inspect.command("neighbors")(neighbors)
inspect.command("latent")(latent)
