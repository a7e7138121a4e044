"""A process by itself, which is a group of one, and two that train together as one would alone.

Two processes meet through a file and talk over the loopback. They are this file, run as a script: it trains
what it is told and saves what has become of it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import distributed, nn

from seq2seq_cli.build.data import settle_data
from seq2seq_cli.build.training import build_trainer
from seq2seq_cli.config import from_mapping
from seq2seq_cli.corpus.dataset import Dataset
from seq2seq_cli.errors import DeviceError
from seq2seq_cli.training import processes as processes_room
from seq2seq_cli.training.events import Step
from seq2seq_cli.training.processes import Processes, expected_ranks
from seq2seq_cli.training.progress import TrainerState

CPU = torch.device("cpu")
ROOT = Path(__file__).parents[2]
WHERE = {"MASTER_ADDR": "localhost", "MASTER_PORT": "1"}
PATIENCE = 300  # seconds, before a test gives up waiting


@pytest.fixture
def alone(monkeypatch):
    for name in ("WORLD_SIZE", "RANK", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_USE_AGENT_STORE"):
        monkeypatch.delenv(name, raising=False)
    return Processes.join(CPU)


def test_a_process_that_nobody_else_joins_leads(alone):
    assert (alone.rank, alone.ranks, alone.device, alone.leads) == (0, 1, CPU, True)


def test_a_torchrun_of_one_process_is_no_group(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "1")
    monkeypatch.setenv("RANK", "0")
    assert Processes.join(CPU).ranks == 1
    assert not torch.distributed.is_initialized()


@pytest.mark.parametrize("told", [(), ("RANK",), ("MASTER_ADDR", "MASTER_PORT")])
def test_who_is_told_of_others_and_not_where_to_meet_them_is_alone(alone, monkeypatch, told):
    for name in ("WORLD_SIZE", *told):
        monkeypatch.setenv(name, "2")
    assert expected_ranks() == Processes.join(CPU).ranks == 1
    assert not torch.distributed.is_initialized()


def test_what_all_say_is_what_it_says_itself(alone):
    assert alone.total(1.5, 2.0) == [1.5, 2.0]
    assert alone.told(3.0) == [3.0]
    assert (alone.any(True), alone.any(False)) == (True, False)
    state = torch.get_rng_state()
    assert [one is state for one in alone.gathered(state)] == [True]


def test_it_waits_for_nobody(alone):
    alone.wait()
    alone.leave()


def test_a_module_is_joined_as_it_is(alone):
    module = nn.Linear(2, 2)
    assert alone.joined(module) is module
    with alone.apart(module):
        module(torch.ones(1, 2)).sum().backward()
    assert module.weight.grad is not None


def test_a_word_is_left_to_those_of_the_same_torchrun_and_by_the_leader_alone(monkeypatch):
    monkeypatch.setattr(Processes, "any", lambda _, wish: wish)
    place = distributed.HashStore()
    Processes(1, 2, CPU, place).leave_word("run", "a follower's")
    assert Processes(0, 2, CPU, place).word_left("run") is None
    Processes(0, 2, CPU, place).leave_word("run", "runs/naïve")
    assert Processes(0, 2, CPU, place).word_left("run") == "runs/naïve"
    assert Processes(0, 1, CPU, place).word_left("run") == "runs/naïve"
    assert Processes(0, 2, CPU, place).word_left("another") is None
    assert Processes(0, 2, CPU, distributed.HashStore()).word_left("run") is None


def test_a_follower_takes_the_leaders_answer(monkeypatch):
    place = distributed.HashStore()
    place.set("run", "here")
    for answer, expected in ((True, "here"), (False, None)):
        monkeypatch.setattr(Processes, "any", lambda *_, answer=answer: answer)
        assert Processes(1, 2, CPU, place).word_left("run") == expected


def test_alone_nobody_is_left_a_word(alone):
    alone.leave_word("run", "runs/new")
    assert alone.word_left("run") is None


@pytest.mark.parametrize(("kept", "expected"), [("True", "runs/new"), ("False", None)])
def test_also_one_process_of_torchrun_leaves_a_word_where_torchrun_keeps_it(monkeypatch, kept, expected):
    place = distributed.HashStore()
    monkeypatch.setattr(processes_room, "rendezvous", lambda _: iter([(place, 0, 1)]))
    for name in ("WORLD_SIZE", "RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.setenv(name, str(int(name == "WORLD_SIZE")))
    monkeypatch.setenv("TORCHELASTIC_USE_AGENT_STORE", kept)
    for attempt in ("0", "1"):
        monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", attempt)
        one = Processes.join(CPU)
        assert one.word_left("run") == (expected if attempt == "1" else None)
        one.leave_word("run", "runs/new")


def test_more_processes_than_gpus_are_refused_with_the_option_of_torchrun(monkeypatch):
    for name, value in {**WHERE, "WORLD_SIZE": "3", "RANK": "2", "LOCAL_RANK": "2"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(DeviceError) as caught:
        Processes.join(torch.device("cuda"))
    assert "--nproc-per-node 2" in caught.value.hint
    assert "--device cpu" in caught.value.hint
    assert not torch.distributed.is_initialized()


def test_started_anew_they_do_not_find_the_addresses_of_those_that_died(monkeypatch):
    place = distributed.HashStore()
    monkeypatch.setattr(processes_room, "rendezvous", lambda _: iter([(place, 0, 2)]))
    found = {}

    def meet(kind, timeout, store, rank, world_size):
        found[os.environ["TORCHELASTIC_RESTART_COUNT"], os.environ["GROUP_WORLD_SIZE"]] = store

    monkeypatch.setattr(distributed, "init_process_group", meet)
    for name, value in {**WHERE, "WORLD_SIZE": "2", "RANK": "0"}.items():
        monkeypatch.setenv(name, value)
    for machines in ("1", "2"):
        for attempt in ("0", "1"):
            monkeypatch.setenv("GROUP_WORLD_SIZE", machines)
            monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", attempt)
            Processes.join(CPU)
    found["0", "1"].set("address", "of one that died")
    assert found["0", "1"].check(["address"])
    assert not found["1", "1"].check(["address"])
    found["0", "2"].set("address", "there")  # machines count by themselves: they need one place
    assert found["1", "2"].get("address") == b"there"


# Two processes

STEPS, HALF = 12, 5
SMALL = {"embedding_size": 6, "encoder_hidden_size": 5, "decoder_hidden_size": 7}
# Of 210 pairs, 19 a batch are shared unevenly, and one is left for the last batch: a share of it is empty.
ALIKE = {
    "adam": {"optimizer": "adam"},
    "sgd": {"optimizer": "sgd", "learning_rate": 0.5, "momentum": 0.9},
    "accumulating": {"optimizer": "adam", "accumulation": 2},
    "decaying": {"optimizer": "adamw", "weight_decay": 0.1, "schedule": {"policy": "cosine"}},
}
IDLE = {"bridge": "zero", "attention": "none"}  # the loss depends on nothing that the encoder does
DROPPING = {"dropout": 0.3}


def job(name, training=None, model=None, *, stop=STEPS, after=None, double=True):
    """Return what to train: from the first step, or the end of another job, until a step."""
    plain = {"batch_size": 19, "learning_rate": 0.02, "epochs": 2, "clip_norm": 0.3, "precision": "float32"}
    training = {**plain, **(training or {})}
    page = {"model": {**SMALL, **(model or {})}, "training": training}
    return {"name": name, "page": page, "stop": stop, "after": after, "double": double}


JOBS = [
    *(job(name, training) for name, training in ALIKE.items()),
    job("float32", ALIKE["adam"], double=False),
    job("idle", ALIKE["sgd"], IDLE),
    job("idle, accumulating", ALIKE["accumulating"], IDLE),
    job("half", ALIKE["adam"], stop=HALF),
]
RESUMED_BY_OTHERS = job("resumed by others", ALIKE["adam"], after="half")
WITH_DROPOUT = [
    job("dropping", model=DROPPING),
    job("dropping, half", model=DROPPING, stop=HALF),
    job("dropping, resumed", model=DROPPING, after="dropping, half"),
]


def do(work, data, folder, processes):
    """Train a job, and save its parameters, its trainer's state and its losses as the leader."""
    folder = Path(folder)
    dataset = Dataset(Path(data))
    config = settle_data(from_mapping(work["page"], "test"), dataset)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64 if work["double"] else torch.float32)
    try:
        model, trainer = build_trainer(config, dataset, CPU, processes)
    finally:
        torch.set_default_dtype(before)
    if work["after"]:
        saved = folder / work["after"]
        with torch.no_grad():
            for name, tensor in load_file(saved / "parameters.safetensors").items():
                model.get_parameter(name).copy_(tensor)
        progress = json.loads((saved / "progress.json").read_text())
        trainer.load(TrainerState(load_file(saved / "state.safetensors"), progress))
    losses = []
    for event in trainer.events():
        losses += [event.loss] if isinstance(event, Step) else []
        if event.step == work["stop"]:
            break
    state = trainer.state()
    if processes.leads:
        end = folder / work["name"]
        end.mkdir(parents=True)
        parameters = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
        save_file(parameters, end / "parameters.safetensors")
        save_file(dict(state.tensors), end / "state.safetensors")
        (end / "progress.json").write_text(json.dumps(dict(state.progress)))
        (end / "losses.json").write_text(json.dumps(losses))


def main(rank, meeting, data, rounds):
    """Be one of two processes, and do the jobs of every round, each round in a folder of its own."""
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=int(rank), world_size=2)
    processes = Processes(int(rank), 2, CPU)
    for folder, jobs in json.loads(rounds):
        for work in jobs:
            do(work, data, folder, processes)
    processes.leave()


@pytest.fixture(scope="module")
def ends(workshop, tmp_path_factory):
    """Return the folder of what one process has done, of what two have, and what they say meanwhile."""
    folder, data = tmp_path_factory.mktemp("ends"), str(workshop / "data" / "pairs")
    one, two, alone = folder / "one", folder / "two", Processes(0, 1, CPU)
    for work in JOBS:
        do(work, data, one, alone)
    # What one has begun, two go on with, and the other way round.
    rounds = json.dumps([[str(two), JOBS + WITH_DROPOUT], [str(one), [RESUMED_BY_OTHERS]]])
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    loopback = {"GLOO_SOCKET_IFNAME": "lo"} if sys.platform == "linux" else {}
    both = [
        subprocess.Popen(
            [sys.executable, __file__, str(rank), str(folder / "meeting"), data, rounds],
            env={**os.environ, **loopback, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        said = [process.communicate(timeout=PATIENCE)[0] for process in both]
    finally:
        for process in both:
            process.kill()
    assert [process.returncode for process in both] == [0, 0], said
    do(RESUMED_BY_OTHERS, data, two, alone)
    return one, two, said


def read(folder, name):
    """Return a job's parameters, its trainer's tensors, its place in the training and its losses."""
    end = folder / name
    progress = json.loads((end / "progress.json").read_text())
    return (
        load_file(end / "parameters.safetensors"),
        load_file(end / "state.safetensors"),
        {key: value for key, value in progress.items() if key != "seconds"},
        json.loads((end / "losses.json").read_text()),
    )


def optimizer_of(state):
    return {name: tensor for name, tensor in state.items() if name.startswith("optimizer.")}


def assert_alike(ours, expected, tolerance):
    (parameters, state, progress, losses), (right, its_state, its_progress, its_losses) = ours, expected
    of_losses = max(tolerance, 1e-6)  # which are float32, whatever the parameters are
    torch.testing.assert_close(parameters, right, rtol=0, atol=tolerance)
    torch.testing.assert_close(optimizer_of(state), optimizer_of(its_state), rtol=0, atol=tolerance)
    assert losses == pytest.approx(its_losses, abs=of_losses)
    for key in ("first_loss", "best_rank"):
        assert progress.pop(key) == pytest.approx(its_progress.pop(key), abs=of_losses)
    assert progress == its_progress


@pytest.mark.parametrize("name", [*ALIKE, "idle", "idle, accumulating"])
def test_two_processes_with_half_a_batch_each_train_as_one_with_the_whole(ends, name):
    one, two, _ = ends
    ours, expected = read(two, name), read(one, name)
    assert len(ours[-1]) == STEPS
    assert_alike(ours, expected, 1e-9)


def test_in_float32_they_part_by_no_more_than_rounding(ends):
    one, two, _ = ends
    assert_alike(read(two, "float32"), read(one, "float32"), 1e-5)


def test_two_go_on_with_what_one_has_begun_and_one_with_what_two_have(ends):
    one, two, _ = ends
    for folder in (one, two):
        resumed, whole = read(folder, RESUMED_BY_OTHERS["name"]), read(one, "adam")
        assert len(resumed[-1]) == STEPS - HALF
        assert_alike(resumed, (*whole[:-1], whole[-1][HALF:]), 1e-9)


def test_resumed_two_processes_end_bit_for_bit_alike_with_dropout(ends):
    _, two, _ = ends
    resumed, whole = read(two, "dropping, resumed"), read(two, "dropping")
    assert resumed[-1] == whole[-1][HALF:]
    assert resumed[2] == whole[2]
    for ours, expected in zip(resumed[:2], whole[:2], strict=True):
        assert ours.keys() == expected.keys()
        assert [name for name in ours if not torch.equal(ours[name], expected[name])] == []


def test_each_process_has_a_dropout_of_its_own(ends):
    _, two, _ = ends
    state = read(two, "dropping")[1]
    assert not torch.equal(state["generator.cpu.0"], state["generator.cpu.1"])
    assert "generator.cpu.2" not in state


def test_torch_has_nothing_to_say_about_it(ends):
    assert ends[2] == ["", ""]


if __name__ == "__main__":
    main(*sys.argv[1:])
