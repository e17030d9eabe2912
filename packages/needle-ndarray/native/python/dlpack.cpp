// __dlpack__, __dlpack_device__ and from_dlpack, both kinds of capsules both ways.
#include "python/dlpack.h"
#include "ops/copy.h"
#include "python/foreign.h"
#include "python/functions.h"
#include <cstring>
#include <memory>

namespace needle::python {

using namespace nb::literals;

namespace {

[[noreturn]] void refuse(const std::string &text) { fail(ErrorKind::Buffer, text); }

// ---- dtypes and devices

dlpack::DataType data_type(DType dtype) {
    uint8_t code = dlpack::code_bool;
    if (kind_of(dtype) == Kind::Signed) code = dlpack::code_int;
    else if (kind_of(dtype) == Kind::Unsigned) code = dlpack::code_uint;
    else if (dtype == DType::BFloat16) code = dlpack::code_bfloat;
    else if (kind_of(dtype) == Kind::Float) code = dlpack::code_float;
    return {code, static_cast<uint8_t>(8 * itemsize(dtype)), 1};
}

bool operator==(dlpack::DataType a, dlpack::DataType b) {
    return a.code == b.code && a.bits == b.bits && a.lanes == b.lanes;
}

DType dtype_from(dlpack::DataType type) {
    for (int i = 0; i < dtype_count; ++i)
        if (data_type(static_cast<DType>(i)) == type) return static_cast<DType>(i);
    static const char *kinds[] = {"int", "uint", "float", "opaque", "bfloat", "complex", "bool"};
    std::string name = type.code < std::size(kinds) ? kinds[type.code] : "code " + std::to_string(type.code) + ", ";
    name += std::to_string(type.bits) + (type.code < std::size(kinds) ? "" : " bits");
    if (type.lanes != 1) name += " in " + std::to_string(type.lanes) + " lanes";
    refuse("from_dlpack: elements of DLPack type " + name +
           " are not supported; convert them in their own library first");
}

std::string device_name(dlpack::Device device) {
    static const char *names[] = {nullptr,     "cpu",          "cuda",    "cuda_host", "opencl",  nullptr,
                                  nullptr,     "vulkan",       "metal",   "vpi",       "rocm",    "rocm_host",
                                  "extension", "cuda_managed", "one_api", "webgpu",    "hexagon", "maia"};
    const char *name =
        device.type > 0 && device.type < static_cast<int32_t>(std::size(names)) ? names[device.type] : nullptr;
    return "DLPack device (" + std::to_string(device.type) + ", " + std::to_string(device.id) + ")" +
           (name ? std::string(" (") + name + ")" : "");
}

bool is_readable(dlpack::Device device) {
    return device.type == dlpack::device_cpu || device.type == dlpack::device_cuda_host ||
           device.type == dlpack::device_rocm_host;
}

// Two small integers; an Enum, as the standard writes device types, counts as its value.
std::pair<int64_t, int64_t> to_pair(nb::handle object, const char *what) {
    if (!PyTuple_Check(object.ptr()) || PyTuple_Size(object.ptr()) != 2)
        fail(ErrorKind::Type, std::string(what) + " must be a tuple of two ints, not " + nb::repr(object).c_str());
    int64_t numbers[2];
    for (int i = 0; i < 2; ++i) {
        nb::object item = nb::borrow(PyTuple_GetItem(object.ptr(), i));
        if (!PyIndex_Check(item.ptr()) && nb::hasattr(item, "value")) item = item.attr("value");
        numbers[i] = to_index(item, what);
    }
    return {numbers[0], numbers[1]};
}

// ---- Export

// What a capsule points at. It holds the storage and not the Python array, so that any thread may delete it.
template <class Managed> struct Lent {
    Managed managed{};
    Array array;
    Dims strides;

    static void destroy(Managed *managed) { delete static_cast<Lent *>(managed->context); }
    // Of a capsule that nobody consumed; a consumed one has another name.
    static void destroy_capsule(PyObject *capsule) {
        if (!PyCapsule_IsValid(capsule, Managed::name)) return;
        auto *managed = static_cast<Managed *>(PyCapsule_GetPointer(capsule, Managed::name));
        if (managed->deleter) managed->deleter(managed);
    }
};

template <class Managed> nb::object lend(const Array &array, bool copied, bool read_only) {
    auto lent = std::make_unique<Lent<Managed>>();
    lent->array = array;
    // Strides that are never followed may be anything, but not every reader knows.
    lent->strides = contiguous_strides(array.shape());
    for (int i = 0; i < array.ndim() && array.size() > 0; ++i)
        if (array.shape()[i] > 1) lent->strides[i] = array.strides()[i];
    Managed &managed = lent->managed;
    managed.context = lent.get();
    managed.deleter = Lent<Managed>::destroy;
    managed.tensor = {array.size() > 0 ? array.bytes() : array.storage->data,
                      {dlpack::device_cpu, 0},
                      array.ndim(),
                      data_type(array.dtype),
                      lent->array.layout.shape.data(),
                      lent->strides.data(),
                      0};
    if constexpr (std::is_same_v<Managed, dlpack::VersionedTensor>) {
        managed.version = dlpack::our_version;
        managed.flags = (copied ? dlpack::flag_is_copied : 0) | (read_only ? dlpack::flag_read_only : 0);
    }
    nb::object capsule = nb::steal(PyCapsule_New(&managed, Managed::name, Lent<Managed>::destroy_capsule));
    if (!capsule.is_valid()) throw nb::python_error();
    static_cast<void>(lent.release());  // from here on the capsule's, or its consumer's
    return capsule;
}

bool has_negative_strides(const Array &array) {
    bool negative = false;
    for (int i = 0; i < array.ndim(); ++i) negative |= array.shape()[i] > 1 && array.strides()[i] < 0;
    return negative && array.size() > 0;
}

nb::object export_array(const Array &array, nb::handle stream, nb::handle max_version, nb::handle dl_device,
                        nb::handle copy_wanted) {
    std::optional<bool> wanted = to_optional_bool(copy_wanted, "__dlpack__: copy");
    const bool versioned = !max_version.is_none() && to_pair(max_version, "__dlpack__: max_version").first >= 1;
    require_cpu(array, "__dlpack__");
    if (!dl_device.is_none()) {
        auto [type, id] = to_pair(dl_device, "__dlpack__: dl_device");
        if (type != dlpack::device_cpu || id != 0)
            refuse("__dlpack__: cannot move an array from the CPU to " +
                   device_name({static_cast<int32_t>(type), static_cast<int32_t>(id)}) +
                   "; leave dl_device out, or write dl_device=(1, 0)");
    }
    if (!stream.is_none()) fail(ErrorKind::Value, "__dlpack__: the CPU has no streams; leave stream out");
    // PyTorch and others end the process when they meet a negative stride.
    const bool negative = has_negative_strides(array);
    if (negative && wanted == false)
        refuse("__dlpack__: copy=False, but the array of strides " + array.strides().text() +
               " must be copied, because DLPack's readers take no negative strides; leave copy out");
    const bool copied = negative || wanted.value_or(false);
    const bool read_only = !copied && (!array.storage->writable || is_overlapping(array.layout));
    if (read_only && !versioned)
        refuse("__dlpack__: the array is read-only or a broadcast view, which DLPack before 1.0 cannot tell its "
               "reader; export x.copy(), or ask for max_version=(1, 0)");
    Array source = array;
    if (copied) {
        ReleaseGil release(array.size());
        source = copy(array);
    }
    return versioned ? lend<dlpack::VersionedTensor>(source, copied, read_only)
                     : lend<dlpack::ManagedTensor>(source, copied, read_only);
}

// ---- Import

// The capsule, from a producer of any age: older ones know fewer arguments, which the caller then sees to.
nb::object capsule_of(nb::handle object, bool to_cpu, std::optional<bool> copy) {
    nb::dict arguments;
    arguments["max_version"] = nb::make_tuple(dlpack::our_version.major, dlpack::our_version.minor);
    if (to_cpu) arguments["dl_device"] = nb::make_tuple(dlpack::device_cpu, 0);
    if (copy) arguments["copy"] = *copy;
    try {
        return object.attr("__dlpack__")(**arguments);
    } catch (const nb::python_error &error) {
        if (to_cpu || !error.matches(PyExc_TypeError)) throw;
    }
    return object.attr("__dlpack__")();
}

// Takes the tensor out of its capsule, which leaves the deleter to us.
template <class Managed> Array take_out(PyObject *capsule, bool writable, bool &copied) {
    auto *managed = static_cast<Managed *>(PyCapsule_GetPointer(capsule, Managed::name));
    if (!managed) throw nb::python_error();
    const dlpack::Tensor &tensor = managed->tensor;
    if (!is_readable(tensor.device))
        refuse("from_dlpack: the elements are on " + device_name(tensor.device) +
               ", whose memory cannot be read here; write from_dlpack(x, device=\"cpu\")");
    DType dtype = dtype_from(tensor.dtype);
    if (tensor.ndim < 0 || tensor.ndim > max_ndim || (tensor.ndim > 0 && !tensor.shape))
        refuse("from_dlpack: a tensor of " + std::to_string(tensor.ndim) + " axes" +
               (tensor.shape || tensor.ndim <= 0 ? "" : " without a shape") + "; expected 0 to " +
               std::to_string(max_ndim));
    Dims shape(tensor.shape, tensor.ndim);
    for (int64_t size : shape)
        if (size < 0) refuse("from_dlpack: shape " + shape.text() + " has a negative size");
    const int64_t count = element_count(shape);
    if (count > 0 && !tensor.data) refuse("from_dlpack: a tensor of shape " + shape.text() + " without data");
    Dims steps = tensor.strides && count > 0 ? Dims(tensor.strides, tensor.ndim) : contiguous_strides(shape);
    for (int i = 0; i < steps.size(); ++i)
        if (__builtin_mul_overflow(steps[i], int64_t{itemsize(dtype)}, &steps[i]) && shape[i] > 1)
            refuse("from_dlpack: strides that reach beyond 64 bits");
    void *data = tensor.data ? static_cast<char *>(tensor.data) + tensor.byte_offset : nullptr;
    if (PyCapsule_SetName(capsule, Managed::used_name) != 0) throw nb::python_error();
    return adopt({data, std::move(shape), std::move(steps), dtype, writable, managed,
                  [](void *owner) {
                      auto *finished = static_cast<Managed *>(owner);
                      if (finished->deleter) finished->deleter(finished);
                  }},
                 copied);
}

}  // namespace

Array from_dlpack(nb::handle object, bool to_cpu, std::optional<bool> copy_wanted, bool &copied) {
    auto [type, id] = to_pair(object.attr("__dlpack_device__")(), "__dlpack_device__()");
    dlpack::Device device{static_cast<int32_t>(type), static_cast<int32_t>(id)};
    const bool here = is_readable(device);
    if (!here && !to_cpu)
        refuse("from_dlpack: the elements are on " + device_name(device) +
               ", whose memory cannot be read here; write from_dlpack(x, device=\"cpu\")");
    nb::object capsule = capsule_of(object, !here, copy_wanted);
    bool made_copy = false;  // by the producer
    Array array;
    if (PyCapsule_IsValid(capsule.ptr(), dlpack::VersionedTensor::name)) {
        auto *managed =
            static_cast<dlpack::VersionedTensor *>(PyCapsule_GetPointer(capsule.ptr(), dlpack::VersionedTensor::name));
        if (managed->version.major != dlpack::our_version.major)
            refuse("from_dlpack: DLPack " + std::to_string(managed->version.major) + "." +
                   std::to_string(managed->version.minor) + " was given, but 1.0 was asked for");
        made_copy = managed->flags & dlpack::flag_is_copied;
        const bool writable = !(managed->flags & dlpack::flag_read_only);
        array = take_out<dlpack::VersionedTensor>(capsule.ptr(), writable, copied);
    } else if (PyCapsule_IsValid(capsule.ptr(), dlpack::ManagedTensor::name)) {
        array = take_out<dlpack::ManagedTensor>(capsule.ptr(), true, copied);
    } else
        refuse(std::string("from_dlpack: __dlpack__ gave ") + nb::repr(capsule).c_str() +
               ", but a capsule named \"dltensor\" or \"dltensor_versioned\" was expected, which is taken only once");
    if (copied && copy_wanted == false)
        refuse("from_dlpack: copy=False, but the elements must be copied, because their addresses are no multiples of "
               "their size or their booleans are neither 0 nor 1; leave copy out");
    if (copy_wanted == true && !copied && !made_copy) {
        ReleaseGil release(array.size());
        array = copy(array);
    }
    copied |= made_copy || copy_wanted == true;
    return array;
}

void bind_dlpack(nb::module_ &m, nb::handle array_class) {
    auto cls = nb::borrow<nb::class_<Array>>(array_class);
    cls.def(
           "__dlpack__",
           [](const Array &a, nb::handle stream, nb::handle max_version, nb::handle dl_device, nb::handle copy) {
               return export_array(a, stream, max_version, dl_device, copy);
           },
           nb::kw_only(), "stream"_a.none() = nb::none(), "max_version"_a.none() = nb::none(),
           "dl_device"_a.none() = nb::none(), "copy"_a.none() = nb::none(),
           nb::sig(
               "def __dlpack__(self, *, stream: None = None, max_version: tuple[int, int] | None = None, dl_device: "
               "tuple[Any, int] | None = None, copy: bool | None = None) -> Any"),
           "A DLPack capsule, through which another library reads the elements without a copy.\n\n"
           "Negative strides are copied, because readers do not take them. Read-only arrays and broadcast views say "
           "so, "
           "which needs max_version=(1, 0) or later. Raises BufferError where that is impossible.")
        .def(
            "__dlpack_device__",
            [](const Array &a) {
                require_cpu(a, "__dlpack_device__");
                return nb::make_tuple(dlpack::device_cpu, 0);
            },
            nb::sig("def __dlpack_device__(self) -> tuple[int, int]"),
            "DLPack's numbers of the device: (1, 0), the CPU.");
    m.def(
        "from_dlpack",
        [](nb::handle x, nb::handle device, nb::handle copy) {
            std::optional<bool> wanted = to_optional_bool(copy, "from_dlpack: copy");
            if (!device.is_none()) static_cast<void>(usable_device(device));
            bool copied;
            return wrap(from_dlpack(x, !device.is_none(), wanted, copied));
        },
        "x"_a.none(), nb::kw_only(), "device"_a.none() = nb::none(), "copy"_a.none() = nb::none(),
        nb::sig("def from_dlpack(x: Any, /, *, device: DeviceLike | None = None, copy: bool | None = None) -> NDArray"),
        "The elements of another library's array, shared through DLPack.\n\n"
        "Args:\n"
        "    x: An object with `__dlpack__` and `__dlpack_device__`, such as a NumPy array or a PyTorch tensor.\n"
        "    device: Where the result is to be; x is asked to move its elements there. By default where x is.\n"
        "    copy: None shares memory where that is possible, True never, False requires it.\n\n"
        "Returns:\n"
        "    An array of x's shape and dtype; read-only where x says that it is.\n\n"
        "Raises:\n"
        "    AttributeError: Where x has no such methods.\n"
        "    BufferError: For elements of other types, for memory that cannot be read here, and for copy=False where a "
        "copy is needed.\n\n"
        "Example:\n"
        "    >>> import needle_ndarray as nd\n"
        "    >>> x = nd.arange(3)\n"
        "    >>> y = nd.from_dlpack(x)\n"
        "    >>> y[0] = 7\n"
        "    >>> x\n"
        "    array([7, 1, 2])");
}

}  // namespace needle::python
