// The slots of the array type, and what its methods share with them.
#pragma once
#include "python/bridge.h"

namespace needle::python {

PyType_Slot *array_slots();  // of static duration

// x[key] and x[key] = value; in subscript.cpp.
PyObject *subscript(PyObject *self, PyObject *key);
int assign_subscript(PyObject *self, PyObject *key, PyObject *value);

// The only element as a Python number; `what` names the operation in the error about any other size.
nb::object item(const Array &a, const char *what);
nb::object to_list(const Array &a);  // nested lists of Python numbers; of shape () the number itself

}  // namespace needle::python
