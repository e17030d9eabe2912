// The random generator as a Python object.
#include "ops/random.h"
#include "ops/copy.h"
#include "ops/index.h"
#include "python/bridge.h"
#include "python/docs/random.h"
#include <cmath>
#include <random>

namespace needle::python {

using namespace nb::literals;

namespace {

uint64_t random_seed() {
    std::random_device entropy;
    return (uint64_t{entropy()} << 32 | entropy()) >> 1;
}

uint64_t to_seed(nb::handle seed) {
    nb::object index = nb::steal(PyBool_Check(seed.ptr()) ? nullptr : PyNumber_Index(seed.ptr()));
    if (!index.is_valid()) {
        PyErr_Clear();
        fail(ErrorKind::Type, std::string("a seed must be an int, not ") + nb::repr(seed).c_str());
    }
    uint64_t value = PyLong_AsUnsignedLongLong(index.ptr());
    if (PyErr_Occurred()) {
        PyErr_Clear();
        fail(ErrorKind::Value, std::string("a seed must be from 0 to 2**64 - 1, not ") + nb::repr(seed).c_str());
    }
    return value;
}

// What f() returns, made without the GIL where the work is long.
template <class F> nb::object draw(int64_t elements, F &&f) {
    return nb::steal(wrap_result([&] {
        ReleaseGil release(elements);
        return f();
    }));
}

// ---- Integers

// An int as its 64 bits; false where the dtype does not hold it.
bool to_bits(nb::handle number, DType dtype, uint64_t &bits) {
    const int width = 8 * itemsize(dtype);
    if (kind_of(dtype) == Kind::Signed) {
        int overflow = 0;
        const int64_t value = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
        bits = static_cast<uint64_t>(value);
        return !overflow && value >> (width - 1) == (value < 0 ? -1 : 0);
    }
    bits = PyLong_AsUnsignedLongLong(number.ptr());
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return false;
    }
    return width == 64 || bits >> width == 0;
}

nb::object to_int(nb::handle object, const char *what) {
    nb::object index = nb::steal(PyBool_Check(object.ptr()) ? nullptr : PyNumber_Index(object.ptr()));
    if (index.is_valid()) return index;
    PyErr_Clear();
    fail(ErrorKind::Type, std::string(what) + " must be an int, not " + nb::repr(object).c_str());
}

nb::object draw_integers(Generator &generator, nb::handle low, nb::handle high, nb::handle shape, nb::handle dtype,
                         bool endpoint, nb::handle device) {
    const Dims dims = to_dims(shape, "integers: shape");
    const DType wanted = to_dtype(dtype);
    if (!is_integer(wanted))
        fail(ErrorKind::DType,
             std::string("integers: expected an integer dtype, not ") + name_of(wanted) +
                 (wanted == DType::Bool ? "; write bernoulli(shape)" : "; write integers(...).astype(dtype)"));
    const nb::object from = to_int(low, "integers: low"), to = to_int(high, "integers: high");
    const nb::object last = endpoint ? to : to - nb::int_(1);
    auto range = [&] { return std::string("low=") + nb::repr(from).c_str() + ", high=" + nb::repr(to).c_str(); };
    if (PyObject_RichCompareBool(from.ptr(), last.ptr(), Py_GT) != 0)
        fail(ErrorKind::Value, std::string("integers: low must ") + (endpoint ? "not be greater" : "be less") +
                                   " than high; got " + range());
    uint64_t first_bits, last_bits;
    if (!to_bits(from, wanted, first_bits) || !to_bits(last, wanted, last_bits))
        fail(ErrorKind::Overflow, "integers: " + range() + (endpoint ? " (included)" : "") + " reaches beyond " +
                                      name_of(wanted) + "; pass a dtype that holds the numbers");
    const Device where = usable_device(device);
    return draw(element_count(dims),
                [&] { return integers(generator, dims, first_bits, last_bits - first_bits, wanted, where); });
}

// ---- Orders and choices

// An int n stands for the numbers 0 ... n - 1, everything else for the array that asarray makes of it.
bool is_count(nb::handle object) {
    return PyIndex_Check(object.ptr()) && !is_array(object.ptr()) && !PySequence_Check(object.ptr());
}

int axis_of(const Array &array, int64_t axis, const char *what) {
    if (array.ndim() == 0)
        fail(ErrorKind::Shape, std::string(what) + ": the array has no axis; expected one with at least one axis");
    return normalize_axis(axis, array.ndim(), what);
}

nb::object draw_permutation(Generator &generator, nb::handle x, int64_t axis, nb::handle device) {
    if (is_count(x)) {
        const int64_t count = to_index(x, "permutation: x");
        const Device where = usable_device(device);
        return draw(count, [&] { return permutation(generator, count, where); });
    }
    const Array array = to_array(x, "permutation");
    const int along = axis_of(array, axis, "permutation");
    return draw(array.size(), [&] {
        return take(array, permutation(generator, array.shape()[along], array.device()), along, "permutation");
    });
}

void shuffle(Generator &generator, nb::handle x, int64_t axis) {
    if (!is_array(x.ptr()))
        fail(ErrorKind::Type, std::string("shuffle changes an NDArray in place; got ") +
                                  nb::type_name(x.type()).c_str() + ", of which permutation(x) gives a shuffled copy");
    const Array &array = array_of(x.ptr());
    const int along = axis_of(array, axis, "shuffle");
    require_writable(array, "shuffle");
    ReleaseGil release(array.size());
    assign(array, take(array, permutation(generator, array.shape()[along], array.device()), along, "shuffle"));
}

// The probabilities as dense float64, checked.
Array to_weights(nb::handle p, int64_t n) {
    const Array given = to_array(p, "choice: p");
    if (given.shape() != Dims{n})
        fail(ErrorKind::Shape, "choice: p must have one probability for each of the " + std::to_string(n) +
                                   " elements, shape (" + std::to_string(n) + ",); got shape " + given.shape().text());
    const Array weights = compact(astype(given, DType::Float64));
    const double *weight = weights.data<double>();
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) {
        if (!(weight[i] >= 0) || std::isinf(weight[i]))
            fail(ErrorKind::Value, "choice: p[" + std::to_string(i) + "] is " + std::to_string(weight[i]) +
                                       "; probabilities are finite and not negative");
        sum += weight[i];
    }
    const double tolerance = given.dtype == DType::Float64 ? 1e-8 : itemsize(given.dtype) == 2 ? 1e-2 : 1e-4;
    if (n > 0 && !(std::abs(sum - 1) <= tolerance))
        fail(ErrorKind::Value, "choice: p must sum to 1, its sum is " + std::to_string(sum) + "; write p / p.sum()");
    return weights;
}

nb::object draw_choice(Generator &generator, nb::handle a, nb::handle shape, bool replace, nb::handle p, int64_t axis,
                       nb::handle device) {
    const Dims dims = to_dims(shape, "choice: shape");
    const int64_t count = element_count(dims);
    for (int64_t size : dims)
        if (size < 0)
            fail(ErrorKind::Shape, "choice: a shape has no negative sizes, but " + dims.text() + " was given");
    const std::optional<Array> array = is_count(a) ? std::nullopt : std::optional<Array>(to_array(a, "choice"));
    const int along = array ? axis_of(*array, axis, "choice") : 0;
    const Device where = array ? array->device() : usable_device(device);
    const int64_t n = array ? array->shape()[along] : to_index(a, "choice: a");
    if (n < 0) fail(ErrorKind::Value, "choice: a must not be negative, got " + std::to_string(n));
    if (n == 0 && count > 0) fail(ErrorKind::Value, "choice: there is nothing to choose from; a is empty");
    const std::optional<Array> weights = p.is_none() ? std::nullopt : std::optional<Array>(to_weights(p, n));
    int64_t eligible = n;
    if (weights) {
        const double *weight = weights->data<double>();
        eligible = 0;
        for (int64_t i = 0; i < n; ++i) eligible += weight[i] > 0;
    }
    if (!replace && count > eligible)
        fail(ErrorKind::Value, "choice: " + std::to_string(count) +
                                   " elements cannot be chosen without replacement from " + std::to_string(eligible) +
                                   (weights ? " of nonzero probability" : "") +
                                   "; pass replace=True, or a smaller shape");
    return draw(std::max(count, n), [&] {
        Array chosen = weights   ? weighted_sample(generator, *weights, count, replace)
                       : replace ? integers(generator, Dims{count}, 0,
                                            static_cast<uint64_t>(std::max<int64_t>(n, 1) - 1), DType::Int64, where)
                                 : sample(generator, n, count, where);
        chosen = chosen.view(Layout::contiguous(dims));
        return array ? take(*array, chosen, along, "choice") : chosen;
    });
}

// ---- State

nb::dict get_state(const Generator &generator) {
    const GeneratorState state = generator.state();
    nb::dict out;
    out["kind"] = "philox4x32-10";
    out["key"] = state.key;
    out["stream"] = state.stream;
    out["position"] = state.position;
    return out;
}

void set_state(Generator &generator, const nb::dict &state) {
    for (const char *name : {"kind", "key", "stream", "position"})
        if (!state.contains(name))
            fail(ErrorKind::Value,
                 std::string("a generator's state has the entries kind, key, stream and position; \"") + name +
                     "\" is missing; pass what get_state() returned");
    if (!nb::str(state["kind"]).equal(nb::str("philox4x32-10")))
        fail(ErrorKind::Value, std::string("the state is of a generator of kind ") + nb::repr(state["kind"]).c_str() +
                                   ", this one is \"philox4x32-10\"");
    const uint64_t stream = to_seed(state["stream"]);
    if (stream >> 56)
        fail(ErrorKind::Value,
             "a generator's stream is below 2**56, not " + std::to_string(stream) + "; pass what get_state() returned");
    generator.restore({to_seed(state["key"]), stream, to_seed(state["position"])});
}

std::string text_of(const Generator &generator) {
    const GeneratorState state = generator.state();
    return "Generator(seed=" + std::to_string(state.key) +
           (state.stream ? ", stream=" + std::to_string(state.stream) : "") +
           ", position=" + std::to_string(state.position) + ")";
}

}  // namespace

void bind_random(nb::module_ &m) {
    nb::class_<Generator>(m, "Generator", docs::generators::generator_class)
        .def(
            "__init__",
            [](Generator *self, nb::handle seed) {
                new (self) Generator(GeneratorState{seed.is_none() ? random_seed() : to_seed(seed), 0, 0});
            },
            "seed"_a.none() = nb::none(), nb::sig("def __init__(self, seed: int | None = None) -> None"))
        .def(
            "uniform",
            [](Generator &self, nb::handle shape, double low, double high, nb::handle dtype, nb::handle device) {
                const Dims dims = to_dims(shape, "uniform: shape");
                const DType wanted = to_dtype(dtype);
                const Device where = usable_device(device);
                return draw(element_count(dims), [&] { return uniform(self, dims, low, high, wanted, where); });
            },
            "shape"_a = nb::tuple(), "low"_a = 0.0, "high"_a = 1.0, nb::kw_only(), "dtype"_a = "float32",
            "device"_a.none() = nb::none(),
            nb::sig("def uniform(self, shape: int | Sequence[int] = (), low: float = 0.0, high: float = 1.0, *, dtype: "
                    "DTypeLike = \"float32\", device: DeviceLike | None = None) -> NDArray"),
            docs::generators::uniform)
        .def(
            "normal",
            [](Generator &self, nb::handle shape, double mean, double std, nb::handle dtype, nb::handle device) {
                const Dims dims = to_dims(shape, "normal: shape");
                const DType wanted = to_dtype(dtype);
                const Device where = usable_device(device);
                return draw(element_count(dims), [&] { return normal(self, dims, mean, std, wanted, where); });
            },
            "shape"_a = nb::tuple(), "mean"_a = 0.0, "std"_a = 1.0, nb::kw_only(), "dtype"_a = "float32",
            "device"_a.none() = nb::none(),
            nb::sig("def normal(self, shape: int | Sequence[int] = (), mean: float = 0.0, std: float = 1.0, *, dtype: "
                    "DTypeLike = \"float32\", device: DeviceLike | None = None) -> NDArray"),
            docs::generators::normal)
        .def(
            "bernoulli",
            [](Generator &self, nb::handle shape, double p, nb::handle dtype, nb::handle device) {
                const Dims dims = to_dims(shape, "bernoulli: shape");
                const DType wanted = to_dtype(dtype);
                const Device where = usable_device(device);
                return draw(element_count(dims), [&] { return bernoulli(self, dims, p, wanted, where); });
            },
            "shape"_a = nb::tuple(), "p"_a = 0.5, nb::kw_only(), "dtype"_a = "bool", "device"_a.none() = nb::none(),
            nb::sig("def bernoulli(self, shape: int | Sequence[int] = (), p: float = 0.5, *, dtype: DTypeLike = "
                    "\"bool\", device: DeviceLike | None = None) -> NDArray"),
            docs::generators::bernoulli)
        .def("integers", &draw_integers, "low"_a, "high"_a, "shape"_a = nb::tuple(), nb::kw_only(), "dtype"_a = "int64",
             "endpoint"_a = false, "device"_a.none() = nb::none(),
             nb::sig("def integers(self, low: int, high: int, shape: int | Sequence[int] = (), *, dtype: DTypeLike = "
                     "\"int64\", endpoint: bool = False, device: DeviceLike | None = None) -> NDArray"),
             docs::generators::integers)
        .def("permutation", &draw_permutation, "x"_a, nb::kw_only(), "axis"_a = 0, "device"_a.none() = nb::none(),
             nb::sig("def permutation(self, x: int | ArrayLike, *, axis: int = 0, device: DeviceLike | None = None) -> "
                     "NDArray"),
             docs::generators::permutation)
        .def("shuffle", &shuffle, "x"_a, nb::kw_only(), "axis"_a = 0,
             nb::sig("def shuffle(self, x: NDArray, *, axis: int = 0) -> None"), docs::generators::shuffle)
        .def(
            "choice", &draw_choice, "a"_a, "shape"_a = nb::tuple(), nb::kw_only(), "replace"_a = true,
            "p"_a.none() = nb::none(), "axis"_a = 0, "device"_a.none() = nb::none(),
            nb::sig("def choice(self, a: int | ArrayLike, shape: int | Sequence[int] = (), *, replace: bool = True, p: "
                    "ArrayLike | None = None, axis: int = 0, device: DeviceLike | None = None) -> NDArray"),
            docs::generators::choice)
        .def(
            "spawn",
            [](Generator &self, int64_t count) {
                if (count < 0) fail(ErrorKind::Value, "spawn: n must not be negative, got " + std::to_string(count));
                nb::list children;
                for (int64_t i = 0; i < count; ++i)
                    children.append(nb::cast(new Generator(spawn(self)), nb::rv_policy::take_ownership));
                return children;
            },
            "n"_a, nb::sig("def spawn(self, n: int) -> list[Generator]"), docs::generators::spawn)
        .def("get_state", &get_state, nb::sig("def get_state(self) -> dict[str, Any]"), docs::generators::get_state)
        .def("set_state", &set_state, "state"_a, nb::sig("def set_state(self, state: dict[str, Any]) -> None"),
             docs::generators::set_state)
        .def("__reduce__",
             [](nb::handle self) {
                 return nb::make_tuple(nb::module_::import_("needle_ndarray._pickle").attr("generator"),
                                       nb::make_tuple(self.attr("get_state")()));
             })
        .def("__repr__", &text_of);
}

}  // namespace needle::python
