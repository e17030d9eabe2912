// nanobind's function objects cannot be inspected or pickled: inspect.signature() raises for them, and libraries that
// ask an array namespace which arguments its functions take depend on it. So the package puts a builtin function of
// Python's own in the place of each: it has a signature, is pickled by its name and forwards calls as they are.
#include "python/bridge.h"
#include <array>
#include <string>
#include <utility>

namespace needle::python {

namespace {

constexpr size_t most_functions = 512;

struct Builtin {
    PyObject *function = nullptr;  // nanobind's; owned
    std::string name, documentation;
    PyMethodDef definition{};
};
std::array<Builtin, most_functions> builtins;
size_t builtin_count = 0;

// Each builtin has a C function of its own, for nothing else that it is called with says which one it is.
template <size_t i>
PyObject *forward(PyObject *, PyObject *const *arguments, Py_ssize_t count, PyObject *keywords) noexcept {
    const Builtin &builtin = builtins[i];
    if (builtin.function)
        return nb::detail::vectorcall(builtin.function, arguments, static_cast<size_t>(count), keywords);
    PyErr_SetString(PyExc_RuntimeError, "needle_ndarray has been unloaded: the interpreter is ending");
    return nullptr;
}
using Forward = PyObject *(*)(PyObject *, PyObject *const *, Py_ssize_t, PyObject *) noexcept;
template <size_t... i> constexpr std::array<Forward, sizeof...(i)> make_forwards(std::index_sequence<i...>) {
    return {forward<i>...};
}
constexpr auto forwards = make_forwards(std::make_index_sequence<most_functions>());

// "x: ArrayLike, /, *, axis: int | None = None" as "x, /, *, axis=None": what Python reads signatures from.
std::string without_annotations(const std::string &parameters) {
    std::string out, parameter;
    int depth = 0;
    bool annotation = false;
    auto finish = [&] {
        size_t begin = parameter.find_first_not_of(' '), end = parameter.find_last_not_of(' ');
        if (begin == std::string::npos) return;
        if (!out.empty()) out += ", ";
        out += parameter.substr(begin, end - begin + 1);
    };
    for (char c : parameters) {
        depth += c == '[' || c == '(';
        depth -= c == ']' || c == ')';
        if (depth == 0 && c == ',') {
            finish();
            parameter.clear();
            annotation = false;
        } else if (depth == 0 && c == ':') annotation = true;
        else if (depth == 0 && c == '=') {
            annotation = false;
            parameter += c;
        } else if (!annotation && !(c == ' ' && !parameter.empty() && parameter.back() == '=')) parameter += c;
    }
    finish();
    return out;
}

// The text between the brackets of "def name(...) -> result".
std::string parameters_of(const std::string &signature) {
    size_t begin = signature.find('(') + 1, end = begin;
    for (int depth = 1; depth > 0; ++end) depth += (signature[end] == '(') - (signature[end] == ')');
    return signature.substr(begin, end - 1 - begin);
}

void release_builtins(void *) noexcept {
    for (Builtin &builtin : builtins) Py_CLEAR(builtin.function);
}

}  // namespace

void make_builtins(nb::module_ &m) {
    const auto path = nb::cast<std::string>(m.attr("__name__"));
    const size_t dot = path.rfind('.');
    if (dot == std::string::npos) return;
    const nb::str package(path.substr(0, dot).c_str());
    const nb::handle nanobind_function = m.attr("add").type();
    const auto names = nb::steal<nb::list>(PyDict_Keys(nb::object(m.attr("__dict__")).ptr()));
    for (nb::handle key : names) {
        nb::object function = m.attr(key);
        if (!function.type().is(nanobind_function)) continue;
        nb::tuple overloads(function.attr("__nb_signature__"));
        if (overloads.size() != 1) continue;
        if (builtin_count == most_functions) fail(ErrorKind::Value, "make_builtins: too many functions");
        Builtin &builtin = builtins[builtin_count];
        builtin.name = nb::cast<std::string>(key);
        builtin.documentation = builtin.name + "(" +
                                without_annotations(parameters_of(nb::cast<std::string>(overloads[0][0]))) +
                                ")\n--\n\n" + (overloads[0][1].is_none() ? "" : nb::cast<std::string>(overloads[0][1]));
        builtin.definition = {builtin.name.c_str(),
                              reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(forwards[builtin_count])),
                              METH_FASTCALL | METH_KEYWORDS, builtin.documentation.c_str()};
        builtin.function = function.release().ptr();
        m.attr(key) = nb::steal(PyCFunction_NewEx(&builtin.definition, nullptr, package.ptr()));
        ++builtin_count;
    }
    // nanobind's functions are given back when the module is.
    m.attr("_builtins") = nb::capsule(&builtins, release_builtins);
}

}  // namespace needle::python
