"""Views of a graph and its backward pass for people who want to understand them.

None of them writes `.grad` or changes the graph.
"""

from .drawing import Drawing as Drawing
from .drawing import draw as draw
from .explanation import Explanation as Explanation
from .explanation import NodeReport as NodeReport
from .explanation import explain as explain
from .faults import Fault as Fault
from .op_report import OpReport as OpReport
from .op_report import check as check
from .single_number import Contribution as Contribution
from .single_number import Passage as Passage
from .single_number import Term as Term
from .single_number import Why as Why
from .single_number import why as why
from .stepper import Delivery as Delivery
from .stepper import Step as Step
from .stepper import Stepper as Stepper
from .stepper import steps as steps
