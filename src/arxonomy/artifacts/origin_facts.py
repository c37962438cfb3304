"""The facts of what a model was started from, taught by and reads by, besides labels."""

from __future__ import annotations

from arxonomy.artifacts.json_object import Facts


class ModelSource(Facts):
    """A run, or a bundle, that another one was made from."""

    name: str
    """The name of its folder without its path; of cross-fitted teachers that of their recipe."""
    recipe: str
    """The recipe's name."""
    sha256: str
    """The hash of its weights; of a bundle that of all its files."""
    folds: int = 0
    """Of cross-fitted teachers how many there are, each trained without one fold; 0 for a run."""


class UnlabeledInfo(Facts):
    """A file of unlabeled papers."""

    name: str
    """Its name, without its folder."""
    sha256: str
    """The hash of its bytes."""
    papers: int
    """Papers that teachers answered."""


class Origins(Facts):
    """What a model was started from and taught by."""

    init: ModelSource | None = None
    """The run that its weights started from."""
    teachers: tuple[ModelSource, ...] = ()
    """The models whose answers it was trained on."""
    network: ModelSource | None = None
    """The bundle of the network whose features a baseline reads."""
    unlabeled: tuple[UnlabeledInfo, ...] = ()
    """The files of the papers that only these have labeled."""

    def list_origins(self) -> dict[str, str]:
        """What there is of the four: what it was, and its name; empty for labels alone."""
        origins = {}
        if self.init:
            origins["first weights"] = f"those of {self.init.name} (recipe {self.init.recipe})"
        if self.teachers:
            names = (f"{own.name} ({own.folds} folds)" if own.folds else own.name for own in self.teachers)
            origins["teachers"] = ", ".join(names)
        if self.network:
            origins["features"] = f"those of {self.network.name} (recipe {self.network.recipe})"
        if self.unlabeled:
            files = (f"{file.papers:,} of {file.name}" for file in self.unlabeled)
            origins["unlabeled papers"] = ", ".join(files)
        return origins

    def hash_origins(self) -> list[str]:
        """The hashes of everything named here, in order."""
        sources = [*filter(None, [self.init]), *self.teachers, *filter(None, [self.network])]
        return [source.sha256 for source in sources] + [file.sha256 for file in self.unlabeled]
