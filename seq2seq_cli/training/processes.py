"""Several processes that train one model together, each on its share of every batch."""

import os
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any, cast

import torch
from torch import Tensor, distributed, nn
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from seq2seq_cli.errors import DeviceError

_LONGEST_WAIT = timedelta(days=1)
"""All wait while the leader scores the valid part; that a process has died is for torchrun to see."""

_LONGEST_FAREWELL = timedelta(minutes=1)


class Processes:
    """The group that this process belongs to; a process by itself is a group of one.

    torchrun tells each process its rank in the environment; gradients travel by gloo between CPUs and by NCCL
    between GPUs, of which each process has one to itself.

    Args:
        rank: this process's number, from 0.
        ranks: how many there are.
        device: what this process computes on.
        words: where a word is left for those that torchrun may start after these; None where nothing lasts.
        door: where each says that it is about to leave; None where nobody waits.
    """

    def __init__(
        self,
        rank: int,
        ranks: int,
        device: torch.device,
        words: Store | None = None,
        door: Store | None = None,
    ) -> None:
        self.rank = rank
        self.ranks = ranks
        self.device = device
        self._words = words
        self._door = door

    @classmethod
    def join(cls, device: torch.device) -> "Processes":
        """Meet the other processes, if torchrun has started any.

        Args:
            device: the kind of device; of several GPUs, each process takes the one of its number.

        Raises:
            DeviceError: there are more processes than GPUs.
        """
        ranks = expected_ranks()
        # torchrun's own place outlives its processes.
        lasting = _told() and os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True"
        if ranks == 1 and not lasting:
            return cls(0, 1, device)
        rank = int(os.environ["RANK"])
        if ranks > 1 and device.type == "cuda":
            device = _own_gpu(int(os.environ.get("LOCAL_RANK", rank)))
        place: Store = next(iter(rendezvous("env://")))[0]
        corner = _corner(place)
        if ranks > 1 and not distributed.is_initialized():
            kind = "nccl" if device.type == "cuda" else "gloo"
            distributed.init_process_group(
                kind, timeout=_LONGEST_WAIT, store=corner, rank=rank, world_size=ranks
            )
        return cls(rank, ranks, device, PrefixStore("words", place) if lasting else None, corner)

    def leave(self) -> None:
        """Part from the others, when all are about to end.

        Nobody hangs up before the last one has heard all: to that one the others would seem to have died.
        """
        if self.ranks > 1 and distributed.is_initialized():
            if self._door is not None:
                self._door.set(f"left/{self.rank}", "")
                self._door.wait([f"left/{rank}" for rank in range(self.ranks)], _LONGEST_FAREWELL)
            distributed.destroy_process_group()

    @property
    def launched(self) -> bool:
        """Whether torchrun has started this process, be it the only one."""
        return "TORCHELASTIC_RUN_ID" in os.environ

    @property
    def leads(self) -> bool:
        """Whether this is the one process that writes and speaks."""
        return self.rank == 0

    def joined(self, module: nn.Module) -> nn.Module:
        """Return a module whose gradients are the mean of all processes'."""
        if self.ranks == 1:
            return module
        return DistributedDataParallel(_WithIdle(module), find_unused_parameters=True)

    def apart(self, module: nn.Module) -> AbstractContextManager[None]:
        """Within this context, keep the gradients of a joined module to this process for now."""
        if self.ranks == 1:
            return nullcontext()
        return cast("AbstractContextManager[None]", cast("DistributedDataParallel", module).no_sync())

    def total(self, *numbers: float) -> list[float]:
        """Return the sums of numbers over all processes."""
        if self.ranks == 1:
            return list(numbers)
        sums = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        distributed.all_reduce(sums)
        return cast("list[float]", sums.tolist())

    def any(self, wish: bool) -> bool:
        """Return whether any process wishes it."""
        return bool(self.total(float(wish))[0])

    def told(self, *numbers: float) -> list[float]:
        """Return the leader's numbers; how many there are must be the same everywhere."""
        if self.ranks == 1:
            return list(numbers)
        told = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        distributed.broadcast(told, src=0)
        return cast("list[float]", told.tolist())

    def gathered(self, tensor: Tensor) -> list[Tensor]:
        """Return everybody's tensor, (ranks,), all of one shape, on the CPU."""
        if self.ranks == 1:
            return [tensor]
        sent = tensor.to(self.device)
        received = [torch.empty_like(sent) for _ in range(self.ranks)]
        distributed.all_gather(received, sent)
        return [one.cpu() for one in received]

    def wait(self) -> None:
        """Go on when all have come here."""
        self.told(0.0)

    def leave_word(self, about: str, word: str) -> None:
        """Tell those that torchrun starts after these, should one of these fail; the leader's word counts.

        torchrun itself keeps it, and with torchrun it ends: nobody else's processes ever read it. Of several
        machines, one keeps it: if torchrun ends there and goes on elsewhere, the word is lost.
        """
        if self._words is not None and self.leads:
            self._words.set(about, word)

    def word_left(self, about: str) -> str | None:
        """Return what the leader of an earlier attempt has left, the same for all; None for nothing."""
        found = self._words is not None and self.leads and self._words.check([about])
        if self._words is None or not self.any(found):
            return None
        return self._words.get(about).decode()


def expected_ranks() -> int:
    """Return how many processes are to train together, by the environment; one that is told no more is alone.

    Clusters and notebooks set WORLD_SIZE also for processes that nobody has told where to meet the others.
    """
    return int(os.environ.get("WORLD_SIZE", "1")) if _told() else 1


def _told() -> bool:
    """Return whether this process has been told its rank and where to meet the others."""
    return all(name in os.environ for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"))


def _corner(place: Store) -> Store:
    """Return where the processes of one attempt leave their addresses for one another.

    torchrun keeps one place for all of its attempts, and in it the addresses of processes that have died: who
    comes early would wait for one of those. So every attempt has a corner of its own. Of several machines,
    each counts its own attempts, and there is no number that all know: they share the place itself, and that
    they find one another after a failure is not assured.
    """
    if os.environ.get("GROUP_WORLD_SIZE", "1") != "1":
        return place
    return PrefixStore(f"attempt-{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", place)


class _WithIdle(nn.Module):
    """A module beside a parameter that no loss depends on.

    Which parameters a loss depends on is the model's affair: with the bridge `zero` and without attention,
    none of the encoder's. So idle ones are looked for in every step; and where there are none, torch would
    warn that it has looked in vain.

    Args:
        module: what computes.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module
        self.idle = nn.Parameter(torch.zeros((), device=next(module.parameters()).device))

    def forward(self, *arguments: Any) -> Any:
        """Return what the module does."""
        return self.module(*arguments)


def _own_gpu(number: int) -> torch.device:
    """Return the GPU of the process of this number on this machine."""
    count = torch.cuda.device_count()
    if number >= count:
        raise DeviceError(
            f"Process {number} of this machine has no GPU: there are {count}.",
            f"Start as many processes as GPUs, torchrun --nproc-per-node {count}, or train "
            "on CPUs: --device cpu.",
        )
    device = torch.device("cuda", number)
    torch.cuda.set_device(device)
    return device
