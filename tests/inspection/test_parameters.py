"""Parameter counts, beside the formula by hand."""

from pathlib import Path

import pytest

from seq2seq_cli.config import from_mapping
from seq2seq_cli.inspection.parameters import model_of_config, model_of_run, parameter_table


def lstm(inputs, hidden):
    return 4 * hidden * (inputs + hidden + 1)


def by_hand(source_words, target_words, embedding, encoder, decoder, directions, layers=1):
    """Return the number of parameters of an LSTM encoder-decoder with a linear bridge."""
    width = directions * encoder
    reading = directions * (lstm(embedding, encoder) + (layers - 1) * lstm(width, encoder))
    bridge = 0 if width == decoder else layers * 2 * decoder * (width + 1)
    writing = lstm(embedding, decoder) + (layers - 1) * lstm(decoder, decoder)
    output = target_words * (decoder + 1)
    return (source_words + target_words) * embedding + reading + bridge + writing + output


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("encoder", "directions"), [("uni", 1), ("bi", 2)])
@pytest.mark.parametrize("decoder_hidden", [20, 40, 15])
def test_counts_are_those_of_the_formula(dataset, encoder, directions, decoder_hidden, layers):
    sizes = {
        "encoder": encoder,
        "embedding_size": 12,
        "encoder_hidden_size": 20,
        "decoder_hidden_size": decoder_hidden,
        "encoder_layers": layers,
        "decoder_layers": layers,
    }
    table = parameter_table(model_of_config(from_mapping({"model": sizes}, "test"), dataset))
    words = len(dataset.source_vocabulary), len(dataset.target_vocabulary)
    expected = by_hand(*words, 12, 20, decoder_hidden, directions, layers)
    assert table.total == sum(parameter.count for parameter in table.parameters) == expected
    assert sum(parameter.share for parameter in table.parameters) == pytest.approx(100)
    assert table.megabytes == pytest.approx(4 * expected / 1e6)  # a float takes four bytes


def test_every_row_counts_its_own_shape(tiny_run):
    table = parameter_table(model_of_run(tiny_run)).parameters
    total = sum(parameter.count for parameter in table)
    for parameter in table:
        product = 1
        for size in parameter.shape:
            product *= size
        assert parameter.count == product
        assert parameter.share == pytest.approx(100 * product / total)


def test_rows_come_in_the_order_in_which_data_meet_them(tiny_run):
    parts = [parameter.name.split(".")[0] for parameter in parameter_table(model_of_run(tiny_run)).parameters]
    assert sorted(set(parts), key=parts.index) == ["encoder", "bridge", "decoder"]
    assert parts == sorted(parts, key=["encoder", "bridge", "decoder"].index)


def test_the_model_of_a_run_needs_no_checkpoint(tiny_run):
    expected = parameter_table(model_of_run(tiny_run)).parameters
    for path in Path(tiny_run.path / "checkpoints").iterdir():
        path.unlink()
    assert parameter_table(model_of_run(tiny_run)).parameters == expected
    assert sum(parameter.count for parameter in expected) == by_hand(
        len(tiny_run.source_vocabulary), len(tiny_run.target_vocabulary), 16, 16, 24, 2
    )
