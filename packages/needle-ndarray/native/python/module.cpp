#include "python/bridge.h"

NB_MODULE(_core, m) {
    using namespace needle::python;
    m.doc() = "The native part of needle_ndarray; the package's own modules are its public face.";
    register_errors();
    bind_dtypes(m);
    bind_devices(m);
    bind_layout(m);
    bind_ndarray(m);
    bind_functions(m);
    bind_random(m);
    bind_runtime(m);
    make_builtins(m);
}
