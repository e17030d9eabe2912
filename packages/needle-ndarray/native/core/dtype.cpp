#include "core/dtype.h"
#include "core/errors.h"

namespace needle {

void refuse_storage(DType dtype) {
    fail(ErrorKind::DType, std::string(name_of(dtype)) +
                               " is a dtype to store numbers in, which this operation does not compute in; convert "
                               "first, for instance x.astype(\"float32\")");
}

DType promote(DType a, DType b) {
    if (a == b) return a;
    if (is_storage(a) && is_storage(b)) return DType::Float32;
    Kind kind_a = kind_of(a), kind_b = kind_of(b);
    if (kind_a == kind_b) return itemsize(a) >= itemsize(b) ? a : b;
    if (kind_a > kind_b) return promote(b, a);
    // Now kind_a < kind_b in the order bool, signed, unsigned, float.
    if (kind_a == Kind::Bool || kind_b == Kind::Float) return b;
    if (itemsize(a) > itemsize(b)) return a;  // a wider signed integer holds every value of the unsigned one
    switch (itemsize(b)) {
    case 1:
        return DType::Int16;
    case 2:
        return DType::Int32;
    case 4:
        return DType::Int64;
    }
    fail(ErrorKind::DType, std::string("no integer dtype holds both ") + name_of(a) + " and " + name_of(b) +
                               "; convert one of the arrays first, for instance x.astype(\"int64\")");
}

}  // namespace needle
