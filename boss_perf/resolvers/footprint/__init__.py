"""What resolvers keep: responses and tasks, as BOSS keeps them and in less memory."""

from .baseline import ModelTasks, ObjectResponses, ProtocolTasks
from .contract import Execution, Kept, Reply
from .optimized import SlotTasks, TextResponses

__all__ = [
    "Execution",
    "Kept",
    "ModelTasks",
    "ObjectResponses",
    "ProtocolTasks",
    "Reply",
    "SlotTasks",
    "TextResponses",
]
