#include "ops/compiled_program.h"
#include "ops/plan.h"
#include <algorithm>
#include <optional>

namespace needle {

namespace {

template <class Op> std::optional<Op> operation_of(const std::string &name, int count) {
    for (int i = 0; i < count; ++i)
        if (name == name_of(static_cast<Op>(i))) return static_cast<Op>(i);
    return std::nullopt;
}
std::optional<DType> dtype_named(const std::string &name) {
    for (int i = 0; i < dtype_count; ++i)
        if (name == name_of(static_cast<DType>(i))) return static_cast<DType>(i);
    return std::nullopt;
}

// A value of the program while it is compiled. Values of float16 and bfloat16 are held as the float32 of the same
// number.
struct Known {
    Place place;
    DType dtype;
    const Scalar *scalar = nullptr;  // of a constant, which has no place yet
};

// Registers are taken by number without limit first; the second pass gives them away again after their last use.
class Compiler {
  public:
    Compiler(const Program &program, const std::vector<DType> &dtypes) : out_(std::make_shared<CompiledProgram>()) {
        out_->dtypes = dtypes;
        for (size_t i = 0; i < dtypes.size(); ++i)
            values_.push_back({{Place::Input, static_cast<int16_t>(i), arithmetic(dtypes[i])}, dtypes[i]});
        for (const Scalar &scalar : program.constants()) values_.push_back({{}, DType::Bool, &scalar});
        for (const Instruction &instruction : program.instructions()) values_.push_back(emit(instruction));
    }

    std::shared_ptr<const CompiledProgram> finish() {
        Known last = values_.back();
        // A result that is no step's, as that of a conversion to the dtype that the value has, becomes one.
        if (out_->steps.empty() || last.place.kind != Place::Register ||
            out_->steps.back().result.index != last.place.index)
            last.place = cast(last.place, last.place.dtype, last.place.dtype);
        out_->result = last.dtype;
        assign_registers();
        return out_;
    }

  private:
    Known emit(const Instruction &instruction) {
        const std::string &name = instruction.name;
        std::vector<Known> operands;
        for (int number : instruction.operands) operands.push_back(values_[static_cast<size_t>(number)]);
        if (std::all_of(operands.begin(), operands.end(), [](const Known &value) { return value.scalar; }))
            fail(ErrorKind::Value, "run_program: " + name + " of constants alone; write its value as the constant");
        if (name == "where") return emit_where(operands);
        if (name == "clip") return emit_clip(operands);
        if (auto dtype = dtype_named(name)) return emit_conversion(operands[0], *dtype);
        if (auto op = operation_of<UnaryOp>(name, unary_count)) return emit_unary(*op, operands[0]);
        return emit_binary(*operation_of<BinaryOp>(name, binary_count), operands[0], operands[1]);
    }

    Known emit_unary(UnaryOp op, const Known &x) {
        const auto plan = plan_of(op, x.dtype);
        Step step{Step::Unary, {}, 1, {convert(x, plan.operands, plan.compute)}, {}};
        step.unary = plan.loop;
        return round(push(step, plan.raw), plan.result);
    }

    Known emit_binary(BinaryOp op, const Known &a, const Known &b) {
        if (op >= BinaryOp::equal && op <= BinaryOp::greater_equal && (a.scalar || b.scalar)) {
            const Scalar &scalar = a.scalar ? *a.scalar : *b.scalar;
            if (auto truth = settled_comparison(op, a.scalar ? b.dtype : a.dtype, scalar, a.scalar))
                return {constant(Scalar{Kind::Bool, *truth, *truth ? 1.0 : 0.0}, DType::Bool), DType::Bool};
        }
        const auto plan = plan_of(op, promoted(a, b));
        if (op == BinaryOp::pow && kind_of(plan.compute) == Kind::Signed) require_exponent(b);
        Step step{Step::Binary,
                  {},
                  2,
                  {convert(a, plan.operands, plan.compute), convert(b, plan.operands, plan.compute)},
                  {}};
        step.binary = plan.loop;
        step.past = cpu::kernels().elementwise->streamed_binary[static_cast<int>(op)][index_of(plan.compute)];
        return round(push(step, plan.raw), plan.result);
    }

    Known emit_where(const std::vector<Known> &operands) {
        const DType dtype = operands[1].scalar && operands[2].scalar
                                ? default_dtype(std::max(operands[1].scalar->kind, operands[2].scalar->kind))
                                : promoted(operands[1], operands[2]);
        const Place condition = convert(operands[0], DType::Bool, DType::Bool);
        Step step{Step::Where, {}, 3, {condition, exactly(operands[1], dtype), exactly(operands[2], dtype)}, {}};
        step.where = cpu::kernels().elementwise->where[log2_itemsize(arithmetic(dtype))];
        return {push(step, arithmetic(dtype)), dtype};
    }

    Known emit_clip(const std::vector<Known> &operands) {
        DType dtype = operands[0].dtype;
        if (operands[0].scalar) fail(ErrorKind::Value, "run_program: clip of a constant; only its limits may be such");
        for (int i = 1; i < 3; ++i)
            dtype =
                operands[i].scalar ? weak_result(dtype, operands[i].scalar->kind) : promote(dtype, operands[i].dtype);
        const auto plan = plan_of_clip(dtype);
        Step step{Step::Clip, {}, 3, {convert(operands[0], plan.operands, plan.compute)}, {}};
        for (int i = 1; i < 3; ++i) {
            Known limit = operands[i];
            const Scalar usable = limit.scalar ? usable_limit(*limit.scalar, i == 1, plan.operands) : Scalar{};
            if (limit.scalar) limit.scalar = &usable;
            step.operands[i] = convert(limit, plan.operands, plan.compute);
        }
        step.clip = plan.loop;
        return round(push(step, plan.raw), plan.result);
    }

    Known emit_conversion(const Known &x, DType dtype) { return {exactly(x, dtype), dtype}; }

    // An integer power needs its exponent's sign before anything is computed.
    void require_exponent(const Known &exponent) {
        if (exponent.scalar && exponent.scalar->integer >= 0) return;
        if (!exponent.scalar && kind_of(exponent.dtype) != Kind::Signed) return;
        fail(ErrorKind::Value, "run_program: pow of signed integers takes a constant exponent that is not negative, or "
                               "one of an unsigned dtype; convert the base to a float dtype first");
    }

    static DType promoted(const Known &a, const Known &b) {
        if (a.scalar) return weak_result(b.dtype, a.scalar->kind);
        return b.scalar ? weak_result(a.dtype, b.scalar->kind) : promote(a.dtype, b.dtype);
    }

    Place constant(const Scalar &scalar, DType dtype) {
        CompiledProgram::Slot stored{}, seen{};
        store_scalar(scalar, dtype, stored.bytes);
        const DType compute = arithmetic(dtype);
        cpu::kernels().elementwise->cast[index_of(dtype)][index_of(compute)](stored.bytes, seen.bytes, 1);
        out_->constants.push_back(seen);
        return {Place::Constant, static_cast<int16_t>(out_->constants.size() - 1), compute};
    }

    // As the loop of an operation sees it: constants are rounded to the dtype that the operands have, arrays are not.
    Place convert(const Known &value, DType operands, DType compute) {
        if (value.scalar) return constant(*value.scalar, operands);
        return cast_where_needed(value.place, compute);
    }

    // Converted for good.
    Place exactly(const Known &value, DType dtype) {
        if (value.scalar) return constant(*value.scalar, dtype);
        if (value.dtype == dtype) return value.place;
        return round(value.place, dtype).place;
    }

    Place cast(Place from, DType kernel_from, DType to) {
        Step step{Step::Cast, {}, 1, {from}, {}};
        step.cast = cpu::kernels().elementwise->cast[index_of(kernel_from)][index_of(to)];
        return push(step, to);
    }
    Place cast_where_needed(Place from, DType to) { return from.dtype == to ? from : cast(from, from.dtype, to); }

    // To a dtype that loops compute in, or to the float32 of the nearest number of one that they do not.
    Known round(Place from, DType dtype) {
        if (!is_storage(dtype)) return {cast_where_needed(from, dtype), dtype};
        return {cast(cast(from, from.dtype, dtype), dtype, arithmetic(dtype)), dtype};
    }

    Place push(Step step, DType dtype) {
        if (out_->steps.size() > 10'000) fail(ErrorKind::Value, "run_program: more than 10000 steps");
        step.result = {Place::Register, static_cast<int16_t>(out_->steps.size()), dtype};
        out_->steps.push_back(step);
        return step.result;
    }

    // Step i has written to register i so far.
    void assign_registers() {
        std::vector<Step> &steps = out_->steps;
        std::vector<int> last_use(steps.size(), -1), given(steps.size(), -1);
        for (int i = 0; i < static_cast<int>(steps.size()); ++i)
            for (int k = 0; k < steps[i].count; ++k)
                if (steps[i].operands[k].kind == Place::Register) last_use[steps[i].operands[k].index] = i;
        last_use.back() = static_cast<int>(steps.size());
        std::vector<int> owner(max_registers, -1);  // which step's result is there
        for (int i = 0; i < static_cast<int>(steps.size()); ++i) {
            // A result never shares the register of an operand, which may be one element for all.
            auto free = std::find_if(owner.begin(), owner.end(), [&](int o) { return o < 0 || last_use[o] < i; });
            if (free == owner.end())
                fail(ErrorKind::Value, "run_program: more than " + std::to_string(max_registers) +
                                           " values are needed at once; run it in parts");
            *free = i;
            given[i] = static_cast<int>(free - owner.begin());
            for (int k = 0; k < steps[i].count; ++k) {
                Place &operand = steps[i].operands[k];
                if (operand.kind == Place::Register) operand.index = static_cast<int16_t>(given[operand.index]);
            }
            steps[i].result.index = static_cast<int16_t>(given[i]);
        }
    }

    std::shared_ptr<CompiledProgram> out_;
    std::vector<Known> values_;
};

}  // namespace

int operand_count(const std::string &name) {
    if (name == "where" || name == "clip") return 3;
    if (operation_of<BinaryOp>(name, binary_count)) return 2;
    return operation_of<UnaryOp>(name, unary_count) || dtype_named(name) ? 1 : 0;
}

std::shared_ptr<const CompiledProgram> compile(const Program &program, const std::vector<DType> &dtypes) {
    return Compiler(program, dtypes).finish();
}

}  // namespace needle
