"""Only needle_ndarray: creation, broadcasting, views, reductions, linear algebra, random numbers."""

import needle_ndarray as nd

a = nd.reshape(nd.arange(12, dtype=nd.float32), (3, 4))
print(a)

# Slices, transposes and broadcasts are views: writing through one writes into the array that it shows.
a[1, ::-1] = nd.asarray([10.0, 20.0, 30.0, 40.0])
print("after writing a reversed row:\n", a)
print("the transpose has strides", a.T.strides, "instead of", a.strides)

# Shapes broadcast as in NumPy; reductions take axis and keepdims.
print("rows less their means:\n", a - nd.mean(a, axis=1, keepdims=True))

# Matrix products, also of whole batches of matrices.
print("a @ a.T:\n", a @ a.T)
print("a batch of products has the shape", (nd.ones((5, 1, 2, 3)) @ nd.ones((4, 3, 2))).shape)

# A generator gives the same numbers for a seed, on every device and with any number of threads.
points = nd.random.Generator(0).uniform((100_000, 2), -1.0, 1.0)
inside = nd.sum(points * points, axis=1) <= 1.0
print("pi is about", 4 * float(nd.mean(nd.astype(inside, nd.float32))))
