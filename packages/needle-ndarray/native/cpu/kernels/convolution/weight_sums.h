// The gradient of a convolution's weights: for each tap a matrix product that sums over the pixels. The rows of a tile
// are the channels of the input, or those of a row of taps that lie beside each other; its columns are channels of the
// output's gradient; both are read where they lie where that is possible.
//
// The pixels are cut into chunks by sizes only. Each chunk has sums of its own, which are added up in order.
#pragma once
#include "cpu/kernels/convolution/patches.h"
#include "cpu/kernels/convolution/shared_taps.h"

namespace needle::cpu {
namespace {

template <class T> struct WeightSums {
    const ConvolutionSizes &s;
    ImagesView<const T> x, grad;
    T *out;  // chunk 0; the others are in `partials`
    T *partials;

    int64_t row_size() const { return s.groups * s.out_channels; }
    int64_t size() const { return s.kernel[0] * s.kernel[1] * s.channels * row_size(); }
    T *sums(int64_t chunk) const { return chunk == 0 ? out : partials + (chunk - 1) * size(); }
    // The input's row (axis 0) or column (axis 1) that an output meets at a tap.
    int64_t at(int axis, int64_t output, int64_t tap) const {
        return output * s.stride[axis] - s.padding[axis] + tap * s.dilation[axis];
    }
    // The outputs that meet an input at a tap.
    Range meeting(int axis, Range outputs, int64_t tap) const {
        const int64_t first = s.padding[axis] - tap * s.dilation[axis], last = first + s.in[axis] - 1;
        const int64_t begin = first > 0 ? ceil_div(first, s.stride[axis]) : 0;
        const int64_t end = last >= 0 ? last / s.stride[axis] + 1 : 0;
        return {max(outputs.begin, begin), min(outputs.end, end)};
    }
    Range met(int axis, Range outputs, Range taps) const {
        return {at(axis, outputs.begin, taps.begin), at(axis, outputs.end - 1, taps.end - 1) + 1};
    }
};

// Pixels that are summed in one go, twice as many where a pixel of both operands has at most so many bytes: what a tile
// reads of them stays in the first-level cache.
constexpr int64_t pixels_unit = 128, small_pixel = 128;
// Products in one chunk at least; where pixels are copied or fetched ahead, chunks are small, for parts of the weights
// would do that again.
constexpr double chunk_products = 1 << 21, small_chunk_products = 1 << 18;
constexpr double reuse = 64;  // products for each sum of a chunk at least: else adding them up costs
constexpr int64_t most_chunks = 16;
constexpr int64_t few_channels = 32;  // where longer runs are worth a copy

// Pixels so many bytes apart share few sets of the first-level cache; a copy that is a line wider does not. A tile
// passes over the input once, with a line of each pixel, but the two lines of the gradient stay for the next tile.
constexpr int64_t x_crowds = 1024, grad_crowds = 512;
template <class T> constexpr bool crowds(int64_t pixel_stride, int64_t bytes) {
    return pixel_stride * static_cast<int64_t>(sizeof(T)) % bytes == 0;
}

// Whether one tile sums all taps of a 3x3 kernel, whose single rows would be so low that they wait for their sums.
template <class T> bool joins_taps(const ConvolutionSizes &s) {
    const int64_t row = s.kernel[1] * s.channels, vectors = s.out_channels > lanes<T> ? 2 : 1;
    return s.kernel[0] == 3 && s.kernel[1] == 3 && s.dilation[1] == 1 && 3 * row * vectors <= most_joined_sums;
}

// Whether the taps of a row share the inputs that they meet. For more outputs than a vector has lanes, other tiles are
// two vectors wide, and better where there are few channels; or where rows are short and padding does not hide that
// inputs at the edges meet only some of the taps.
template <class T> bool shares_inputs(const ConvolutionSizes &s) {
    constexpr int64_t few = 2 * most_shared_rows, short_row = 24;
    if (s.kernel[1] != shared_taps || s.stride[1] != 1 || s.dilation[1] != 1) return false;
    if (s.out_channels <= lanes<T>) return s.channels > 2;
    return s.channels >= few && (s.padding[1] > 0 || s.out[1] >= short_row);
}

// How the sums are cut: units of pixels, chunks of units, and parts of the weights where there are few chunks.
template <class T> struct WeightBlocking {
    bool by_images;  // the steps of a run are images
    bool copies_x, copies_grad;
    bool merged;  // the taps of a row are one block of rows
    bool joined;  // and the rows of taps are blocks of one tile
    bool shared;  // or the taps of a row are blocks of one tile
    int64_t row_blocks, column_blocks, image_blocks;
    int64_t chunks, tap_parts, panel_parts;
    int64_t x_width, grad_width;  // of a pixel that is copied

    explicit WeightBlocking(const WeightSums<T> &w) {
        const ConvolutionSizes &s = w.s;
        const bool whole = w.grad.channel == 1 && s.out_channels % lanes<T> == 0;
        by_images = s.out[1] < 8 && s.images >= 8 && w.x.channel == 1 && whole;
        const Range columns = w.met(1, {0, s.out[1]}, {0, s.kernel[1]});
        const bool inside = columns.begin >= 0 && columns.end <= s.in[1];
        const bool neighbours = s.kernel[1] > 1 && s.dilation[1] == 1 && !crowds<T>(s.channels, x_crowds);
        const bool few = neighbours && w.x.column != s.channels && s.channels < few_channels;
        shared = !by_images && shares_inputs<T>(s);
        joined = !by_images && !shared && joins_taps<T>(s);
        copies_x = !by_images && (joined || (!shared && (!inside || few)) || (w.x.channel != 1 && s.channels > 1) ||
                                  crowds<T>(w.x.column, x_crowds));
        copies_grad = !by_images && (!whole || crowds<T>(w.grad.column, grad_crowds));
        merged = !by_images && !shared && neighbours && (copies_x || w.x.column == s.channels);
        const int64_t whole_vectors = ceil_div(s.out_channels, lanes<T>) * lanes<T>;
        x_width = s.channels + (crowds<T>(s.channels, x_crowds) ? lanes<T> : 0);
        grad_width = whole_vectors + (crowds<T>(whole_vectors, grad_crowds) ? lanes<T> : 0);
        const bool small = (x_width + grad_width) * static_cast<int64_t>(sizeof(T)) <= small_pixel;
        const int64_t pixels = small ? 2 * pixels_unit : pixels_unit;
        if (by_images) {
            column_blocks = 1;
            row_blocks = ceil_div(s.out[0], max(most_runs / s.out[1], 1));
            image_blocks = ceil_div(s.images, pixels_unit / 4);
        } else {
            column_blocks = ceil_div(s.out[1], pixels);
            row_blocks = ceil_div(s.out[0], clamp(pixels / s.out[1], 1, most_runs));
            image_blocks = s.images;
        }
        const double all = static_cast<double>(s.images * s.out[0] * s.out[1]) * static_cast<double>(w.size());
        const double useful = all / reuse / static_cast<double>(max(w.size(), 1));
        const double most = all / (copies_x || shared ? small_chunk_products : chunk_products);
        const double wanted = most < useful ? most : useful;
        chunks = wanted < 1 ? 1 : wanted > most_chunks ? most_chunks : static_cast<int64_t>(wanted);
        chunks = min(chunks, units());
        const bool split = chunks * s.groups < most_chunks / 2 && all > chunk_products / 2;
        tap_parts = split ? tap_blocks(s) : 1;
        panel_parts = split ? panel_count<T>(s.out_channels) : 1;
    }
    int64_t units() const { return image_blocks * row_blocks * column_blocks; }
    int64_t tap_blocks(const ConvolutionSizes &s) const {
        return joined ? 1 : by_rows() ? s.kernel[0] : s.kernel[0] * s.kernel[1];
    }
    bool by_rows() const { return merged || shared; }  // of taps
    int64_t tasks(const ConvolutionSizes &s) const { return chunks * s.groups * tap_parts * panel_parts; }

    // Elements that a task copies at most.
    int64_t x_elements(const WeightSums<T> &w) const {
        if (!copies_x) return 0;
        const Range rows = w.met(0, {0, ceil_div(w.s.out[0], row_blocks)}, {0, w.s.kernel[0]});
        const Range columns = w.met(1, {0, ceil_div(w.s.out[1], column_blocks)}, {0, w.s.kernel[1]});
        return (joined ? rows.size() : min(rows.size(), w.s.in[0])) * columns.size() * x_width;
    }
    int64_t grad_elements(const ConvolutionSizes &s) const {
        if (!copies_grad) return 0;
        return ceil_div(s.out[0], row_blocks) * ceil_div(s.out[1], column_blocks) * grad_width;
    }
};

template <class T> class WeightTask {
  public:
    WeightTask(const WeightSums<T> &w, const WeightBlocking<T> &blocking, int64_t task, T *x_memory, T *grad_memory)
        : w(w), s(w.s), blocking(blocking), x_memory(x_memory), grad_memory(grad_memory) {
        panels = part(panel_count<T>(s.out_channels), blocking.panel_parts, task % blocking.panel_parts);
        task /= blocking.panel_parts;
        taps = part(blocking.tap_blocks(s), blocking.tap_parts, task % blocking.tap_parts);
        task /= blocking.tap_parts;
        group = task % s.groups;
        chunk = task / s.groups;
    }

    void run() {
        const Range own = part(blocking.units(), blocking.chunks, chunk);
        Unit next = find(own.begin);
        for (int64_t i = own.begin; i < own.end; ++i) {
            unit = next;
            next = find(min(i + 1, own.end - 1));
            x_ahead = x_begin(next) - x_begin(unit), grad_ahead = grad_begin(next) - grad_begin(unit);
            read();
            for (int64_t tap = taps.begin; tap < taps.end; ++tap) sum_tap(tap, i > own.begin);
        }
    }

  private:
    struct Unit {
        Range columns, rows, images;
    };
    Unit find(int64_t i) const {
        return {part(s.out[1], blocking.column_blocks, i % blocking.column_blocks),
                part(s.out[0], blocking.row_blocks, i / blocking.column_blocks % blocking.row_blocks),
                part(s.images, blocking.image_blocks, i / blocking.column_blocks / blocking.row_blocks)};
    }
    // Where the pixels of a unit begin.
    int64_t x_begin(const Unit &u) const {
        return u.images.begin * w.x.image + w.at(0, u.rows.begin, 0) * w.x.row +
               w.at(1, u.columns.begin, 0) * w.x.column;
    }
    int64_t grad_begin(const Unit &u) const {
        return u.images.begin * w.grad.image + u.rows.begin * w.grad.row + u.columns.begin * w.grad.column;
    }

    void read() {
        ImagesView<const T> x = w.x, grad = w.grad;
        x.data += group * s.channels * x.channel;
        grad.data += group * s.out_channels * grad.channel;
        const int64_t taps_row = blocking.by_rows() ? 1 : s.kernel[1];
        const Range down =
            blocking.joined ? Range{0, s.kernel[0]} : Range{taps.begin / taps_row, (taps.end - 1) / taps_row + 1};
        // Each tap row leaves out the outputs that it meets beyond the edge, but together they cannot.
        const Range met = w.met(0, unit.rows, down), met_rows = blocking.joined ? met : met.within(s.in[0]);
        x_patch = {x.data + unit.images.begin * x.image, x.row, x.column};
        if (blocking.copies_x)
            x_patch = copy_patch(x, unit.images.begin, met_rows, w.met(1, unit.columns, {0, s.kernel[1]}), s.in[0],
                                 s.in[1], s.channels, blocking.x_width, x_memory);
        grad_patch = {grad.data + unit.images.begin * grad.image, grad.row, grad.column};
        if (blocking.copies_grad)
            grad_patch = copy_patch(grad, unit.images.begin, unit.rows, unit.columns, s.out[0], s.out[1],
                                    s.out_channels, blocking.grad_width, grad_memory);
    }

    void sum_tap(int64_t tap, bool add) const {
        const int64_t down = blocking.by_rows() ? tap : tap / s.kernel[1];
        const int64_t across = blocking.by_rows() ? 0 : tap % s.kernel[1];
        // Of shared taps the inputs are the steps, and the outputs are where the first tap meets them.
        const Range inputs = w.met(1, unit.columns, {0, s.kernel[1]}).within(s.in[1]);
        const int64_t lead = blocking.shared ? inputs.begin - w.at(1, unit.columns.begin, 0) : 0;
        Run<T> runs[most_runs];
        SharedTaps<T> tile;
        tile.lead = lead, tile.outputs = unit.columns.size();
        tile.runs = runs;
        tile.count = 0;
        const Range met_rows = blocking.joined ? unit.rows : w.meeting(0, unit.rows, down);
        // Other columns are steps of the run, and those of the copy are all there.
        const Range met_columns =
            blocking.by_images ? w.meeting(1, unit.columns, across) : Range{unit.columns.begin, unit.columns.begin + 1};
        for (int64_t row = met_rows.begin; row < met_rows.end; ++row) {
            const T *from = x_patch.data + w.at(0, row, down) * x_patch.row,
                    *by = grad_patch.data + row * grad_patch.row;
            for (int64_t column = met_columns.begin; column < met_columns.end; ++column)
                runs[tile.count++] = {from + w.at(1, column + lead, across) * x_patch.column,
                                      by + (column + lead) * grad_patch.column};
        }
        tile.depth = blocking.by_images ? unit.images.size() : blocking.shared ? inputs.size() : unit.columns.size();
        tile.a_row = 1;
        tile.a_step = blocking.by_images ? w.x.image : s.stride[1] * x_patch.column;
        tile.b_step = blocking.by_images ? w.grad.image : grad_patch.column;
        tile.out_row = w.row_size();
        tile.add = add;
        const int64_t taps_row = s.kernel[1] * s.channels;
        tile.a_block = s.dilation[0] * x_patch.row;
        tile.out_block = (blocking.joined ? taps_row : s.channels) * w.row_size();
        if (!blocking.copies_x && tap == taps.begin) tile.a_ahead = x_ahead;
        if (!blocking.copies_grad && tap == taps.end - 1) tile.b_ahead = grad_ahead;
        T *out = w.sums(chunk) + (down * s.kernel[1] + across) * s.channels * w.row_size() + group * s.out_channels;
        for (int64_t panel = panels.begin; panel < panels.end; ++panel) {
            const int vectors = panel_vectors<T>(s.out_channels, panel);
            tile.columns = min(vectors * lanes<T>, s.out_channels - panel * panel_width<T>);
            tile.b_first = panel * panel_width<T>;
            tile.out = out + panel * panel_width<T>;
            if (blocking.shared)
                for (int v = 0; v < vectors; ++v) {
                    tile.b_first = panel * panel_width<T> + v * lanes<T>;
                    tile.columns = min(lanes<T>, s.out_channels - tile.b_first);
                    tile.out = out + tile.b_first;
                    sum_shared_rows(tile, s.channels);
                }
            else if (blocking.joined) sum_three(tile, vectors, taps_row);
            else sum_rows<T, true>(tile, vectors, blocking.merged ? taps_row : s.channels);
        }
    }

    const WeightSums<T> &w;
    const ConvolutionSizes &s;
    const WeightBlocking<T> &blocking;
    T *const x_memory, *const grad_memory;
    Range panels, taps;
    Unit unit;
    int64_t group, chunk;
    int64_t x_ahead, grad_ahead;  // how far on the next unit lies
    Patch<T> x_patch{}, grad_patch{};
};

}  // namespace
}  // namespace needle::cpu
