"""Views of a graph and its backward pass for people who want to understand them.

None of them writes `.grad` or changes the graph.
"""

from .drawing import Drawing as Drawing
from .drawing import draw as draw
from .explanation import Explanation as Explanation
from .explanation import NodeReport as NodeReport
from .explanation import explain as explain
