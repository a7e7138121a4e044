"""Of which precision products are, by the config's name for it and by the device."""

from collections.abc import Callable

import torch

from seq2seq_cli.registry import Registry


def float32(_: torch.device) -> torch.dtype:
    """Return float32: no rounding beyond its own."""
    return torch.float32


def bfloat16(_: torch.device) -> torch.dtype:
    """Return bfloat16, which any device can, if only by doing more."""
    return torch.bfloat16


def auto(device: torch.device) -> torch.dtype:
    """Return bfloat16 where the device has units that multiply it fast, and else float32."""
    return torch.bfloat16 if _FAST.get(device.type, bool)() else torch.float32


def _cuda_multiplies_bfloat16() -> bool:
    return bool(torch.cuda.is_bf16_supported(including_emulation=False))


def _cpu_multiplies_bfloat16() -> bool:
    # torch has these names for itself, and not in every version.
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, bool)() for name in names)


_FAST: dict[str, Callable[[], bool]] = {"cuda": _cuda_multiplies_bfloat16, "cpu": _cpu_multiplies_bfloat16}

PRECISIONS: Registry[Callable[[torch.device], torch.dtype]] = Registry(
    "precision", {"float32": float32, "bfloat16": bfloat16, "auto": auto}
)
