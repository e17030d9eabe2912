// What concerns the process: threads, memory, and the environment variables that set them.
#include "core/allocator.h"
#include "core/environment.h"
#include "core/parallel.h"
#include "cpu/kernels.h"
#include "python/bridge.h"

namespace needle::python {

using namespace nb::literals;

namespace {

// None where there is no limit.
nb::object limit_object(int64_t limit) { return limit == unlimited ? nb::none() : nb::object(nb::int_(limit)); }

int64_t to_bytes(nb::handle object, int64_t none, const char *what) {
    if (object.is_none()) return none;
    int64_t bytes = to_index(object, what);
    if (bytes < 0)
        fail(ErrorKind::Value,
             std::string(what) + " must not be negative, got " + std::to_string(bytes) + "; None lifts the limit");
    return bytes;
}

void warn(const std::string &complaint) {
    if (!complaint.empty() && PyErr_WarnEx(PyExc_RuntimeWarning, complaint.c_str(), 1) != 0) throw nb::python_error();
}

void read_environment() {
    warn(environment_threads().complaint);  // the pool reads the number when it is first used
    Setting memory = environment_setting("NEEDLE_MEMORY_LIMIT", 0, unlimited, Unit::Bytes);
    if (memory.value) set_memory_limit(*memory.value);
    warn(memory.complaint);
    Setting cache = environment_setting("NEEDLE_CACHE_LIMIT", 0, unlimited, Unit::Bytes);
    if (cache.value) set_cache_limit(*cache.value);
    warn(cache.complaint);
}

void bind_memory(nb::module_ &m) {
    m.def(
        "memory_statistics",
        [] {
            AllocatorStatistics statistics = allocator_statistics();
            nb::dict out;
            out["bytes_in_use"] = statistics.bytes_in_use;
            out["bytes_cached"] = statistics.bytes_cached;
            out["peak_bytes_in_use"] = statistics.peak_bytes_in_use;
            out["blocks_in_use"] = statistics.blocks_in_use;
            return out;
        },
        nb::sig("def memory_statistics() -> dict[str, int]"), R"(Counts the memory that arrays hold on the CPU.

Blocks are counted whole, as the allocator rounds them up: to a power of two up to 64 KiB, above to one of
four steps between powers of two. Memory borrowed from other libraries counts as the block of its header alone.

Returns:
    ``bytes_in_use`` and ``blocks_in_use``, of living arrays; ``bytes_cached``, which wait for the next ones;
    ``peak_bytes_in_use``, the most since the start or since `reset_peak_memory`, to within the small blocks
    that each thread keeps at hand (2.5 MiB at most).

Example:
    >>> import needle_ndarray as nd
    >>> before = nd.memory_statistics()["bytes_in_use"]
    >>> x = nd.zeros((1000, 1000))
    >>> nd.memory_statistics()["bytes_in_use"] - before >= x.nbytes
    True
)");
    m.def("reset_peak_memory", &reset_peak,
          R"(Starts a new measurement of ``peak_bytes_in_use`` from what is in use now.

Example:
    >>> import needle_ndarray as nd
    >>> nd.reset_peak_memory()
    >>> before = nd.memory_statistics()["peak_bytes_in_use"]
    >>> total = (nd.ones(1_000_000) + 1).sum()
    >>> 8_000_000 <= nd.memory_statistics()["peak_bytes_in_use"] - before < 11_000_000
    True
)");
    m.def("empty_cache", &empty_cache, R"(Gives the memory that waits in the cache back to the system.

Small blocks that other threads keep stay with them until they end.

Example:
    >>> import needle_ndarray as nd
    >>> nd.empty_cache()
)");
    m.def(
        "memory_limit", [] { return limit_object(memory_limit()); }, nb::sig("def memory_limit() -> int | None"),
        R"(The most bytes that arrays and the cache may hold on the CPU.

Returns:
    The limit that `set_memory_limit` or the environment variable NEEDLE_MEMORY_LIMIT set; None without one.

Example:
    >>> import needle_ndarray as nd
    >>> nd.memory_limit() is None
    True
)");
    m.def(
        "set_memory_limit",
        [](nb::handle bytes) { set_memory_limit(to_bytes(bytes, unlimited, "set_memory_limit: bytes")); },
        "bytes"_a.none(), nb::sig("def set_memory_limit(bytes: int | None) -> None"),
        R"(Limits what arrays and the cache together may hold on the CPU.

An allocation that would go beyond the limit first gives back what waits in the cache; where that is not enough it
raises MemoryError, and everything stays as it was. Arrays that exist are never touched, even where they hold more
than a new limit. NEEDLE_MEMORY_LIMIT, such as 4G, sets the limit when the package is imported.

Args:
    bytes: The limit; None for none.

Raises:
    ValueError: The number is negative.

Example:
    >>> import needle_ndarray as nd
    >>> nd.set_memory_limit(nd.memory_statistics()["bytes_in_use"] + 10_000_000)
    >>> try:
    ...     nd.zeros((10_000, 10_000))
    ... except MemoryError:
    ...     print("too large")
    too large
    >>> nd.set_memory_limit(None)
)");
    m.def(
        "cache_limit", [] { return limit_object(cache_limit()); }, nb::sig("def cache_limit() -> int | None"),
        R"(The most bytes that wait in the cache for arrays to come.

Returns:
    The limit for blocks above 64 KiB, an eighth of the machine's memory unless `set_cache_limit` or the environment
    variable NEEDLE_CACHE_LIMIT set it. Of smaller blocks each thread keeps up to 2.5 MiB besides.

Example:
    >>> import needle_ndarray as nd
    >>> nd.cache_limit() > 0
    True
)");
    m.def(
        "set_cache_limit",
        [](nb::handle bytes) { set_cache_limit(to_bytes(bytes, default_cache_limit(), "set_cache_limit: bytes")); },
        "bytes"_a.none(), nb::sig("def set_cache_limit(bytes: int | None) -> None"),
        R"(Bounds what waits in the cache; what is beyond the bound goes back to the system at once.

Args:
    bytes: The bound for blocks above 64 KiB; 0 keeps none, None restores the default.

Raises:
    ValueError: The number is negative.

Example:
    >>> import needle_ndarray as nd
    >>> nd.set_cache_limit(100_000_000)
    >>> nd.cache_limit()
    100000000
    >>> nd.set_cache_limit(None)
)");
}

}  // namespace

void bind_runtime(nb::module_ &m) {
    m.def("num_threads", &num_threads, R"(The number of threads that long operations use.

The processors that this process may use, or the environment variable NEEDLE_NUM_THREADS, until `set_num_threads` is
called.

Example:
    >>> import needle_ndarray as nd
    >>> nd.num_threads() >= 1
    True
)");
    m.def("set_num_threads", &set_num_threads, "count"_a, R"(Sets how many threads long operations use.

Results do not depend on it.

Args:
    count: From 1 to 1024.

Raises:
    ValueError: The count is out of that range.

Example:
    >>> import needle_ndarray as nd
    >>> before = nd.num_threads()
    >>> nd.set_num_threads(2)
    >>> nd.num_threads()
    2
    >>> nd.set_num_threads(before)
)");
    m.attr("max_ndim") = max_ndim;
    m.def("isa", [] { return cpu::kernels().isa; }, "The instruction set whose kernels run.");
    bind_memory(m);
    read_environment();
}

}  // namespace needle::python
