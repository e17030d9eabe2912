// The activations that a product can end with.
#pragma once

namespace needle {

#define NEEDLE_ACTIVATIONS(X) X(relu) X(sigmoid) X(silu) X(tanh)

enum class Activation {
    none,
#define X(name) name,
    NEEDLE_ACTIVATIONS(X)
#undef X
};

}  // namespace needle
