// Convolution and its two gradients for images whose channels lie beside each other; see docs/design/0010.
#include "cpu/convolution.h"
#include "cpu/kernels.h"
#include "cpu/kernels/convolution/correlation.h"
#include "cpu/kernels/convolution/correlation_planes.h"
#include "cpu/kernels/convolution/depthwise.h"
#include "cpu/kernels/convolution/depthwise_weights.h"
#include "cpu/kernels/convolution/weight_planes.h"
#include "cpu/kernels/convolution/weight_sums.h"

namespace needle::cpu {
namespace {

constexpr int most_shares = 64;

// Runs f(worker, task) for every task. Workers need memory of their own, but not each task; which worker does a task
// changes nothing. As a thread of the pool, a worker begins with a share of neighbouring tasks that is its own, and
// then helps with the others': so it meets images that its own caches hold from the call before, which counts twice
// where cores do not share their last-level cache.
template <class F> void share_out(int64_t tasks, int workers, ParallelFor run, const F &f) {
    struct alignas(64) Share {
        int64_t next, end;
    };
    struct Shares {
        Share shares[most_shares];
        int count;
        const F *f;
    } all;
    all.count = workers < most_shares ? workers : most_shares;
    all.f = &f;
    for (int i = 0; i < all.count; ++i) all.shares[i] = {tasks * i / all.count, tasks * (i + 1) / all.count};
    run(
        workers,
        [](void *context, int64_t worker) {
            Shares &all = *static_cast<Shares *>(context);
            for (int i = 0; i < all.count; ++i) {
                Share &share = all.shares[(worker + i) % all.count];
                for (;;) {
                    const int64_t task = __atomic_fetch_add(&share.next, 1, __ATOMIC_RELAXED);
                    if (task >= share.end) break;
                    (*all.f)(worker, task);
                }
            }
        },
        &all);
}

// Elements rounded up to whole lines of the cache, and one more so that workers' memories do not share their sets.
template <class T> int64_t apart(int64_t elements) {
    constexpr int64_t line = 64 / sizeof(T);
    return (ceil_div(elements, line) + 1) * line;
}

template <class T> struct Piece {
    Correlation<T> correlation;
    WeightsView<T> weights;
};

// Whether the weights of the one correlation are a panel as they are.
template <class T> bool lies_packed(int64_t count, const Correlation<T> &c, const WeightsView<T> &weights) {
    const int64_t width = panel_vectors<T>(c.out_channels, 0) * lanes<T>;
    return count == 1 && c.groups == 1 && c.out_channels == width && weights.out_channel == 1 &&
           weights.channel == width && weights.across == c.channels * width &&
           weights.down == c.across.count * c.channels * width;
}

template <class T> bool is_depthwise(const Correlation<T> &c) {
    return c.channels == 1 && c.out_channels == 1 && c.groups > 1 && c.in.channel == 1;
}

constexpr int64_t pack_task = 32768;  // elements that are packed in one task, about

// `count` correlations, of which none has more outputs or taps than `largest`; `piece(i)` tells number i. They may
// reach beyond the edges where `largest` does not.
template <class T, class F>
void correlate(int64_t count, const Correlation<T> &largest, const F &piece, const Workplace &place) {
    if (is_depthwise(largest)) {
        const int64_t tasks = Depthwise<T>::row_tasks(largest);
        share_out(count * tasks, static_cast<int>(min(place.threads, count * tasks)), place.run,
                  [&](int64_t, int64_t task) {
                      const Piece<T> p = piece(task / tasks);
                      Depthwise<T>(p.correlation, p.weights).run(tasks, task % tasks);
                  });
        return;
    }
    const Blocking<T> blocking(largest);
    const CorrelationPlanes<T> planes(largest);
    const bool in_planes = count == 1 && planes.suits();
    const int64_t panels = largest.groups * panel_count<T>(largest.out_channels);
    const int64_t panel_size = panel_elements<T>(largest.taps(), largest.channels);
    const int64_t packed_size = apart<T>(panels * panel_size);
    const int64_t tasks = in_planes ? planes.tasks() : blocking.tasks(), workers = min(place.threads, count * tasks);
    int64_t patch_elements = in_planes ? planes.elements() : 0;
    for (int64_t i = 0; i < count && !in_planes; ++i)
        patch_elements = max(patch_elements, CorrelationTask<T>::patch_elements(piece(i).correlation, blocking));
    const int64_t patch_size = apart<T>(patch_elements);
    const bool packs = !lies_packed(count, largest, piece(0).weights);
    const int64_t room = (packs ? count * packed_size : 0) + workers * patch_size;
    T *const memory = static_cast<T *>(place.get(place.context, room * static_cast<int64_t>(sizeof(T))));
    T *const packed = memory + workers * patch_size;
    if (packs) {
        const int64_t all = count * panels,
                      tasks = all < ceil_div(all * panel_size, pack_task) ? all : ceil_div(all * panel_size, pack_task);
        share_out(tasks, static_cast<int>(min(place.threads, tasks)), place.run, [&](int64_t, int64_t task) {
            const Range items = part(all, tasks, task);
            for (int64_t i = items.begin; i < items.end; ++i) {
                const Piece<T> p = piece(i / panels);
                pack_weights(p.correlation, p.weights, i % panels, packed + i / panels * packed_size);
            }
        });
    }
    share_out(count * tasks, static_cast<int>(workers), place.run, [&](int64_t worker, int64_t task) {
        if (in_planes) return planes.run(task, packed, memory + worker * patch_size);
        Piece<T> p = piece(task / tasks);
        p.correlation.weights = packs ? packed + task / tasks * packed_size : p.weights.data;
        CorrelationTask<T>(p.correlation, blocking, task % tasks, memory + worker * patch_size).run();
    });
}

template <class T>
void forward(const ConvolutionSizes &s, const ImagesView<const T> &x, const T *weight, T *out, const Workplace &place) {
    const int64_t width = s.groups * s.out_channels;
    Correlation<T> c;
    c.images = s.images, c.groups = s.groups;
    c.in = x;
    c.height = s.in[0], c.width = s.in[1], c.channels = s.channels;
    c.out = out;
    c.out_column = width, c.out_row = s.out[1] * c.out_column, c.out_image = s.out[0] * c.out_row;
    c.rows = s.out[0], c.columns = s.out[1], c.out_channels = s.out_channels;
    c.down = {s.kernel[0], s.stride[0], -s.padding[0], s.dilation[0]};
    c.across = {s.kernel[1], s.stride[1], -s.padding[1], s.dilation[1]};
    const WeightsView<T> weights{weight, s.out_channels, s.kernel[1] * s.channels * width, s.channels * width, width,
                                 1};
    correlate(1, c, [&](int64_t) { return Piece<T>{c, weights}; }, place);
}

// The inputs residue, residue + stride, ... along one axis, which meet the outputs of the same taps.
struct Residue {
    int64_t inputs;       // how many
    Taps taps;            // from these inputs to the outputs
    int64_t last, every;  // the kernel's taps are last, last - every, ...

    Residue(const ConvolutionSizes &s, int axis, int64_t residue) {
        const int64_t stride = s.stride[axis], dilation = s.dilation[axis], reach = residue + s.padding[axis];
        int64_t common = stride;
        for (int64_t rest = dilation; rest != 0;) {
            const int64_t next = common % rest;
            common = rest, rest = next;
        }
        inputs = ceil_div(s.in[axis] - residue, stride);
        every = stride / common;
        taps = {0, 1, 0, dilation / common};
        last = 0;
        for (int64_t tap = min(every, s.kernel[axis]) - 1; tap >= 0; --tap)
            if ((reach - tap * dilation) % stride == 0) {
                taps.count = (s.kernel[axis] - 1 - tap) / every + 1;
                last = tap + (taps.count - 1) * every;
                taps.first = (reach - last * dilation) / stride;
            }
    }
};

// Neighbouring columns whose residues meet the same outputs, each at the tap after that of the one before: their pixels
// lie beside each other, and so do their weights. So they are channels of one pixel, as long as a vector holds them.
template <class T> class Neighbours {
  public:
    Neighbours(const ConvolutionSizes &s, int64_t residues) : count(residues), each(s.groups > 1 || residues > most) {
        if (each) return;
        count = 0;
        for (int64_t residue = 0; residue < residues; ++residue)
            if (residue == 0 || (residue + 1 - begins[count - 1]) * s.channels > lanes<T> || !follows(s, residue))
                begins[count++] = residue;
        begins[count] = residues;
    }
    Range at(int64_t index) const { return each ? Range{index, index + 1} : Range{begins[index], begins[index + 1]}; }
    int64_t widest() const {
        int64_t width = 1;
        for (int64_t i = 0; i < count && !each; ++i) width = max(width, at(i).size());
        return width;
    }

    int64_t count;

  private:
    static bool follows(const ConvolutionSizes &s, int64_t residue) {
        const Residue before(s, 1, residue - 1), own(s, 1, residue);
        return own.inputs == before.inputs && own.taps.count == before.taps.count &&
               (own.taps.count == 0 || (own.taps.first == before.taps.first && own.last == before.last + 1));
    }

    static constexpr int64_t most = 16;
    const bool each;
    int64_t begins[most + 1];
};

template <class T>
void input_grad(const ConvolutionSizes &s, const ImagesView<const T> &grad, const T *weight, T *out,
                const Workplace &place) {
    const int64_t in_width = s.groups * s.channels, out_width = s.groups * s.out_channels;
    const int64_t tap = s.channels * out_width, tap_row = s.kernel[1] * tap;
    // Residues that no input has are left out.
    const int64_t residues_down = min(s.stride[0], s.in[0]);
    const Neighbours<T> neighbours(s, min(s.stride[1], s.in[1]));
    auto piece = [&](int64_t index) {
        const int64_t residue_down = index / neighbours.count;
        const Range columns = neighbours.at(index % neighbours.count);
        const Residue down(s, 0, residue_down), across(s, 1, columns.begin);
        Correlation<T> c;
        c.images = s.images, c.groups = s.groups;
        c.in = grad;
        c.height = s.out[0], c.width = s.out[1], c.channels = s.out_channels;
        c.out = out + (residue_down * s.in[1] + columns.begin) * in_width;
        c.out_column = s.stride[1] * in_width, c.out_row = s.stride[0] * s.in[1] * in_width;
        c.out_image = s.in[0] * s.in[1] * in_width;
        c.rows = down.inputs, c.columns = across.inputs, c.out_channels = columns.size() * s.channels;
        c.down = down.taps, c.across = across.taps;
        return Piece<T>{c, WeightsView<T>{weight + down.last * tap_row + across.last * tap, s.out_channels,
                                          -down.every * tap_row, -across.every * tap, 1, out_width}};
    };
    Correlation<T> largest = piece(0).correlation;
    largest.down.count = ceil_div(s.kernel[0], Residue(s, 0, 0).every);
    largest.across.count = ceil_div(s.kernel[1], Residue(s, 1, 0).every);
    largest.out_channels = neighbours.widest() * s.channels;
    correlate(residues_down * neighbours.count, largest, piece, place);
}

// Adds the sums of the other chunks, which lie one after another, to those of the first.
template <class T> void add_up(T *out, const T *others, int64_t chunks, int64_t size, const Workplace &place) {
    if (chunks == 1) return;
    const int64_t parts = ceil_div(size * chunks, pack_task);
    share_out(parts, static_cast<int>(min(place.threads, parts)), place.run, [&](int64_t, int64_t index) {
        const Range elements = part(size, parts, index);
        for (int64_t chunk = 1; chunk < chunks; ++chunk) {
            const T *from = others + (chunk - 1) * size;
            for (int64_t i = elements.begin; i < elements.end; ++i) out[i] += from[i];
        }
    });
}

template <class T>
void depthwise_weight_grad(const ConvolutionSizes &s, const ImagesView<const T> &grad, const ImagesView<const T> &x,
                           T *out, const Workplace &place) {
    const DepthwiseWeights<T> w(s, grad, x);
    const int64_t room = (w.chunks - 1) * w.size();
    T *const others = static_cast<T *>(place.get(place.context, room * static_cast<int64_t>(sizeof(T))));
    share_out(w.tasks(), static_cast<int>(min(place.threads, w.tasks())), place.run, [&](int64_t, int64_t task) {
        const int64_t chunk = w.chunk(task);
        w.run(task, chunk == 0 ? out : others + (chunk - 1) * w.size());
    });
    add_up(out, others, w.chunks, w.size(), place);
}

template <class T> void planes_weight_grad(const WeightPlanes<T> &w, T *out, const Workplace &place) {
    const int64_t workers = min(place.threads, w.chunks), own = apart<T>(w.elements());
    const int64_t room = workers * own + (w.chunks - 1) * w.size();
    T *const memory = static_cast<T *>(place.get(place.context, room * static_cast<int64_t>(sizeof(T))));
    T *const others = memory + workers * own;
    share_out(w.chunks, static_cast<int>(workers), place.run, [&](int64_t worker, int64_t chunk) {
        w.run(chunk, memory + worker * own, chunk == 0 ? out : others + (chunk - 1) * w.size());
    });
    add_up(out, others, w.chunks, w.size(), place);
}

template <class T>
void weight_grad(const ConvolutionSizes &s, const ImagesView<const T> &grad, const ImagesView<const T> &x, T *out,
                 const Workplace &place) {
    if (s.channels == 1 && s.out_channels == 1 && s.groups > 1 && x.channel == 1 && grad.channel == 1)
        return depthwise_weight_grad(s, grad, x, out, place);
    const WeightPlanes<T> planes(s, grad, x);
    if (planes.suits()) return planes_weight_grad(planes, out, place);
    WeightSums<T> w{s, x, grad, out, nullptr};
    const WeightBlocking<T> blocking(w);
    const int64_t tasks = blocking.tasks(s), workers = min(place.threads, tasks);
    const int64_t x_size = apart<T>(blocking.x_elements(w)), grad_size = apart<T>(blocking.grad_elements(s));
    const int64_t room = workers * (x_size + grad_size) + (blocking.chunks - 1) * w.size();
    T *const memory = static_cast<T *>(place.get(place.context, room * static_cast<int64_t>(sizeof(T))));
    w.partials = memory + workers * (x_size + grad_size);
    share_out(tasks, static_cast<int>(workers), place.run, [&](int64_t worker, int64_t task) {
        T *const own = memory + worker * (x_size + grad_size);
        WeightTask<T>(w, blocking, task, own, own + x_size).run();
    });
    add_up(out, w.partials, blocking.chunks, w.size(), place);
}

template <class T> constexpr ConvolutionLoops<T> loops = {forward<T>, input_grad<T>, weight_grad<T>};

}  // namespace

extern const ConvolutionKernels NEEDLE_CAT(convolution_, NEEDLE_ISA);
const ConvolutionKernels NEEDLE_CAT(convolution_, NEEDLE_ISA) = {loops<float>, loops<double>};

}  // namespace needle::cpu
