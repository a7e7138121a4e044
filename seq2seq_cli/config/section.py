"""A group of keys: frozen, and strict about what it holds."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from seq2seq_cli.config.values import shown, wrong


class Section(BaseModel):
    """A group of keys: frozen, and strict about what it holds. An empty one means the defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _has_keys(cls, given: Any) -> Any:
        if given is None:
            return {}
        if not isinstance(given, (Mapping, Section)):
            raise wrong(f"must hold keys ({', '.join(cls.model_fields)}), not {shown(given)}")
        return given
