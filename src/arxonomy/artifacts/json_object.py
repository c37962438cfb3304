"""What the facts of runs and bundles have in common: JSON objects."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

JsonObject = dict[str, Any]
"""A JSON object that is kept as it is, such as the scores of a part, which say more in later versions."""


class Facts(BaseModel):
    """A JSON object that is written once and read often."""

    model_config = ConfigDict(extra="allow", frozen=True)

    def to_dict(self) -> JsonObject:
        """The JSON object, without the keys that were never set."""
        return self.model_dump(exclude_unset=True)
