"""What resolvers keep: vectors, histories, responses, result sets and tasks, as BOSS keeps them and in less memory."""

from .baseline import DictResultSets, ModelTasks, ObjectHistory, ObjectResponses
from .contract import Execution, Kept, Reply
from .optimized import ColumnResultSets, PackedHistory, SlotTasks, TextResponses

__all__ = [
    "ColumnResultSets",
    "DictResultSets",
    "Execution",
    "Kept",
    "ModelTasks",
    "ObjectHistory",
    "ObjectResponses",
    "PackedHistory",
    "Reply",
    "SlotTasks",
    "TextResponses",
]
