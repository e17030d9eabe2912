// A program with the loops and registers that arrays of certain dtypes need.
#pragma once
#include "cpu/kernels.h"
#include "ops/program.h"

namespace needle {

constexpr int max_registers = 32;

// Where an operand is: an array of the program, a constant, or a register.
struct Place {
    enum Kind : uint8_t { Input, Constant, Register } kind;
    int16_t index;
    DType dtype;  // as the loops see it
};

struct Step {
    enum Kind : uint8_t { Unary, Binary, Where, Clip, Cast } kind;
    union {
        cpu::UnaryLoop unary;
        cpu::BinaryLoop binary;
        cpu::WhereLoop where;
        cpu::ClipLoop clip;
        cpu::CastLoop cast;
    };
    int count;  // of operands
    Place operands[3];
    Place result;                    // a register
    cpu::BinaryLoop past = nullptr;  // of a binary step: its loop past the caches, where there is one
};

struct CompiledProgram {
    std::vector<DType> dtypes;  // of the arrays
    std::vector<Step> steps;    // the last one gives the result
    struct alignas(8) Slot {
        char bytes[8];
    };
    std::vector<Slot> constants;
    DType result;  // the loops give arithmetic() of it, rounded as it is
};

std::shared_ptr<const CompiledProgram> compile(const Program &program, const std::vector<DType> &dtypes);

// What instructions may be called, and how many operands each has; 0 for an unknown name.
int operand_count(const std::string &name);

}  // namespace needle
