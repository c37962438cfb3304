"""How long a search may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """The time of a search, over all the commands that it took."""

    seconds: float | None
    """All there is; None: no bound."""
    spent: float
    """Seconds that earlier commands took."""
    clock: Callable[[], float]
    """Seconds since some moment."""
    began: float
    """What it said when this command began."""

    def measure(self) -> float:
        """Seconds that were spent so far."""
        return self.spent + self.clock() - self.began

    def is_over(self, reserve: float = 0.0) -> bool:
        """Whether the time is over, but for some seconds that are reserved; never more than half of all."""
        if self.seconds is None:
            return False
        return self.measure() >= self.seconds - min(reserve, self.seconds / 2)
