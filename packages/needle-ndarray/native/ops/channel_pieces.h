// Arrays (N, ..., C) by channels, in pieces for the threads.
#pragma once
#include "core/array.h"
#include "cpu/axes.h"
#include "cpu/normalization.h"
#include <algorithm>

namespace needle {

// Runs of a channel shorter than this are not worth a loop each.
constexpr int64_t short_run = 16;

// Either the elements of each channel lie in runs (as in images whose channels are planes), or the channels lie side by
// side in rows.
struct Channels {
    cpu::Axes around;
    int64_t count, stride;

    explicit Channels(const Layout &x) : count(x.shape[x.ndim() - 1]), stride(x.strides[x.ndim() - 1]) {
        for (int axis = 0; axis < x.ndim() - 1; ++axis) around.add(x.shape[axis], x.strides[axis]);
    }
    bool in_runs() const { return around.inner_stride() == 1 && around.inner_size() >= short_run; }
    bool in_rows() const { return (stride == 1 || count == 1) && around.ndim <= 1; }
    // Whether runs, or rows, of the other are such of this, too.
    bool have_runs_of(const Channels &other) const {
        return in_runs() && around.inner_size() % other.around.inner_size() == 0;
    }
};

// Each piece is some runs of one channel, or some rows of all.
struct Pieces {
    Channels channels;
    bool runs;
    int64_t length, outer, of_channel;

    explicit Pieces(const Array &x) : channels(x.layout), runs(channels.in_runs()) {
        length = runs ? channels.around.inner_size() : std::max<int64_t>(channels.count, 1);
        outer = runs ? channels.around.total / length : channels.around.total;
        per_piece_ = std::max<int64_t>(1, task_elements / length);
        of_channel = (outer + per_piece_ - 1) / per_piece_;
    }

    // One for each channel and piece of it, all channels of a piece side by side.
    int64_t results() const { return of_channel * channels.count; }
    // f(result) for each piece of a channel.
    template <class F> void for_each_result_of(int64_t channel, F f) const {
        for (int64_t part = 0; part < of_channel; ++part) f(static_cast<size_t>(part * channels.count + channel));
    }

    // step.runs(first channel, channels, first run, runs, first result) or step.rows(first row, rows, first result) for
    // every piece.
    template <class Step> void run(Step &&step) const {
        if (runs && of_channel == 1)
            return run_channels(
                [&](int64_t channel, int64_t together) { step.runs(channel, together, 0, outer, channel); });
        cpu::run_tasks(of_channel * (runs ? channels.count : 1), elements(), [&](int64_t task) {
            const int64_t part = task % of_channel, channel = task / of_channel;
            const int64_t first = part * per_piece_, n = std::min(per_piece_, outer - first);
            if (runs) step.runs(channel, 1, first, n, part * channels.count + channel);
            else step.rows(first, n, part * channels.count);
        });
    }

    // The same with one step, finish(channel) for every channel, and another step. Channels of one piece go through all
    // three together: so the other step finds in the cache what the first has read.
    template <class First, class F, class Second> void run(First &step, F finish, Second &&other) const {
        if (runs && of_channel == 1)
            return run_channels([&](int64_t channel, int64_t together) {
                step.runs(channel, together, 0, outer, channel);
                for (int64_t c = channel; c < channel + together; ++c) finish(c);
                other.runs(channel, together, 0, outer, channel);
            });
        run(step);
        for (int64_t channel = 0; channel < channels.count; ++channel) finish(channel);
        run(other);
    }

  private:
    int64_t elements() const { return channels.around.total * channels.count; }

    // f(first channel, channels). Where runs are short, those of some neighbouring channels are taken one after the
    // other, in the order of memory: the runs of one channel lie far apart, and took up to a half more time alone.
    template <class F> void run_channels(F f) const {
        constexpr int64_t elements_together = 1536;
        const int64_t of_task = std::max<int64_t>(1, task_elements / (outer * length)),
                      together = std::clamp<int64_t>(elements_together / length, 1, cpu::most_channels);
        cpu::run_tasks((channels.count + of_task - 1) / of_task, elements(), [&](int64_t task) {
            const int64_t end = std::min(channels.count, (task + 1) * of_task);
            for (int64_t c = task * of_task; c < end; c += together) f(c, std::min(together, end - c));
        });
    }

    int64_t per_piece_;
};

// Where the runs or rows of pieces lie in an array.
class PieceReader {
  public:
    PieceReader(const Array &x, const Pieces &pieces)
        : channels_(x.layout), data_(x.bytes()), size_(itemsize(x.dtype)), length_(pieces.length) {
        const cpu::Axes &around = channels_.around;
        if (around.inner_size() > length_) even_ = around.inner_size() / length_, spacing_ = length_;
        else if (around.ndim > 1) even_ = around.shape[around.ndim - 2], spacing_ = around.strides[around.ndim - 2];
    }

    char *run(int64_t channel, int64_t index) const {
        return data_ + (channels_.around.offset(index * length_) + channel * channels_.stride) * size_;
    }
    cpu::Runs runs(int64_t channel, int64_t index) const { return {run(channel, index), spacing_, channels_.stride}; }
    // Runs lie so many elements apart, up to but not including the end of those that do so from `index` on.
    int64_t run_spacing() const { return spacing_; }
    int64_t end_of_even_runs(int64_t index) const { return (index / even_ + 1) * even_; }

    char *row(int64_t index) const { return data_ + index * row_stride() * size_; }
    int64_t row_stride() const { return channels_.around.inner_stride(); }

  private:
    Channels channels_;
    char *data_;
    int64_t size_, length_, even_ = 1, spacing_ = 0;
};

// f(first run, runs) for groups of the n runs from `first` on that lie evenly apart for all readers.
template <class F, class... Readers>
void for_each_even_group(int64_t first, int64_t n, F f, const Readers &...readers) {
    for (const int64_t end = first + n; first < end;) {
        const int64_t next = std::min({end, readers.end_of_even_runs(first)...});
        f(first, next - first);
        first = next;
    }
}

}  // namespace needle
