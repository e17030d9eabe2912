// What recurrent cells do after their matrix products: gates, states and their gradients in one pass over a row.
#include "cpu/recurrent.h"
#include "cpu/kernels/vectors/vectors.h"
#include "scalar/hyperbolic.h"

namespace needle::cpu {
namespace {

template <class T> const T *in(const void *p) { return static_cast<const T *>(p); }
template <class T> T *out(void *p) { return static_cast<T *>(p); }

template <class T>
void lstm(const void *gates_x, const void *gates_h, const void *c, void *h, void *c_next, void *activations,
          int64_t n) {
    for_each_vector<T>(n, [=](int64_t at, auto part) {
        auto gate = [=](int64_t number) {
            const int64_t place = number * n + at;
            return part.load(in<T>(gates_x) + place, T(0)) + part.load(in<T>(gates_h) + place, T(0));
        };
        const Vector<T> i = scalar::sigmoid(gate(0)), f = scalar::sigmoid(gate(1)), g = scalar::tanh(gate(2)),
                        o = scalar::sigmoid(gate(3));
        const Vector<T> next = f * part.load(in<T>(c) + at, T(0)) + i * g;
        part.store(out<T>(c_next) + at, next);
        part.store(out<T>(h) + at, o * scalar::tanh(next));
        T *saved = out<T>(activations) + at;
        part.store(saved, i);
        part.store(saved + n, f);
        part.store(saved + 2 * n, g);
        part.store(saved + 3 * n, o);
    });
}

template <class T>
void lstm_grad(const void *grad_h, const void *grad_c, const void *activations, const void *c, const void *c_next,
               void *d_gates, void *d_c, int64_t n) {
    for_each_vector<T>(n, [=](int64_t at, auto part) {
        auto load = [=](const void *from, int64_t number = 0) {
            return part.load(in<T>(from) + number * n + at, T(0));
        };
        const Vector<T> i = load(activations, 0), f = load(activations, 1), g = load(activations, 2),
                        o = load(activations, 3), dh = load(grad_h), t = scalar::tanh(load(c_next));
        const Vector<T> dc = load(grad_c) + dh * o * (T(1) - t * t);
        T *to = out<T>(d_gates) + at;
        part.store(to, dc * g * (i * (T(1) - i)));
        part.store(to + n, dc * load(c) * (f * (T(1) - f)));
        part.store(to + 2 * n, dc * i * (T(1) - g * g));
        part.store(to + 3 * n, dh * t * (o * (T(1) - o)));
        part.store(out<T>(d_c) + at, dc * f);
    });
}

template <class T>
void gru(const void *gates_x, const void *gates_h, const void *h, void *h_next, void *activations, int64_t n) {
    for_each_vector<T>(n, [=](int64_t at, auto part) {
        auto x = [=](int64_t number) { return part.load(in<T>(gates_x) + number * n + at, T(0)); };
        auto hidden = [=](int64_t number) { return part.load(in<T>(gates_h) + number * n + at, T(0)); };
        const Vector<T> r = scalar::sigmoid(x(0) + hidden(0)), z = scalar::sigmoid(x(1) + hidden(1)),
                        fresh = scalar::tanh(x(2) + r * hidden(2));
        part.store(out<T>(h_next) + at, fresh + z * (part.load(in<T>(h) + at, T(0)) - fresh));
        T *saved = out<T>(activations) + at;
        part.store(saved, r);
        part.store(saved + n, z);
        part.store(saved + 2 * n, fresh);
    });
}

template <class T>
void gru_grad(const void *grad_, const void *activations, const void *gates_h, const void *h, void *d_gates_x,
              void *d_gates_h, void *d_h, int64_t n) {
    for_each_vector<T>(n, [=](int64_t at, auto part) {
        auto load = [=](const void *from, int64_t number = 0) {
            return part.load(in<T>(from) + number * n + at, T(0));
        };
        const Vector<T> r = load(activations, 0), z = load(activations, 1), fresh = load(activations, 2),
                        grad = load(grad_);
        const Vector<T> d_fresh = grad * (T(1) - z) * (T(1) - fresh * fresh),
                        d_r = d_fresh * load(gates_h, 2) * (r * (T(1) - r)),
                        d_z = grad * (load(h) - fresh) * (z * (T(1) - z));
        T *to_x = out<T>(d_gates_x) + at, *to_h = out<T>(d_gates_h) + at;
        part.store(to_x, d_r);
        part.store(to_x + n, d_z);
        part.store(to_x + 2 * n, d_fresh);
        part.store(to_h, d_r);
        part.store(to_h + n, d_z);
        part.store(to_h + 2 * n, d_fresh * r);
        part.store(out<T>(d_h) + at, grad * z);
    });
}

template <class T> constexpr RecurrentLoops loops_of = {lstm<T>, lstm_grad<T>, gru<T>, gru_grad<T>};

}  // namespace

extern const RecurrentKernels NEEDLE_CAT(recurrent_, NEEDLE_ISA);
const RecurrentKernels NEEDLE_CAT(recurrent_, NEEDLE_ISA) = {{loops_of<float>, loops_of<double>}};

}  // namespace needle::cpu
