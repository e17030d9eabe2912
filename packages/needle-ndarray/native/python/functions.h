// What both the methods of the array and the functions of the module call.
#pragma once
#include "ops/windows.h"
#include "python/bridge.h"

namespace needle::python {

// The argument out=: an array to write to, or null; `what` names the operation. Throws Error(Type) for anything else.
const Array *to_output(nb::handle out, const char *what);
// The same text for as long as the process lives: nanobind keeps no copy of signatures and documentation.
const char *keep(const std::string &text);

nb::object layout_of(nb::handle array);  // layout.cpp

nb::object call_unary(UnaryOp op, nb::handle x, nb::handle out);
nb::object call_binary(BinaryOp op, nb::handle x1, nb::handle x2, nb::handle out);
nb::object call_matmul(nb::handle x1, nb::handle x2);
nb::object call_nonzero(nb::handle x);
nb::object call_astype(nb::handle x, nb::handle dtype, bool copy);
nb::object call_reshape(const Array &x, const Dims &shape, nb::handle copy);
nb::object call_permute(const Array &x, const Dims &axes);
nb::object call_broadcast_to(const Array &x, const Dims &shape);
nb::object call_squeeze(const Array &x, nb::handle axis);
nb::object call_expand_dims(const Array &x, nb::handle axis);
nb::object call_flip(const Array &x, nb::handle axis);
nb::object call_swapaxes(const Array &x, nb::handle axis1, nb::handle axis2);
nb::object call_diagonal(const Array &x, nb::handle offset, nb::handle axis1, nb::handle axis2);

nb::object call_add_at(nb::handle x, nb::handle key, nb::handle values);  // subscript.cpp

// An int for both axes of images, or a pair.
Pair to_pair(nb::handle object, const char *what, const char *name);  // convolution.cpp

// elementwise_docs.cpp
const char *documentation(UnaryOp op);
const char *documentation(BinaryOp op);
extern const char *const where_documentation, *const clip_documentation;

void bind_attention(nb::module_ &m);     // attention.cpp
void bind_activations(nb::module_ &m);   // activations.cpp
void bind_elementwise(nb::module_ &m);   // elementwise.cpp
void bind_creation(nb::module_ &m);      // creation.cpp
void bind_manipulation(nb::module_ &m);  // manipulation.cpp
void bind_linalg(nb::module_ &m);        // linalg.cpp
void bind_pooling(nb::module_ &m);       // pooling.cpp
void bind_convolution(nb::module_ &m);   // convolution.cpp
void bind_recurrent(nb::module_ &m);     // recurrent.cpp
void bind_reductions(nb::module_ &m);    // reductions.cpp
void bind_reduction_methods(nb::class_<Array> &cls);
void bind_searching(nb::module_ &m);                       // searching.cpp
void bind_dlpack(nb::module_ &m, nb::handle array_class);  // dlpack.cpp
void bind_rearrangement(nb::module_ &m);                   // rearrange.cpp
void bind_indexing(nb::module_ &m);                        // indexing.cpp
void bind_normalization(nb::module_ &m);                   // normalization.cpp
void bind_optimizers(nb::module_ &m);                      // optimizers.cpp
void bind_programs(nb::module_ &m);                        // programs.cpp
void bind_probability(nb::module_ &m);                     // probability.cpp

}  // namespace needle::python
