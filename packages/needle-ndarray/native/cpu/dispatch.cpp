// Which instruction set runs: the tables of every set stand side by side in the library, and the processor decides.
#include "cpu/kernels.h"
#include <cstdlib>
#include <cstring>

namespace needle::cpu {

// X(table, type) for every family, as the tables of one instruction set.
#define NEEDLE_DECLARE_v2(table, type) extern const type table##_v2;
#define NEEDLE_DECLARE_v3(table, type) extern const type table##_v3;
#define NEEDLE_DECLARE_v4(table, type) extern const type table##_v4;
#define NEEDLE_DECLARE_baseline(table, type) extern const type table##_baseline;
#define NEEDLE_ADDRESS_v2(table, type) &table##_v2,
#define NEEDLE_ADDRESS_v3(table, type) &table##_v3,
#define NEEDLE_ADDRESS_v4(table, type) &table##_v4,
#define NEEDLE_ADDRESS_baseline(table, type) &table##_baseline,

#if defined(__x86_64__)
NEEDLE_KERNEL_FAMILIES(NEEDLE_DECLARE_v2)
NEEDLE_KERNEL_FAMILIES(NEEDLE_DECLARE_v3)
NEEDLE_KERNEL_FAMILIES(NEEDLE_DECLARE_v4)
#else
NEEDLE_KERNEL_FAMILIES(NEEDLE_DECLARE_baseline)
#endif

namespace {

struct Choice {
    const char *name;  // in NEEDLE_ISA
    bool (*supported)();
    Kernels kernels;
};

#define NEEDLE_CHOICE(isa, full_name, supported)                                                                       \
    {                                                                                                                  \
        #isa, [] { return bool(supported); }, { full_name, NEEDLE_KERNEL_FAMILIES(NEEDLE_ADDRESS_##isa) }              \
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
