// What the files of functions share, and all of them together.
#include "python/functions.h"
#include <string>
#include <vector>

namespace needle::python {

const char *keep(const std::string &text) {
    static std::vector<std::string *> *kept = new std::vector<std::string *>;
    kept->push_back(new std::string(text));
    return kept->back()->c_str();
}

void bind_functions(nb::module_ &m) {
    bind_attention(m);
    bind_activations(m);
    bind_elementwise(m);
    bind_recurrent(m);
    bind_reductions(m);
    bind_creation(m);
    bind_indexing(m);
    bind_manipulation(m);
    bind_rearrangement(m);
    bind_linalg(m);
    bind_normalization(m);
    bind_optimizers(m);
    bind_probability(m);
    bind_programs(m);
    bind_convolution(m);
    bind_pooling(m);
    bind_searching(m);
}

}  // namespace needle::python
