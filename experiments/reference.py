"""What the reference document says of its labels, for the recipes of its systems, which name none.

The document merges cs.AI and cs.LG, and weighs the classes of each network in the loss.
"""

from __future__ import annotations

from collections.abc import Sequence

from arxonomy.config import Recipe, load_recipe

AMONG = "cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV"
"""As for `--among`."""

CLASS_WEIGHTS = {
    "baseline": "cs.AI-LG=1.0,cs.CL=1.0,cs.CV=1.8",
    "v1": "cs.AI-LG=1.0,cs.CL=2.0,cs.CV=1.8",
    "v2": "cs.AI-LG=1.0,cs.CL=1.5,cs.CV=1.5",
    "v3": "cs.AI-LG=1.0,cs.CL=1.8,cs.CV=1.6",
    "v4-deep": "cs.AI-LG=1.0,cs.CL=2.0,cs.CV=1.8",
}
"""Network -> `training.class_weights`; `experiments/v1.toml` says the same for the command line."""


def load_reference_recipe(name: str, settings: Sequence[str] = ()) -> Recipe:
    """The recipe of a system, or of our own, for the document's labels.

    Args:
        name: A recipe of the package.
        settings: `key=value` settings that override those of the recipe.
    """
    weights = [f"training.class_weights={CLASS_WEIGHTS[name]}"] if name in CLASS_WEIGHTS else []
    return load_recipe(name, [*weights, *settings]).with_labels(AMONG)
