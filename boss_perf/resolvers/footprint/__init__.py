"""What resolvers keep: vectors, histories, responses, result sets and tasks, as BOSS keeps them and in less memory."""

from .baseline import DictResultSets, ModelTasks, ObjectResponses, ProtocolTasks
from .contract import Execution, Kept, Reply
from .optimized import ColumnResultSets, SlotTasks, TextResponses

__all__ = [
    "ColumnResultSets",
    "DictResultSets",
    "Execution",
    "Kept",
    "ModelTasks",
    "ObjectResponses",
    "ProtocolTasks",
    "Reply",
    "SlotTasks",
    "TextResponses",
]
