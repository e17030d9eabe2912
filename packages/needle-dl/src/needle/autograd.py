"""`needle.autograd` is the module object of needle_autograd itself.

So an assignment to `needle.autograd.LAZY_MODE` takes effect, and every class has one identity. The submodules are
aliased as well, lest importing them by this path would load them a second time.
"""

import sys
from typing import TYPE_CHECKING

import needle_autograd

if TYPE_CHECKING:  # a type checker does not see the aliases below
    from needle_autograd import *  # noqa: F403

_real_name = needle_autograd.__name__
for _name, _module in list(sys.modules.items()):
    if _name == _real_name or _name.startswith(f"{_real_name}."):
        sys.modules[_name.replace(_real_name, __name__, 1)] = _module
