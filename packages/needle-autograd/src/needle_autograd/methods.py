"""The operations that read well as methods: `x.exp()` is `ops.exp(x)`, with the same arguments and documentation."""

from __future__ import annotations

from . import ops
from .value import Value


class OperationMethods(Value):
    """The methods of a Tensor that are operations and nothing else."""

    __slots__ = ()

    abs = ops.abs
    acos = arccos = ops.acos
    acosh = arccosh = ops.acosh
    asin = arcsin = ops.asin
    asinh = arcsinh = ops.asinh
    astype = ops.astype
    atan = arctan = ops.atan
    atan2 = arctan2 = ops.atan2
    atanh = arctanh = ops.atanh
    ceil = ops.ceil
    clip = clamp = ops.clip
    cos = ops.cos
    cosh = ops.cosh
    erf = ops.erf
    exp = ops.exp
    exp2 = ops.exp2
    expm1 = ops.expm1
    floor = ops.floor
    floor_divide = ops.floor_divide
    fmod = ops.fmod
    hypot = ops.hypot
    isfinite = ops.isfinite
    isinf = ops.isinf
    isnan = ops.isnan
    log = ops.log
    log10 = ops.log10
    log1p = ops.log1p
    log2 = ops.log2
    logaddexp = ops.logaddexp
    logical_and = ops.logical_and
    logical_not = ops.logical_not
    logical_or = ops.logical_or
    logical_xor = ops.logical_xor
    maximum = ops.maximum
    minimum = ops.minimum
    reciprocal = ops.reciprocal
    relu = ops.relu
    remainder = ops.remainder
    round = ops.round
    rsqrt = ops.rsqrt
    sigmoid = ops.sigmoid
    sign = ops.sign
    sin = ops.sin
    sinh = ops.sinh
    sqrt = ops.sqrt
    square = ops.square
    tan = ops.tan
    tanh = ops.tanh
    trunc = ops.trunc

    eq = ops.equal
    ne = ops.not_equal

    argmax = ops.argmax
    argmin = ops.argmin
    log_softmax = ops.log_softmax
    logsumexp = ops.logsumexp
    max = ops.max
    mean = ops.mean
    min = ops.min
    softmax = ops.softmax
    sum = ops.summation
    var = ops.var

    expand_dims = unsqueeze = ops.expand_dims
    flip = ops.flip
    split = ops.split
    squeeze = ops.squeeze

    take = ops.take

    matmul = ops.matmul
