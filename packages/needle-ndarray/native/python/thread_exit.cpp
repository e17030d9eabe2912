// Python up to 3.13 ends a daemon thread that asks for the GIL once the interpreter is being finalized by pthread_exit,
// which unwinds the thread's stack. Our frames must not take part in that: their destructors would give back
// references without the GIL, and some of them are noexcept. (Python 3.14 lets such a thread wait for ever.)
//
// The compiler writes the name of the function below into every frame that has anything to do while the stack is
// unwound, so the definition here is asked first, before any destructor runs: it does nothing for ordinary exceptions
// and stops the thread for good where the unwinding is that of an exit.
#include <dlfcn.h>
#include <exception>
#include <unistd.h>
#include <unwind.h>

namespace needle::python {

namespace {

using Personality = _Unwind_Reason_Code (*)(int, _Unwind_Action, _Unwind_Exception_Class, _Unwind_Exception *,
                                            _Unwind_Context *);

Personality library_personality() {
    static const auto found = reinterpret_cast<Personality>(dlsym(RTLD_NEXT, "__gxx_personality_v0"));
    return found;
}

[[noreturn]] void stand_still() {
    for (;;) ::pause();
}

}  // namespace

extern "C" __attribute__((visibility("hidden"))) _Unwind_Reason_Code __gxx_personality_v0(int version,
                                                                                          _Unwind_Action actions,
                                                                                          _Unwind_Exception_Class kind,
                                                                                          _Unwind_Exception *exception,
                                                                                          _Unwind_Context *context) {
    if (actions & _UA_FORCE_UNWIND) stand_still();
    Personality personality = library_personality();
    if (!personality) std::terminate();
    return personality(version, actions, kind, exception, context);
}

}  // namespace needle::python
