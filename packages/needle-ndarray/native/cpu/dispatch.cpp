// Which instruction set runs: the tables of every set stand side by side in the library, and the processor decides.
#include "cpu/kernels.h"
#include <cstdlib>
#include <cstring>

namespace needle::cpu {

#define NEEDLE_TABLES(isa)                                                                                             \
    extern const ElementwiseKernels elementwise_##isa;                                                                 \
    extern const ReduceKernels reduce_##isa;                                                                           \
    extern const GemmKernels gemm_##isa;                                                                               \
    extern const RandomKernels random_##isa;

#if defined(__x86_64__)
NEEDLE_TABLES(v2)
NEEDLE_TABLES(v3)
NEEDLE_TABLES(v4)
#else
NEEDLE_TABLES(baseline)
#endif

namespace {

struct Choice {
    const char *name;  // in NEEDLE_ISA
    bool (*supported)();
    Kernels kernels;
};

#define NEEDLE_CHOICE(isa, full_name, supported)                                                                       \
    {                                                                                                                  \
        #isa, [] { return bool(supported); }, {                                                                        \
            full_name, &elementwise_##isa, &reduce_##isa, &gemm_##isa, &random_##isa                                   \
        }                                                                                                              \
    }

// Best first; the last one is what every processor that the library is built for runs.
const Choice choices[] = {
#if defined(__x86_64__)
    NEEDLE_CHOICE(v4, "x86-64-v4", __builtin_cpu_supports("x86-64-v4")),
    NEEDLE_CHOICE(v3, "x86-64-v3", __builtin_cpu_supports("x86-64-v3")),
    NEEDLE_CHOICE(v2, "x86-64-v2", true),
#else
    NEEDLE_CHOICE(baseline, "baseline", true),
#endif
};

const Kernels *choose() {
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    const char *wanted = std::getenv("NEEDLE_ISA");
    const Choice *best = nullptr;
    for (const Choice &choice : choices) {
        if (!choice.supported()) continue;
        if (!best) best = &choice;
        if (wanted && std::strcmp(wanted, choice.name) == 0) return &choice.kernels;
    }
    return &best->kernels;
}

}  // namespace

const Kernels &kernels() {
    static const Kernels *const chosen = choose();
    return *chosen;
}

}  // namespace needle::cpu
