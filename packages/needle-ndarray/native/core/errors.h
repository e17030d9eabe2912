// The errors that native code throws; python/bridge.cpp turns each kind into one Python exception.
#pragma once
#include <stdexcept>
#include <string>

namespace needle {

enum class ErrorKind { Shape, DType, Device, Unavailable, Index, Value, Type, Overflow, Memory, Buffer };

class Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string &text) : std::runtime_error(text), kind(kind) {}
    const ErrorKind kind;
};

[[noreturn]] inline void fail(ErrorKind kind, const std::string &text) { throw Error(kind, text); }

}  // namespace needle
