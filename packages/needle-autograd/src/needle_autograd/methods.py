"""The operations that read well as methods: `x.exp()` is `ops.exp(x)`, with the same arguments and documentation.

Those whose arguments are written in another way as methods are in `argument_forms`.
"""

from __future__ import annotations

from . import argument_forms, ops
from .value import Value


class OperationMethods(Value):
    """The methods of a Tensor that are operations and nothing else."""

    __slots__ = ()

    add = ops.add
    div = divide = true_divide = ops.divide
    mul = multiply = ops.multiply
    neg = negative = ops.negate
    pow = ops.power
    sub = subtract = ops.subtract

    addcdiv = ops.addcdiv
    addcmul = ops.addcmul
    addmm = addmv = baddbmm = ops.addmm
    allclose = ops.allclose

    abs = absolute = ops.abs
    acos = arccos = ops.acos
    acosh = arccosh = ops.acosh
    asin = arcsin = ops.asin
    asinh = arcsinh = ops.asinh
    astype = ops.astype
    atan = arctan = ops.atan
    atan2 = arctan2 = ops.atan2
    atanh = arctanh = ops.atanh
    bitwise_and = ops.bitwise_and
    bitwise_not = ops.bitwise_not
    bitwise_or = ops.bitwise_or
    bitwise_xor = ops.bitwise_xor
    ceil = ops.ceil
    clip = clamp = ops.clip
    copy = clone = ops.copy
    cos = ops.cos
    cosh = ops.cosh
    deg2rad = ops.deg2rad
    erf = ops.erf
    erfc = ops.erfc
    erfinv = ops.erfinv
    exp = ops.exp
    exp2 = ops.exp2
    expm1 = ops.expm1
    floor = ops.floor
    floor_divide = ops.floor_divide
    fmod = ops.fmod
    frac = ops.frac
    hypot = ops.hypot
    isclose = ops.isclose
    isfinite = ops.isfinite
    isinf = ops.isinf
    isnan = ops.isnan
    lerp = ops.lerp
    log = ops.log
    log10 = ops.log10
    log1p = ops.log1p
    log2 = ops.log2
    logaddexp = ops.logaddexp
    logaddexp2 = ops.logaddexp2
    logical_and = ops.logical_and
    logical_not = ops.logical_not
    logical_or = ops.logical_or
    logical_xor = ops.logical_xor
    logit = ops.logit
    maximum = ops.maximum
    minimum = ops.minimum
    nan_to_num = ops.nan_to_num
    rad2deg = ops.rad2deg
    reciprocal = ops.reciprocal
    relu = ops.relu
    remainder = ops.remainder
    round = ops.round
    rsqrt = ops.rsqrt
    sigmoid = ops.sigmoid
    sign = ops.sign
    sin = ops.sin
    sinc = ops.sinc
    sinh = ops.sinh
    sqrt = ops.sqrt
    square = ops.square
    tan = ops.tan
    tanh = ops.tanh
    trunc = fix = ops.trunc
    xlogy = ops.xlogy

    eq = ops.equal
    ge = greater_equal = ops.greater_equal
    gt = greater = ops.greater
    le = less_equal = ops.less_equal
    lt = less = ops.less
    ne = not_equal = ops.not_equal

    all = ops.all
    any = ops.any
    argmax = ops.argmax
    argmin = ops.argmin
    argsort = ops.argsort
    count_nonzero = ops.count_nonzero
    cumulative_prod = cumprod = ops.cumulative_prod
    cumulative_sum = cumsum = ops.cumulative_sum
    diff = ops.diff
    log_softmax = ops.log_softmax
    logcumsumexp = ops.logcumsumexp
    logsumexp = ops.logsumexp
    max = amax = ops.max
    mean = ops.mean
    median = ops.median
    min = amin = ops.min
    nanmean = ops.nanmean
    nansum = ops.nansum
    norm = ops.norm
    prod = ops.prod
    quantile = ops.quantile
    softmax = ops.softmax
    sort = ops.sort
    std = ops.std
    sum = ops.summation
    topk = ops.topk
    var = ops.var

    broadcast_to = argument_forms.broadcast_to
    chunk = ops.chunk
    diag = ops.diag
    diag_embed = ops.diag_embed
    diagonal = ops.diagonal
    expand = argument_forms.expand
    expand_as = argument_forms.expand_as
    expand_dims = unsqueeze = ops.expand_dims
    flatten = ops.flatten
    flip = ops.flip
    fliplr = ops.fliplr
    flipud = ops.flipud
    moveaxis = movedim = ops.moveaxis
    narrow = ops.narrow
    pad = ops.pad
    permute = argument_forms.permute
    ravel = ops.ravel
    repeat_interleave = ops.repeat
    reshape = view = argument_forms.reshape
    reshape_as = view_as = argument_forms.reshape_as
    roll = ops.roll
    rot90 = ops.rot90
    select = ops.select
    split = unbind = ops.split
    split_with_sizes = ops.split_with_sizes
    squeeze = ops.squeeze
    swapaxes = swapdims = ops.swapaxes
    t = argument_forms.t
    tensor_split = ops.tensor_split
    tile = argument_forms.tile
    trace = ops.trace
    transpose = argument_forms.transpose
    tril = ops.tril
    triu = ops.triu
    unflatten = ops.unflatten

    argwhere = ops.argwhere
    gather = ops.gather
    index_add = ops.index_add
    index_copy = ops.index_copy
    index_fill = ops.index_fill
    index_put = ops.index_put
    index_select = ops.index_select
    masked_fill = ops.masked_fill
    masked_select = ops.masked_select
    put_along_axis = ops.put_along_axis
    scatter = ops.scatter
    scatter_add = ops.scatter_add
    take = ops.take
    take_along_axis = ops.take_along_axis
    take_along_dim = ops.take_along_dim
    where = argument_forms.where

    cholesky = ops.cholesky
    cross = ops.cross
    det = ops.det
    dot = ops.dot
    inner = ops.inner
    inverse = inv = ops.inv
    kron = ops.kron
    logdet = ops.logdet
    matmul = mm = bmm = mv = ops.matmul
    matrix_power = ops.matrix_power
    outer = ops.outer
    slogdet = ops.slogdet
    solve = ops.solve
    tensordot = ops.tensordot
    vdot = ops.vdot
    vecdot = ops.vecdot

    bfloat16 = argument_forms.bfloat16
    bool = argument_forms.boolean
    cpu = argument_forms.cpu
    cuda = argument_forms.cuda
    dim = argument_forms.dim
    double = argument_forms.float64
    float = argument_forms.float32
    half = argument_forms.float16
    int = argument_forms.int32
    long = argument_forms.int64
    numel = nelement = argument_forms.numel
    to = argument_forms.to
    to_device = ops.to_device
    tolist = argument_forms.tolist
    type_as = argument_forms.type_as
