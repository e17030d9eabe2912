"""What is known of an operation besides its numbers: its title, its formulas, and where its rule of gradients is."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

from ..engine import DROPPED
from ..op import Op
from ..value import Value

LONGEST_TITLE = 48

WORD = re.compile(r"[A-Za-z_]\w*")

LETTERS = list("abcdefgh")
"""What formulas call operands of which there may be any number."""

IN_FORMULAS = {"out_grad": "dc", "grad": "dc", "out": "c", "grad_h": "dh", "grad_c": "dc_next"}
"""What formulas of gradients call operands for which their code has longer names."""


class Rule(NamedTuple):
    """The rule by which an operation is differentiated.

    Attributes:
        title: the operation with its arguments, as in `summation(axes=(0,))`.
        formula: what it computes.
        gradient_formula: what it sends to its inputs.
        file: the file that the method `gradient` of the running program was read from; empty if there is none.
        line: the number of the line at which the method begins.
        place: file and line in short, counted from the folder of the package:
            `needle_autograd/ops/linalg/matmul.py:57`.
    """

    title: str
    formula: str
    gradient_formula: str
    file: str
    line: int
    place: str


def title(op: Op | None) -> str:
    """Name an operation with its arguments that are not the usual ones, in one line of limited length."""
    if op is None:
        return "leaf"
    if op is DROPPED:
        return "dropped"
    name = getattr(op, "name", type(op).__name__)
    usual = _usual_arguments(type(op))
    arguments = [
        f"{key}={_short(value)}"
        for key, value in vars(op).items()
        if key[0] != "_" and not hasattr(Op, key) and not _is_usual(value, usual.get(key))
    ]
    text = f"{name}({', '.join(arguments)})" if arguments else name
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 3] + "..."


def _usual_arguments(kind: type[Op]) -> dict[str, Any]:
    """Return the values that the arguments of an operation have where they are not given."""
    parameters = inspect.signature(kind.__init__).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def _is_usual(value: Any, usual: Any) -> bool:
    """Tell whether an argument need not be shown: it is that which counts if none is given, or no wish at all."""
    return value is None or value is False or (type(value) is type(usual) and bool(value == usual))


def _short(value: Any) -> str:
    """Write an argument of an operation in one line; of an array only its shape."""
    shape = getattr(value, "shape", None)
    if shape:
        return f"array of shape {tuple(shape)}"
    return " ".join(repr(value).split())


def rule_of(op: Op) -> Rule:
    """Return the rule by which an operation is differentiated, with the file and line of the code that runs."""
    code = getattr(inspect.unwrap(type(op).gradient), "__code__", None)
    file, line = (code.co_filename, code.co_firstlineno) if code is not None else ("", 0)
    kind = type(op)
    return Rule(
        title(op),
        op.formula or f"{kind.__name__}.compute",
        op.gradient_formula or f"{kind.__name__}.gradient",
        file,
        line,
        f"{short_path(file, kind.__module__)}:{line}" if file else kind.__module__,
    )


def short_path(file: str, module: str) -> str:
    """Return a file's path from the folder that its package lies in, or its name if it belongs to none."""
    package = sys.modules.get(module.partition(".")[0])
    folder = getattr(package, "__file__", None)
    if folder and "." in module:
        base = Path(folder).parent.parent
        if Path(file).is_relative_to(base):
            return Path(file).relative_to(base).as_posix()
    return Path(file).name


def letters(op: Op, inputs: tuple[Value, ...], numbers: dict[Value, int]) -> str:
    """Say which node each letter of an operation's formula stands for, as in `a = #0, b = #1`.

    The letters are the names that the operation gives to the operands of `compute`, or what the formula writes instead.
    """
    names = operand_names(op, len(inputs))
    return ", ".join(f"{name} = #{numbers[value]}" for name, value in zip(names, inputs, strict=True))


def operand_names(op: Op, count: int) -> list[str]:
    """Return what the formula of an operation calls its operands.

    Args:
        op: the operation.
        count: how many operands it has been given.
    """
    words = set(WORD.findall(op.formula))
    names: list[str] = []
    for parameter in inspect.signature(op.compute).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            rest = count - len(names)
            several = [parameter.name] if rest == 1 and parameter.name in words else LETTERS[len(names) :]
            names += several[:rest]
        elif parameter.kind is not parameter.KEYWORD_ONLY:
            name, letter = parameter.name, IN_FORMULAS.get(parameter.name)
            names.append(letter if letter in words and name not in words else name)  # type: ignore[arg-type]
    names += [f"input {i}" for i in range(len(names), count)]
    return names[:count]
