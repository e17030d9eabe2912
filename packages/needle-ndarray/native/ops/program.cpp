#include "ops/program.h"
#include "core/parallel.h"
#include "cpu/reduction.h"
#include "cpu/walk.h"
#include "ops/compiled_program.h"
#include "ops/copy.h"
#include "ops/reduce.h"
#include <algorithm>
#include <cstring>
#include <memory>

namespace needle {

namespace {

// What one run of a program needs to know in every block.
struct Run {
    const CompiledProgram &program;
    bool single[max_inputs];  // an array of one element
};

// Elements of one block: every step runs over it before the next one does.
constexpr int64_t block_elements = streamed_elements;
// The same where the arrays are larger than the caches, so that waiting for memory outweighs the calls.
constexpr int64_t past_elements = 128;

// A step with its operands where they are in the first block.
struct Ready {
    const Step *step;
    const char *data[3];
    int64_t by[3];    // elements from one to the next: 0 or 1
    int64_t move[3];  // the same in bytes; 0 where it stays
    char *to;
    bool varies;  // else one element stands for all
};

struct alignas(64) Registers {
    char data[max_registers][block_elements * 8];
    bool varies[max_registers];
    std::vector<Ready> steps;
};

// The elements of a piece that is folded.
struct alignas(64) Piece {
    char data[cpu::piece_elements * 8];
};

// Too large for the stack of a thread that was given a small one.
template <class T> T &own_of_thread() {
    static thread_local std::unique_ptr<T> own;
    if (!own) own.reset(new T);
    return *own;
}

Ready prepare(const Step &step, const Run &run, const char *const *inputs, const int64_t *steps, Registers &registers) {
    Ready ready{&step, {}, {}, {}, registers.data[step.result.index], false};
    for (int k = 0; k < step.count; ++k) {
        const Place &place = step.operands[k];
        if (place.kind == Place::Input) {
            ready.data[k] = inputs[place.index];
            ready.by[k] = steps[place.index];
            ready.move[k] = ready.by[k] * itemsize(place.dtype);
        } else if (place.kind == Place::Register) {
            ready.data[k] = registers.data[place.index];
            ready.by[k] = registers.varies[place.index];
        } else ready.data[k] = run.program.constants[static_cast<size_t>(place.index)].bytes;
        ready.varies |= ready.by[k] != 0;
    }
    registers.varies[step.result.index] = ready.varies;
    if (ready.varies) return ready;
    // pow looks whether its exponent is one for all, which depends on the arrays, and not on the place in them.
    for (int k = 0; k < step.count; ++k) {
        const Place &place = step.operands[k];
        ready.by[k] = place.kind == Place::Register || (place.kind == Place::Input && !run.single[place.index]);
    }
    return ready;
}

// One step on the n elements of a block; where all operands are single elements, so is the result.
void run_step(Ready &ready, char *to, int64_t n) {
    const Step &step = *ready.step;
    const auto &data = ready.data;
    const auto &by = ready.by;
    if (!ready.varies) n = 1;
    switch (step.kind) {
    case Step::Unary:
        step.unary(data[0], to, n);
        break;
    case Step::Cast:
        step.cast(data[0], to, n);
        break;
    case Step::Binary:
        step.binary(data[0], by[0], data[1], by[1], to, n);
        break;
    case Step::Where:
        step.where(reinterpret_cast<const bool *>(data[0]), by[0], data[1], by[1], data[2], by[2], to, n);
        break;
    case Step::Clip:
        step.clip(data[0], by[0], data[1], by[1], data[2], by[2], to, n);
        break;
    }
    for (int k = 0; k < 3; ++k) ready.data[k] += ready.move[k] * n;
}

// The last step's results go straight to `out`, or past the caches: by a loop of its own where there is one, else
// through a block.
template <bool past>
void run_blocks(const void *context, const char *const *inputs, const int64_t *steps, char *out, int64_t n) {
    const Run &run = *static_cast<const Run *>(context);
    const DType raw = arithmetic(run.program.result);
    const auto &kernels = *cpu::kernels().elementwise;
    Registers &registers = own_of_thread<Registers>();
    auto &ready = registers.steps;
    ready.clear();
    for (const Step &step : run.program.steps) ready.push_back(prepare(step, run, inputs, steps, registers));
    Ready &last = ready.back();
    Step streamed = *last.step;
    const bool through_block = past && !(streamed.past && last.varies);
    if (past && !through_block) {
        streamed.binary = streamed.past;
        last.step = &streamed;
    }
    for (int64_t start = 0, count; start < n; start += count) {
        char *target = out + start * itemsize(raw), *to = through_block ? last.to : target;
        const auto beyond_line = static_cast<int64_t>(reinterpret_cast<uintptr_t>(target) & 63);
        count = std::min((past ? past_elements : block_elements) - beyond_line / itemsize(raw),
                         n - start);  // the next block starts a line
        for (size_t i = 0; i + 1 < ready.size(); ++i) run_step(ready[i], ready[i].to, count);
        run_step(last, to, count);
        if (!last.varies) {
            alignas(8) char slot[8];
            memcpy(slot, to, static_cast<size_t>(itemsize(raw)));
            kernels.fill[log2_itemsize(raw)](slot, to, count);
        }
        if (through_block) kernels.stream(to, target, count * itemsize(raw));
    }
}

std::vector<DType> dtypes_of(const std::vector<Array> &arrays) {
    std::vector<DType> dtypes;
    for (const Array &array : arrays) dtypes.push_back(array.dtype);
    return dtypes;
}

// A program with the arrays that it runs on.
class Bound {
  public:
    Bound(const Program &program, const std::vector<Array> &arrays)
        : shape(program_shape(program, arrays)), compiled_(program.compiled(dtypes_of(arrays))), arrays_(arrays),
          layouts_(arrays.size()), run_{*compiled_, {}} {}
    Bound(const Bound &) = delete;
    Bound &operator=(const Bound &) = delete;

    const Dims shape;
    DType result() const { return compiled_->result; }

    // The operands; arrays that overlap the target, but are not it, are copied.
    const Operand *bind(const Array *target) {
        for (size_t i = 0; i < arrays_.size(); ++i) {
            Array &array = arrays_[i];
            if (target && may_overlap(array, *target) && !same_elements(array, *target)) array = copy(array);
            layouts_[i] = broadcast_to(array.layout, shape, "run_program");
            operands_[i] = {array.bytes(), array.dtype, arithmetic(array.dtype), &layouts_[i]};
            run_.single[i] = array.size() == 1;
        }
        return operands_;
    }
    int count() const { return static_cast<int>(arrays_.size()); }
    const Run *context() const { return &run_; }

  private:
    static bool same_elements(const Array &a, const Array &b) {
        return a.bytes() == b.bytes() && a.dtype == b.dtype && a.layout.shape == b.layout.shape &&
               a.layout.strides == b.layout.strides;
    }

    std::shared_ptr<const CompiledProgram> compiled_;
    std::vector<Array> arrays_;
    std::vector<Layout> layouts_;
    Operand operands_[max_inputs];
    Run run_;
};

Array run_bound(Bound &bound, const Array *out) {
    if (out) require_target(*out, bound.shape, bound.result(), "run_program");
    const Array target = out ? *out : empty(bound.shape, bound.result(), Device{});
    const Operand *inputs = bound.bind(out);
    iterate(bound.shape, inputs, bound.count(),
            {target.bytes(), target.dtype, arithmetic(bound.result()), &target.layout}, run_blocks<false>,
            bound.context(), run_blocks<true>);
    return target;
}

// Whether `axes` are the last ones, so that what is folded to one result is computed one after the other.
bool are_last(const Dims &axes, int ndim) {
    for (int i = 0; i < axes.size(); ++i)
        if (axes[i] != ndim - axes.size() + i) return false;
    return axes.size() > 0;
}

// Folds n elements of one piece to one result, as a reduction of an array does.
void fold_piece(cpu::FoldLoop fold, const char *from, DType dtype, int64_t n, char *out, DType accumulate_in) {
    if (dtype == accumulate_in) return fold(from, n, out);
    const auto cast = cpu::kernels().elementwise->cast[index_of(dtype)][index_of(accumulate_in)];
    const int size = itemsize(accumulate_in);
    alignas(64) char block[buffer_elements * 8], partials[cpu::piece_elements / buffer_elements * 8];
    int64_t blocks = 0;
    for (int64_t start = 0; start < n; start += buffer_elements) {
        const int64_t count = std::min(buffer_elements, n - start);
        cast(from + start * itemsize(dtype), block, count);
        fold(block, count, partials + blocks++ * size);
    }
    fold(partials, blocks, out);
}

// Folds the result's rows of `length` elements in the pieces that a reduction of it would have, each computed in the
// cache and folded there.
Array fold_rows(Bound &bound, ReduceOp op, int64_t rows, int64_t length, DType accumulate_in) {
    const DType dtype = bound.result();
    const Layout layout = Layout::contiguous(bound.shape);
    const Operand *inputs = bound.bind(nullptr);
    const Walk walk(bound.shape, inputs, bound.count(), {nullptr, dtype, arithmetic(dtype), &layout}, run_blocks<false>,
                    bound.context());
    const auto fold = cpu::kernels().reduce->fold[static_cast<int>(op)][index_of(accumulate_in)];
    const int size = itemsize(accumulate_in);
    const int64_t piece = cpu::piece_elements, pieces = (length + piece - 1) / piece;
    Array totals = empty(Dims{rows}, accumulate_in, Device{});
    Array partials = pieces > 1 ? empty(Dims{rows, pieces}, accumulate_in, Device{}) : totals;
    const int64_t together = pieces > 1 ? 1 : std::max<int64_t>(1, piece / length);  // rows in one task
    parallel_for((rows + together - 1) / together * pieces, [&](int64_t task) {
        const int64_t row = task / pieces * together, count = std::min(together, rows - row);
        const int64_t first = task % pieces * piece, n = std::min(length - first, piece);
        char *block = own_of_thread<Piece>().data;
        const int64_t start = row * length + first;
        evaluate(walk, start, start + count * n, block);
        for (int64_t i = 0; i < count; ++i)
            fold_piece(fold, block + i * n * itemsize(dtype), dtype, n,
                       partials.bytes() + ((row + i) * pieces + task % pieces) * size, accumulate_in);
    });
    for (int64_t row = 0; row < rows && pieces > 1; ++row)
        fold(partials.bytes() + row * pieces * size, pieces, totals.bytes() + row * size);
    // The largest or smallest of bytes that others wrote: any but 0 is true.
    if (accumulate_in == DType::Bool)
        cpu::kernels().elementwise->cast[index_of(DType::Bool)][index_of(DType::Bool)](totals.bytes(), totals.bytes(),
                                                                                       rows);
    return totals;
}

}  // namespace

Program::Program(int inputs, std::vector<Scalar> constants, std::vector<Instruction> instructions)
    : inputs_(inputs), constants_(std::move(constants)), instructions_(std::move(instructions)) {
    auto refuse = [](const std::string &why) { fail(ErrorKind::Value, "Program: " + why); };
    if (inputs < 1 || inputs > max_inputs)
        refuse("takes from 1 to " + std::to_string(max_inputs) + " arrays, not " + std::to_string(inputs));
    if (instructions_.empty()) refuse("has no instruction, so there is nothing to compute");
    if (instructions_.size() > 10'000 || constants_.size() > 10'000) refuse("more than 10000 entries");
    const size_t before = static_cast<size_t>(inputs) + constants_.size();
    for (size_t i = 0; i < instructions_.size(); ++i) {
        const Instruction &instruction = instructions_[i];
        const std::string where = "instruction " + std::to_string(i) + " (" + instruction.name + ")";
        const int expected = operand_count(instruction.name);
        if (expected == 0)
            refuse(where + ": there is no such operation; expected the name of an elementwise function, \"where\", "
                           "\"clip\" or a dtype");
        if (instruction.operands.size() != static_cast<size_t>(expected))
            refuse(where + " takes " + std::to_string(expected) + " operands, not " +
                   std::to_string(instruction.operands.size()));
        for (int number : instruction.operands)
            if (number < 0 || static_cast<size_t>(number) >= before + i)
                refuse(where + " refers to value " + std::to_string(number) + ", but only 0 to " +
                       std::to_string(before + i - 1) + " exist there");
    }
}

std::shared_ptr<const CompiledProgram> Program::compiled(const std::vector<DType> &dtypes) const {
    auto last = std::atomic_load(&last_);
    if (last && last->dtypes == dtypes) return last;
    last = compile(*this, dtypes);
    std::atomic_store(&last_, last);
    return last;
}

Dims program_shape(const Program &program, const std::vector<Array> &arrays) {
    if (arrays.size() != static_cast<size_t>(program.inputs()))
        fail(ErrorKind::Value, "run_program: the program takes " + std::to_string(program.inputs()) + " arrays, not " +
                                   std::to_string(arrays.size()));
    Dims shape = arrays[0].shape();
    for (const Array &array : arrays) {
        require_cpu(array, "run_program");
        if (array.shape() != shape) shape = broadcast_shapes(shape, array.shape(), "run_program");
    }
    return shape;
}

Array run_program(const Program &program, const std::vector<Array> &arrays, const Array *out) {
    Bound bound(program, arrays);
    return run_bound(bound, out);
}

Array reduce_program(const Program &program, const std::vector<Array> &arrays, ProgramReduction reduction,
                     const Dims &axes, bool keepdims, const Array *out) {
    Bound bound(program, arrays);
    const bool is_mean = reduction == ProgramReduction::mean;
    const auto op = is_mean ? ReduceOp::sum : static_cast<ReduceOp>(reduction);
    const int64_t total = element_count(bound.shape);
    if (total <= cpu::piece_elements || !are_last(axes, bound.shape.size())) {
        const Array whole = run_bound(bound, nullptr);
        return is_mean ? mean(whole, axes, keepdims, out) : reduce(op, whole, axes, keepdims, std::nullopt, out);
    }
    const ReductionPlan plan = is_mean ? plan_of_mean(bound.result()) : plan_of(op, bound.result());
    const Dims shape = reduced_shape(bound.shape, axes, keepdims);
    if (out) require_target(*out, shape, plan.result, is_mean ? "mean" : name_of(op));
    const int64_t rows = element_count(shape), length = total / rows;
    Array totals = fold_rows(bound, op, rows, length, plan.accumulate);
    totals = astype(totals.view(Layout::contiguous(shape)), plan.within);
    if (is_mean) {
        const Scalar count{Kind::Float, length, static_cast<double>(length)};
        binary(BinaryOp::divide, totals, count, &totals);
    }
    return deliver(totals, plan.result, out);
}

}  // namespace needle
