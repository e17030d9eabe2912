// Programs of elementwise operations, run over blocks that stay in the first-level cache: no value between the arrays
// that go in and the one that comes out is ever an array.
//
// Values are numbered: first the arrays, then the constants, then the results of the instructions, of which the last
// one is the program's. Every instruction follows the rules of the operation of its name (promotion, weak scalars,
// rounding of float16 and bfloat16), so that a program gives the bits that the operations give one after the other.
#pragma once
#include "ops/elementwise.h"
#include <memory>
#include <string>
#include <vector>

namespace needle {

struct Instruction {
    std::string name;           // of an operation, "where", "clip", or a dtype to convert to
    std::vector<int> operands;  // numbers of values
};

struct CompiledProgram;

class Program {
  public:
    // Throws Error(Value) for what is no program: unknown names, numbers of operands that do not fit, values that do
    // not exist yet.
    Program(int inputs, std::vector<Scalar> constants, std::vector<Instruction> instructions);

    int inputs() const { return inputs_; }
    const std::vector<Scalar> &constants() const { return constants_; }
    const std::vector<Instruction> &instructions() const { return instructions_; }

    // With the loops for arrays of these dtypes; the last of them is kept. Throws Error(DType) as the operations do.
    std::shared_ptr<const CompiledProgram> compiled(const std::vector<DType> &dtypes) const;

  private:
    int inputs_;
    std::vector<Scalar> constants_;
    std::vector<Instruction> instructions_;
    mutable std::shared_ptr<const CompiledProgram> last_;
};

// One array for every input, of shapes that broadcast to the result's.
Array run_program(const Program &program, const std::vector<Array> &arrays, const Array *out = nullptr);

// The result folded over axes (sorted) without ever being an array, where the axes are the last ones. The bits are
// those of the reduction of the result.
enum class ProgramReduction { sum, prod, max, min, any, all, mean };
Array reduce_program(const Program &program, const std::vector<Array> &arrays, ProgramReduction reduction,
                     const Dims &axes, bool keepdims, const Array *out = nullptr);

// The shape that the program's result has.
Dims program_shape(const Program &program, const std::vector<Array> &arrays);

}  // namespace needle
