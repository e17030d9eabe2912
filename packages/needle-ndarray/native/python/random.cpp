// The random generator as a Python object.
#include "ops/random.h"
#include "python/bridge.h"
#include <pthread.h>
#include <random>

namespace needle::python {

using namespace nb::literals;

namespace {

// Threads may share a generator: each draw takes its part of the stream under the lock.
class LockedGenerator {
  public:
    Generator state() const {
        Lock lock(mutex_);
        return generator_;
    }
    void restore(const Generator &state) {
        Lock lock(mutex_);
        generator_ = state;
    }
    // f(generator) without the GIL where the work is long; draws of several threads follow each other in some order.
    template <class F> nb::object draw(int64_t elements, F &&f) {
        return nb::steal(wrap_result([&] {
            ReleaseGil release(elements);
            Lock lock(mutex_);
            return f(generator_);
        }));
    }

  private:
    struct Lock {
        pthread_mutex_t &mutex;
        explicit Lock(pthread_mutex_t &mutex) : mutex(mutex) { pthread_mutex_lock(&mutex); }
        ~Lock() { pthread_mutex_unlock(&mutex); }
    };
    Generator generator_;
    mutable pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

uint64_t to_seed(nb::handle seed) {
    if (seed.is_none()) {
        std::random_device entropy;
        return (uint64_t{entropy()} << 32 | entropy()) >> 1;
    }
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

DType float_dtype(nb::handle dtype, const char *what) {
    DType wanted = to_dtype(dtype);
    if (!is_float(wanted))
        fail(ErrorKind::DType, std::string(what) + ": expected float32 or float64, not " + name_of(wanted));
    return wanted;
}

}  // namespace

void bind_random(nb::module_ &m) {
    nb::class_<LockedGenerator>(m, "Generator",
                                "A source of random numbers: Philox 4x32-10, counter-based, so that the numbers depend "
                                "on the seed and on what was drawn "
                                "before, never on the number of threads.")
        .def(
            "__init__",
            [](LockedGenerator *self, nb::handle seed) {
                Generator start;
                start.key = to_seed(seed);
                new (self) LockedGenerator{};
                self->restore(start);
            },
            "seed"_a.none() = nb::none(), nb::sig("def __init__(self, seed: int | None = None) -> None"),
            "Starts from a seed, 0 to 2**64 - 1; from the system's entropy without one.")
        .def(
            "uniform",
            [](LockedGenerator &self, nb::handle shape, double low, double high, nb::handle dtype, nb::handle device) {
                Dims dims = to_dims(shape, "shape");
                DType wanted = float_dtype(dtype, "uniform");
                Device where = usable_device(device);
                return self.draw(element_count(dims),
                                 [&](Generator &g) { return uniform(g, dims, low, high, wanted, where); });
            },
            "shape"_a = nb::tuple(), "low"_a = 0.0, "high"_a = 1.0, nb::kw_only(), "dtype"_a = "float32",
            "device"_a.none() = nb::none(),
            nb::sig("def uniform(self, shape: int | Sequence[int] = (), low: float = 0.0, high: float = 1.0, *, dtype: "
                    "DTypeLike = \"float32\", "
                    "device: DeviceLike | None = None) -> NDArray"),
            "Numbers from [low, high), of float32 or float64.")
        .def(
            "normal",
            [](LockedGenerator &self, nb::handle shape, double mean, double std, nb::handle dtype, nb::handle device) {
                Dims dims = to_dims(shape, "shape");
                DType wanted = float_dtype(dtype, "normal");
                Device where = usable_device(device);
                return self.draw(element_count(dims),
                                 [&](Generator &g) { return normal(g, dims, mean, std, wanted, where); });
            },
            "shape"_a = nb::tuple(), "mean"_a = 0.0, "std"_a = 1.0, nb::kw_only(), "dtype"_a = "float32",
            "device"_a.none() = nb::none(),
            nb::sig("def normal(self, shape: int | Sequence[int] = (), mean: float = 0.0, std: float = 1.0, *, dtype: "
                    "DTypeLike = \"float32\", "
                    "device: DeviceLike | None = None) -> NDArray"),
            "Normally distributed numbers of float32 or float64, by the method of Box and Muller.")
        .def(
            "bernoulli",
            [](LockedGenerator &self, nb::handle shape, double p, nb::handle dtype, nb::handle device) {
                Dims dims = to_dims(shape, "shape");
                DType wanted = to_dtype(dtype);
                Device where = usable_device(device);
                return self.draw(element_count(dims),
                                 [&](Generator &g) { return bernoulli(g, dims, p, wanted, where); });
            },
            "shape"_a = nb::tuple(), "p"_a = 0.5, nb::kw_only(), "dtype"_a = "bool", "device"_a.none() = nb::none(),
            nb::sig("def bernoulli(self, shape: int | Sequence[int] = (), p: float = 0.5, *, dtype: DTypeLike = "
                    "\"bool\", device: DeviceLike | None = None) -> NDArray"),
            "1 (True) with probability p, else 0, of any dtype.")
        .def(
            "integers",
            [](LockedGenerator &self, nb::handle low, nb::handle high, nb::handle shape, nb::handle device) {
                Dims dims = to_dims(shape, "shape");
                int64_t from = to_index(low, "integers: low"), to = to_index(high, "integers: high");
                Device where = usable_device(device);
                return self.draw(element_count(dims), [&](Generator &g) { return integers(g, dims, from, to, where); });
            },
            "low"_a, "high"_a, "shape"_a = nb::tuple(), nb::kw_only(), "device"_a.none() = nb::none(),
            nb::sig("def integers(self, low: int, high: int, shape: int | Sequence[int] = (), *, device: DeviceLike | "
                    "None = None) -> NDArray"),
            "int64 from low to high - 1, each as likely as the other.")
        .def(
            "permutation",
            [](LockedGenerator &self, nb::handle n, nb::handle device) {
                int64_t count = to_index(n, "permutation: n");
                Device where = usable_device(device);
                return self.draw(count, [&](Generator &g) { return permutation(g, count, where); });
            },
            "n"_a, nb::kw_only(), "device"_a.none() = nb::none(),
            nb::sig("def permutation(self, n: int, *, device: DeviceLike | None = None) -> NDArray"),
            "The numbers 0 to n - 1 in random order, as int64.")
        .def(
            "get_state",
            [](const LockedGenerator &self) {
                const Generator generator = self.state();
                nb::dict state;
                state["kind"] = "philox4x32-10";
                state["key"] = generator.key;
                state["stream"] = generator.stream;
                state["position"] = generator.position;
                return state;
            },
            nb::sig("def get_state(self) -> dict[str, Any]"),
            "What set_state needs to go on from here: numbers and a name, nothing else.")
        .def(
            "set_state",
            [](LockedGenerator &self, nb::dict state) {
                for (const char *name : {"kind", "key", "stream", "position"})
                    if (!state.contains(name))
                        fail(ErrorKind::Value,
                             std::string("a generator's state has the entries kind, key, stream and position; \"") +
                                 name + "\" is missing; pass what get_state() returned");
                if (!nb::str(state["kind"]).equal(nb::str("philox4x32-10")))
                    fail(ErrorKind::Value, std::string("the state is of a generator of kind ") +
                                               nb::repr(state["kind"]).c_str() + ", this one is \"philox4x32-10\"");
                Generator restored;
                restored.key = to_seed(state["key"]);
                restored.stream = to_seed(state["stream"]);
                restored.position = to_seed(state["position"]);
                self.restore(restored);
            },
            "state"_a, nb::sig("def set_state(self, state: dict[str, Any]) -> None"),
            "Goes on from a state that get_state returned.")
        .def("__reduce__",
             [](nb::handle self) {
                 return nb::make_tuple(nb::module_::import_("needle_ndarray.random").attr("restored"),
                                       nb::make_tuple(self.attr("get_state")()));
             })
        .def("__repr__", [](const LockedGenerator &self) {
            const Generator generator = self.state();
            return "Generator(seed=" + std::to_string(generator.key) +
                   ", position=" + std::to_string(generator.position) + ")";
        });
}

}  // namespace needle::python
