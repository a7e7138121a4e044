"""What a value may be: the types of the page, each with the phrase that says what would be right.

YAML 1.1 reads `3e-4` as text and `no` as false, so numbers are read with care and never guessed:
text that spells a number is a number, true and false are not.
"""

import reprlib
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 60
_short.maxlevel = 3


def shown(value: object) -> str:
    """Return the value as a message shows it: on one line, short, in YAML's words."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else _short.repr(value)


def wrong(problem: str) -> PydanticCustomError:
    """Return the error that carries our own words to the user."""
    return PydanticCustomError("wrong_value", "{problem}", {"problem": problem})


def _must_be(right: str, advice: str = "") -> WrapValidator:
    """Whatever is wrong with a value, say what would be right."""

    def check(value: object, inner: ValidatorFunctionWrapHandler) -> Any:
        try:
            return inner(value)
        except ValidationError:
            mistaken = isinstance(value, (bool, int, float))  # for text: YAML took it for something else
            raise wrong(f"must be {right}, not {shown(value)}{advice if mistaken else ''}") from None

    return WrapValidator(check)


def _read_number(value: object) -> object:
    """Let `3e-4` and `1e3` be numbers, and whole ones ints; refuse true and false."""
    if isinstance(value, bool):
        raise ValueError
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            value = float(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _refuse_scalar(value: object) -> object:
    """A list is written as one, even if it has one item."""
    if not isinstance(value, (list, tuple)):
        example = [value if isinstance(value, str) else "i m"]
        raise wrong(f"must be a list, such as {shown(example)}, not {shown(value)}")
    return value


def _sum_to_one(shares: tuple[float, float, float]) -> tuple[float, float, float]:
    if shares[0] <= 0 or abs(sum(shares) - 1) > 1e-6:
        raise ValueError
    return shares


_number = BeforeValidator(_read_number)
_finite = Field(allow_inf_nan=False)
_quote = ' (YAML reads yes, no, on, off and digits as something else: put text in quotes, as in "no")'

Switch = Annotated[bool, Field(strict=True), _must_be("true or false")]

Text = Annotated[str, Field(strict=True, pattern=r"\S"), _must_be("text", _quote)]
MaybeText = Annotated[Text | None, _must_be("text or null", _quote)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_refuse_scalar)]

Count = Annotated[int, Field(ge=1), _number, _must_be("a whole number of at least 1")]
MaybeCount = Annotated[Count | None, _must_be("a whole number of at least 1, or null")]
Words = Annotated[int, Field(ge=2), _number, _must_be("a whole number of at least 2")]
Seed = Annotated[
    int, Field(ge=0, lt=2**63), _number, _must_be("a whole number of at least 0, less than 2^63")
]

NotNegative = Annotated[float, Field(ge=0), _finite, _number, _must_be("a number of at least 0")]
Positive = Annotated[float, Field(gt=0), _finite, _number, _must_be("a number greater than 0")]
MaybePositive = Annotated[Positive | None, _must_be("a number greater than 0, or null")]
Probability = Annotated[float, Field(ge=0, le=1), _number, _must_be("a number from 0 to 1")]
BelowOne = Annotated[float, Field(ge=0, lt=1), _number, _must_be("a number of at least 0 and less than 1")]
Factor = Annotated[float, Field(gt=0, le=1), _number, _must_be("a number greater than 0 and at most 1")]
Shares = Annotated[
    tuple[Probability, Probability, Probability],
    AfterValidator(_sum_to_one),
    _must_be("three shares that sum to 1, the first greater than 0, such as [0.9, 0.05, 0.05]"),
]
