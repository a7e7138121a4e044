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


class Processes:
    """The group that this process belongs to; a process by itself is a group of one.

    torchrun tells each process its rank in the environment; gradients travel by gloo between CPUs and by NCCL
    between GPUs, of which each process has one to itself.

    Args:
        rank: this process's number, from 0.
        ranks: how many there are.
        device: what this process computes on.
    """

    def __init__(self, rank: int, ranks: int, device: torch.device) -> None:
        self.rank = rank
        self.ranks = ranks
        self.device = device

    @classmethod
    def join(cls, device: torch.device) -> "Processes":
        """Meet the other processes, if torchrun has started any.

        Args:
            device: the kind of device; of several GPUs, each process takes the one of its number.

        Raises:
            DeviceError: there are more processes than GPUs.
        """
        ranks = int(os.environ.get("WORLD_SIZE", "1"))
        if ranks == 1:
            return cls(0, 1, device)
        if device.type == "cuda":
            device = _own_gpu(int(os.environ["LOCAL_RANK"]))
        if not distributed.is_initialized():
            kind = "nccl" if device.type == "cuda" else "gloo"
            distributed.init_process_group(
                kind,
                timeout=_LONGEST_WAIT,
                store=_meeting_place(),
                rank=int(os.environ["RANK"]),
                world_size=ranks,
            )
        return cls(int(os.environ["RANK"]), ranks, device)

    def leave(self) -> None:
        """Part from the others, when all are about to end."""
        if self.ranks > 1 and distributed.is_initialized():
            distributed.destroy_process_group()

    @property
    def restarted(self) -> bool:
        """Whether torchrun has started these processes anew after one of them had failed."""
        return self.ranks > 1 and _restarts() > 0

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


def _restarts() -> int:
    """Return how often torchrun has started this machine's processes anew."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))


def _meeting_place() -> Store:
    """Return where the processes leave their addresses for one another.

    torchrun keeps one place for all of its attempts, and in it the addresses of processes that have died: who
    comes early would wait for one of those. So every attempt has a corner of its own. Of several machines,
    each counts its own attempts, and there is no number that all know.
    """
    place: Store = next(iter(rendezvous("env://")))[0]
    if os.environ.get("GROUP_WORLD_SIZE", "1") != "1":
        return place
    return PrefixStore(f"attempt-{_restarts()}", place)


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
            f"Start as many processes as there are GPUs: torchrun --nproc-per-node {count}.",
        )
    device = torch.device("cuda", number)
    torch.cuda.set_device(device)
    return device
