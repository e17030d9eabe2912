// Every elementwise scalar function, once, for the C++ and the CUDA compiler. lists.h names them.
#pragma once
#include "scalar/arithmetic.h"
#include "scalar/convert.h"
#include "scalar/division.h"
#include "scalar/error_function.h"
#include "scalar/exponential.h"
#include "scalar/hyperbolic.h"
#include "scalar/inverse_trigonometric.h"
#include "scalar/logarithm.h"
#include "scalar/magnitudes.h"
#include "scalar/power.h"
#include "scalar/trigonometric.h"
