"""Every public function, method and class says what it does and shows it in an example, which runs here."""

import doctest
import inspect

import needle_ndarray as nd
import pytest

CLASSES = [nd.NDArray, nd.DType, nd.Device, nd.Layout, nd.random.Generator]
NAMESPACES = {"": nd, "linalg.": nd.linalg, "kernels.": nd.kernels, "random.": nd.random}


def public(owner):
    return [name for name in dir(owner) if not name.startswith("_")]


def is_plain(item):
    """Exceptions and named tuples need no example: they are raised and returned, not called."""
    return isinstance(item, type) and issubclass(item, BaseException | tuple)


def documented():
    """The documentation of everything that can be called or read, by name, and the names that need no example."""
    found, plain = {}, set()
    for prefix, namespace in NAMESPACES.items():
        for name in public(namespace):
            item = getattr(namespace, name)
            if callable(item) and not inspect.ismodule(item):
                found[prefix + name] = item.__doc__
                if is_plain(item):
                    plain.add(prefix + name)
    for owner in CLASSES:
        for name in public(owner):
            found[f"{owner.__name__}.{name}"] = inspect.getattr_static(owner, name).__doc__
    return found, plain


DOCUMENTED, PLAIN = documented()


@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_documentation(name):
    text = DOCUMENTED[name]
    assert text, f"{name} has no docstring"
    assert name in PLAIN or ">>>" in text, f"the docstring of {name} has no example"
    test = doctest.DocTestParser().get_doctest(inspect.cleandoc(text), {}, name, None, None)
    said = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert result.failed == 0, "".join(said)
