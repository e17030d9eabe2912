// The slots of the array type, and what its methods share with them.
#pragma once
#include "python/bridge.h"

namespace needle::python {

PyType_Slot *array_slots();  // of static duration

// x[key] and x[key] = value; in subscript.cpp.
PyObject *subscript(PyObject *self, PyObject *key);
int assign_subscript(PyObject *self, PyObject *key, PyObject *value);

// The only element as a Python number; `what` names the operation in the error about any other size, whose kind is a
// TypeError in float() and its like, as Python's numbers have it.
nb::object item(const Array &a, const char *what, ErrorKind otherwise = ErrorKind::Type);
// The element at one index of the row-major order, or at one index for each axis.
nb::object item_at(const Array &a, const Dims &index);
nb::object to_list(const Array &a);  // nested lists of Python numbers; of shape () the number itself
// The same array as an instance of a subclass whose __init__ is not run.
nb::object as_class(const Array &a, nb::handle type);

}  // namespace needle::python
