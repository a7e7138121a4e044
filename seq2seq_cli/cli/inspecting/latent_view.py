"""How neighbors and ways between sentences look in a terminal."""

from seq2seq_cli.cli.console import say, shortened, table
from seq2seq_cli.inspection.latent import Latent


def show(found: Latent) -> None:
    """Print what lies near each sentence, and between them."""
    say(f"{found.run}, step {found.step:,}: context vectors of {found.size:,} numbers")
    for context in found.contexts:
        say(f"nearest to {shortened(context.text)!r} in {found.part}")
        table(
            "",
            [">cosine", "sentence"],
            [(f"{near.cosine:.3f}", shortened(near.text)) for near in context.nearest],
        )
    if found.line:
        say(f"on the way from the one to the other, whose cosine is {found.cosine:.3f}")
        table(
            "",
            [">at", "the decoder says", ">log p"],
            [
                (f"{stop.position:.2f}", shortened(stop.text), f"{stop.log_probability:.2f}")
                for stop in found.line
            ],
        )
