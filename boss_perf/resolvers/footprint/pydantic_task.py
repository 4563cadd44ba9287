"""A task as BOSS models it. Imported only when asked for: nothing else here needs pydantic."""

from datetime import datetime
from typing import Any

try:
    from pydantic import BaseModel, Field
except ImportError as missing:
    raise ImportError("the baseline keeps tasks as pydantic models: pip install pydantic") from missing


class PydanticTaskMetadata(BaseModel):
    """Who owns a task and how long it lives."""

    owner: str
    priority: float
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
    tags: list[str] = Field(default_factory=list)
    max_retries: int = 3
    retry_count: int = 0


class PydanticTask(BaseModel):
    """Five containers and a model in a model."""

    id: str
    name: str
    description: str = ""
    status: str
    input_data: dict[str, Any] = Field(default_factory=dict)
    metadata: PydanticTaskMetadata
    context: dict[str, Any] = Field(default_factory=dict)
    history: list[dict[str, Any]] = Field(default_factory=list)
    errors: list[dict[str, Any]] = Field(default_factory=list)
    results: list[dict[str, Any]] = Field(default_factory=list)

    @classmethod
    def of(cls, fields: dict[str, Any]) -> "PydanticTask":
        """The task with these fields."""
        owned = {name: fields[name] for name in ("owner", "priority", "created_at")}
        metadata = PydanticTaskMetadata(**owned, updated_at=fields["created_at"])
        own = {name: value for name, value in fields.items() if name not in owned}
        return cls(**own, metadata=metadata)

    def fields(self) -> dict[str, Any]:
        """The fields it was made from."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "status": self.status,
            "input_data": self.input_data,
            "owner": self.metadata.owner,
            "priority": self.metadata.priority,
            "created_at": self.metadata.created_at,
            "history": self.history,
            "results": self.results,
            "context": self.context,
            "errors": self.errors,
        }
