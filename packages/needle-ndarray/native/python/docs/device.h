// What help() says about devices; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *device_class =
    R"(Where an array's elements are: the CPU's memory or a CUDA device's. Devices are equal when their names are.

Args:
    name: "cpu", "cuda", "cuda:1", ..., or a Device.

Raises:
    DeviceError: There is no device of this name.

Example:
    >>> import needle_ndarray as nd
    >>> nd.Device("cpu") == nd.cpu() == "cpu"
    True
)";

constexpr const char *device_type = R"(The kind of device: "cpu" or "cuda".

Example:
    >>> import needle_ndarray as nd
    >>> nd.cuda(1).type
    'cuda'
)";

constexpr const char *device_index = R"(Number of the device among those of its type, from 0.

Example:
    >>> import needle_ndarray as nd
    >>> nd.cuda(1).index
    1
)";

constexpr const char *device_name = R"(The name: "cpu", "cuda", "cuda:1", ...

Example:
    >>> import needle_ndarray as nd
    >>> nd.cuda(1).name
    'cuda:1'
)";

constexpr const char *device_enabled = R"(Whether arrays can be made there.

Example:
    >>> import needle_ndarray as nd
    >>> nd.cpu().enabled()
    True
)";

constexpr const char *device_why_not = R"(The sentence that says why the device cannot be used, or None where it can.

Example:
    >>> import needle_ndarray as nd
    >>> print(nd.cpu().why_not())
    None
)";

}  // namespace needle::python::docs
