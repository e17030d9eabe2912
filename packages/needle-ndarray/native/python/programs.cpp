// kernels.Program and kernels.run_program.
#include "python/docs/programs.h"
#include "ops/program.h"
#include "python/functions.h"
#include <algorithm>

namespace needle::python {

using namespace nb::literals;

namespace {

std::vector<Scalar> to_constants(nb::handle constants) {
    std::vector<Scalar> result;
    for (nb::handle constant : constants) {
        Scalar scalar;
        if (!to_scalar(constant.ptr(), scalar))
            fail(ErrorKind::Type,
                 std::string("Program: a constant must be a number, not ") + nb::repr(constant).c_str());
        result.push_back(scalar);
    }
    return result;
}

std::vector<Instruction> to_instructions(nb::handle instructions) {
    std::vector<Instruction> result;
    for (nb::handle entry : instructions) {
        auto refuse = [&] {
            fail(ErrorKind::Value, std::string("Program: an instruction must be a name and the numbers of its "
                                               "operands, as (\"add\", 0, 1), not ") +
                                       nb::repr(entry).c_str());
        };
        if (!PyTuple_Check(entry.ptr()) && !PyList_Check(entry.ptr())) refuse();
        Instruction instruction;
        bool first = true;
        for (nb::handle part : entry) {
            if (first) {
                if (!PyUnicode_Check(part.ptr())) refuse();
                instruction.name = utf8_of(part);
                first = false;
                continue;
            }
            if (!is_index(part) || PyBool_Check(part.ptr())) refuse();
            const int64_t number = to_nearest_index(part, "Program");
            instruction.operands.push_back(static_cast<int>(std::clamp<int64_t>(number, -1, INT32_MAX)));
        }
        if (first) refuse();
        result.push_back(std::move(instruction));
    }
    return result;
}

nb::tuple constants_of(const Program &program) {
    nb::list list;
    for (const Scalar &scalar : program.constants()) {
        if (scalar.kind == Kind::Bool) list.append(nb::bool_(scalar.integer != 0));
        else if (scalar.kind == Kind::Float || scalar.huge) list.append(nb::float_(scalar.real));
        else if (scalar.kind == Kind::Unsigned) list.append(nb::int_(static_cast<uint64_t>(scalar.integer)));
        else list.append(nb::int_(scalar.integer));
    }
    return nb::tuple(list);
}

nb::tuple instructions_of(const Program &program) {
    nb::list list;
    for (const Instruction &instruction : program.instructions()) {
        nb::list entry;
        entry.append(nb::str(instruction.name.c_str()));
        for (int number : instruction.operands) entry.append(nb::int_(number));
        list.append(nb::tuple(entry));
    }
    return nb::tuple(list);
}

ProgramReduction to_reduction(nb::handle name) {
    static constexpr const char *names[] = {"sum", "prod", "max", "min", "any", "all", "mean"};
    const std::string text = nb::isinstance<nb::str>(name) ? utf8_of(name) : nb::repr(name).c_str();
    for (int i = 0; i < 7; ++i)
        if (text == names[i]) return static_cast<ProgramReduction>(i);
    fail(ErrorKind::Value, "run_program: reduce must be \"sum\", \"prod\", \"max\", \"min\", \"any\", \"all\" or "
                           "\"mean\", not " +
                               text);
}

nb::object call_program(const Program &program, nb::args operands, nb::handle reduce, nb::handle axis, bool keepdims,
                        nb::handle out) {
    std::vector<Array> arrays;
    int64_t elements = 0;
    for (nb::handle operand : operands) {
        arrays.push_back(to_array(operand, "run_program"));
        elements = std::max(elements, arrays.back().size());
    }
    const Array *target = to_output(out, "run_program");
    Array result;
    if (reduce.is_none()) {
        if (!axis.is_none() || keepdims)
            fail(ErrorKind::Value, "run_program: axis and keepdims belong to a reduction; name it with reduce=");
        ReleaseGil release(elements);
        result = run_program(program, arrays, target);
    } else {
        const ProgramReduction reduction = to_reduction(reduce);
        const Dims axes = to_axes(axis, program_shape(program, arrays).size(), "run_program");
        ReleaseGil release(elements);
        result = reduce_program(program, arrays, reduction, axes, keepdims, target);
    }
    return target ? nb::borrow(out) : wrap(std::move(result));
}

}  // namespace

void bind_programs(nb::module_ &m) {
    nb::class_<Program>(m, "Program", docs::program)
        .def(
            "__init__",
            [](Program *self, int inputs, nb::handle constants, nb::handle instructions) {
                new (self) Program(inputs, to_constants(constants), to_instructions(instructions));
            },
            "inputs"_a, "constants"_a, "instructions"_a,
            nb::sig("def __init__(self, inputs: int, constants: Sequence[float], instructions: "
                    "Sequence[tuple[str | int, ...]]) -> None"))
        .def_prop_ro("inputs", &Program::inputs, "How many arrays the program takes.")
        .def_prop_ro("constants", &constants_of, nb::sig("def constants(self) -> tuple[float, ...]"),
                     "The numbers, which follow the arrays.")
        .def_prop_ro("instructions", &instructions_of,
                     nb::sig("def instructions(self) -> tuple[tuple[str | int, ...], ...]"),
                     "Names of operations, each with the numbers of its operands.");
    m.def("run_program", &call_program, "program"_a, "arrays"_a, nb::kw_only(), "reduce"_a.none() = nb::none(),
          "axis"_a.none() = nb::none(), "keepdims"_a = false, "out"_a.none() = nb::none(),
          nb::sig("def run_program(program: Program, *arrays: ArrayLike, reduce: str | None = None, axis: int | "
                  "tuple[int, ...] | None = None, keepdims: bool = False, out: NDArray | None = None) -> NDArray"),
          docs::run_program);
}

}  // namespace needle::python
