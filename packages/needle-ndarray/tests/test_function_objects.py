"""The functions of the module are builtin functions that can be inspected and pickled."""

import copy
import inspect
import pickle

import needle_ndarray as nd
import pytest

FUNCTIONS = sorted(name for name in dir(nd) if inspect.isbuiltin(getattr(nd, name)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_a_signature_and_its_documentation(name):
    function = getattr(nd, name)
    inspect.signature(function)  # raises where there is none
    assert function.__name__ == name
    assert function.__module__ == "needle_ndarray"
    assert function.__doc__
    assert "--" not in function.__doc__.splitlines()[0]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_pickled_by_its_name(name):
    function = getattr(nd, name)
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.deepcopy(function) is function


def test_signatures_say_what_may_be_given_by_position_and_by_name():
    assert str(inspect.signature(nd.matmul)) == "(x1, x2, /)"
    assert str(inspect.signature(nd.full)) == "(shape, fill_value, *, dtype=None, device=None)"
    assert str(inspect.signature(nd.add)) == "(x1, x2, /, *, out=None)"


def test_the_native_functions_are_all_builtins():
    assert len(FUNCTIONS) > 100
    assert not [name for name in dir(nd) if type(getattr(nd, name)).__name__ == "nb_func"]


def test_wrong_arguments_are_refused_as_by_any_function():
    with pytest.raises(TypeError, match="incompatible function arguments"):
        nd.add(1)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        nd.sum(nd.ones(2), wrong=1)
