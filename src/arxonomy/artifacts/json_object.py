"""What the facts of runs and bundles have in common: JSON objects."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

JsonObject = dict[str, Any]
"""A JSON object that is kept as it is, such as the scores of a part, which say more in later versions."""

FileName = Annotated[str, Field(pattern=r"^([\w-]+/)?[\w-]+(\.[\w-]+)+$")]
"""A file in a folder, or in one of its folders, and never outside of it."""


def format_json(value: Any, indent: int = 2) -> str:
    """Format JSON with one entry per line, and a list of numbers on one line."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    # A line break is in no string, so that this takes away spaces between numbers alone.
    return re.sub(r"\[\n[-+.\deE,\s]+\]", lambda numbers: "".join(numbers[0].split()), text) + "\n"


class Facts(BaseModel):
    """A JSON object that is written once and read often."""

    model_config = ConfigDict(extra="allow", frozen=True)

    def to_dict(self) -> JsonObject:
        """The JSON object, without the keys that were never set."""
        return self.model_dump(exclude_unset=True)
