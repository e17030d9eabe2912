"""Gradients with one mistake each, made from the source of those that are right."""

import __future__

import ast
import inspect
import textwrap
from types import FunctionType
from typing import NamedTuple

ENDLESS = {"_halves"}
"""Functions that split an operand into smaller ones: with a mistake there, the splitting would not come to an end."""


class Mutant(NamedTuple):
    """A function with one mistake.

    Attributes:
        name: what was changed, as in `a * b -> a`.
        owner: the namespace in which the right function is: that of a class or of a module.
        attribute: the name of the right function there.
        function: the wrong one.
    """

    name: str
    owner: object
    attribute: str
    function: FunctionType


def replacements(node):
    """Return what an expression may be replaced by: one of its terms or factors alone, or without its sign."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.MatMult):
        return [node.left, node.right] if isinstance(node.op, ast.Add | ast.Mult | ast.MatMult) else [node.left]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return [node.operand]
    return []


class _Replace(ast.NodeTransformer):
    """Replaces the n-th expression of a walk by another."""

    def __init__(self, target, replacement):
        self.target, self.replacement = target, replacement

    def visit(self, node):
        return self.replacement if node is self.target else self.generic_visit(node)


def mutants_of_function(function, owner, attribute):
    """Yield a mutant for each expression of a function that can be replaced."""
    source = textwrap.dedent(inspect.getsource(function))
    count = sum(1 for _ in ast.walk(ast.parse(source)))
    for position in range(count):
        for choice in range(2):
            tree = ast.parse(source)  # anew, as the mutant before changed it
            node = list(ast.walk(tree))[position]
            options = replacements(node)
            if choice >= len(options):
                continue
            name = f"{ast.unparse(node)} -> {ast.unparse(options[choice])}"
            changed = ast.fix_missing_locations(_Replace(node, options[choice]).visit(tree))
            code = compile(changed, f"<{attribute}>", "exec", flags=__future__.annotations.compiler_flag)
            names = {}
            exec(code, function.__globals__, names)
            yield Mutant(name, owner, attribute, names[function.__name__])


def helpers(function):
    """Return the functions of the same module that a function calls, and those that they call, by their names."""
    found, waiting = {}, [function]
    while waiting:
        for name in waiting.pop().__code__.co_names:
            helper = function.__globals__.get(name)
            if isinstance(helper, FunctionType) and helper.__module__ == function.__module__ and name not in found:
                found[name] = helper
                waiting.append(helper)
    return {name: helper for name, helper in found.items() if name not in ENDLESS}


def mutants(kind):
    """Yield all mutants of an operation's gradient, and of the functions of its module that it calls."""
    yield from mutants_of_function(kind.gradient, kind, "gradient")
    for name, helper in helpers(kind.gradient).items():
        yield from mutants_of_function(helper, helper.__globals__, name)
