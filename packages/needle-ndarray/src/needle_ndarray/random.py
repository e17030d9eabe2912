"""Random arrays.

A `Generator` made from a seed gives the same numbers on every run, for every number of threads; its state can be saved
and restored. The generator is Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).

Example:
    >>> from needle_ndarray.random import Generator
    >>> generator = Generator(0)
    >>> generator.uniform((2, 3)).shape
    (2, 3)
"""

from ._core import Generator as Generator
