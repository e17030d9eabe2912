"""Numbers that formulas need, as Python's floats, and the name of a new axis in an index."""

e: float = 2.718281828459045
inf: float = float("inf")
nan: float = float("nan")
newaxis: None = None
pi: float = 3.141592653589793
