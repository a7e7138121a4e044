"""What a value may be: the types of the page, each with the phrase that says what would be right.

YAML 1.1 reads `3e-4` as text and `no` as false, so numbers are read with care and never guessed:
text that spells a number is a number, true and false are not.
"""

import reprlib
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
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


def _read_names(value: object) -> object:
    """Let numbers of columns be written without quotes."""
    if not isinstance(value, (list, tuple)) or len(value) not in (0, 2):
        raise ValueError
    return tuple(str(name) if type(name) is int else name for name in value)


def _divide_all(split: tuple[float | str, float, float]) -> tuple[float | str, float, float]:
    """Let shares sum to 1, unless the first is `rest`; from 1 on, a quota is a whole number of pairs."""
    first, *others = split
    if first == "rest":
        if not all(quota < 1 or quota.is_integer() for quota in others) or sum(q % 1 for q in others) >= 1:
            raise ValueError
    elif not 0 < float(first) <= 1 or abs(float(first) + sum(others) - 1) > 1e-6:
        raise ValueError
    valid, test = (int(quota) if quota >= 1 else quota for quota in others)
    return first, valid, test


_number = BeforeValidator(_read_number)
_finite = Field(allow_inf_nan=False)
_quote = ' (YAML reads yes, no, on, off and digits as something else: put text in quotes, as in "no")'

Switch = Annotated[bool, Field(strict=True), _must_be("true or false")]

Text = Annotated[str, Field(strict=True, pattern=r"\S"), _must_be("text", _quote)]
MaybeText = Annotated[Text | None, _must_be("text or null", _quote)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_refuse_scalar)]

Count = Annotated[int, Field(ge=1), _number, _must_be("a whole number of at least 1")]
MaybeCount = Annotated[Count | None, _must_be("a whole number of at least 1, or null")]
Steps = Annotated[int, Field(ge=0), _number, _must_be("a whole number of at least 0")]
Length = Annotated[int, Field(ge=1, le=10**6), _number, _must_be("a whole number from 1 to 1,000,000")]
LeastLength = Annotated[int, Field(ge=0, le=10**6), _number, _must_be("a whole number from 0 to 1,000,000")]
Words = Annotated[int, Field(ge=2), _number, _must_be("a whole number of at least 2")]
Seed = Annotated[
    int, Field(ge=0, lt=2**63), _number, _must_be("a whole number of at least 0, less than 2^63")
]

NotNegative = Annotated[float, Field(ge=0), _finite, _number, _must_be("a number of at least 0")]
Positive = Annotated[float, Field(gt=0), _finite, _number, _must_be("a number greater than 0")]
MaybePositive = Annotated[Positive | None, _must_be("a number greater than 0, or null")]
Probability = Annotated[float, Field(ge=0, le=1), _number, _must_be("a number from 0 to 1")]
Share = Annotated[float, Field(gt=0, lt=1), _number, _must_be("a number greater than 0 and less than 1")]
BelowOne = Annotated[float, Field(ge=0, lt=1), _number, _must_be("a number of at least 0 and less than 1")]
Factor = Annotated[float, Field(gt=0, le=1), _number, _must_be("a number greater than 0 and at most 1")]
Ratio = Annotated[float, Field(ge=1), _finite, _number]
MaybeRatio = Annotated[Ratio | None, _must_be("a number of at least 1, or null")]
Split = Annotated[
    tuple[Annotated[float, _finite, _number] | Literal["rest"], NotNegative, NotNegative],
    AfterValidator(_divide_all),
    _must_be(
        "three shares that sum to 1, such as [0.9, 0.05, 0.05], "
        "or numbers of pairs, such as [rest, 1000, 1000]"
    ),
]
Columns = Annotated[
    tuple[Text, ...],
    BeforeValidator(_read_names),
    _must_be("two names or numbers of columns, such as [1, 2] or [en, de], or []"),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": ["string", "integer"], "pattern": r"\S"},
            "anyOf": [{"maxItems": 0}, {"minItems": 2, "maxItems": 2}],
        }
    ),
]
OneOrTwo = Annotated[
    Text | Annotated[tuple[Text, Text], Field(strict=False)],
    _must_be("text, or a list of two files, such as [train.en, train.de]", _quote),
]
