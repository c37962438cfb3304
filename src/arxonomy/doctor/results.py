"""What is found: a diagnosis and its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Package:
    """A requirement of Arxonomy, or of one of its extras."""

    name: str
    """Its name in the package registry."""
    wanted: str
    """The versions that work, as in `>=1.26`."""
    version: str | None
    """The installed version; None where it is missing."""
    fault: str | None = None
    """Why the installed one cannot be used; None where it can, or is missing."""
    damaged: bool = False
    """Whether files of it are gone."""


@dataclass(frozen=True)
class Extra:
    """An optional part."""

    name: str
    """Its name."""
    state: Literal["installed", "missing", "incomplete", "broken"]
    """`incomplete`: some packages are missing; `broken`: one of them cannot be used."""
    packages: tuple[Package, ...]
    """What it needs beyond a plain install."""
    advice: str | None
    """The command that installs it; None where nothing is missing."""


@dataclass(frozen=True)
class Machine:
    """Where this runs."""

    system: str
    """The operating system and its version."""
    python: str
    """The version of Python, and the folder of its environment."""
    processor: str
    """The processor's name, or its architecture where the system tells no name."""
    instructions: tuple[str, ...]
    """The vector instructions that NumPy finds, best last; libraries choose among them when they load."""
    cores: int
    """The cores that this process may use."""
    all_cores: int
    """The cores of the machine."""
    gpu: str | None
    """The GPU that PyTorch sees; None without one, or without PyTorch."""


@dataclass(frozen=True)
class Model:
    """A model that can be put in use, or that is named by the environment."""

    name: str
    """Its name."""
    folder: str
    """Where it is."""
    answers: bool
    """Whether it answers where no model is named."""
    origin: str | None = None
    """Why it answers; None where it does not."""
    recipe: str | None = None
    """The recipe's name; None where it cannot be read."""
    last_month: str | None = None
    """The month of the newest paper that it has learned from; None where it does not say."""
    sha256: str | None = None
    """The hash that stands for all of its files; None for a run, and where it cannot be read."""
    weights: str | None = None
    """How its weights are stored: `float32` or `compact`."""
    computed: str | None = None
    """With what, in which precision and on how many threads it is computed; None where it was not loaded."""
    fault: str | None = None
    """Why it cannot be used; None where it can."""


@dataclass(frozen=True)
class Folder:
    """A folder that Arxonomy writes to."""

    purpose: str
    """What is written there."""
    path: str
    """Where it is."""
    exists: bool
    """Whether it is there; it is made when it is needed."""
    fault: str | None = None
    """Why it cannot be written to; None where it can."""


@dataclass(frozen=True)
class Speed:
    """What was measured in this moment, with whatever else this machine had to do."""

    papers: int
    """Invented papers that were classified together."""
    words: int
    """Words of each of them."""
    papers_per_second: float
    """Papers a second, > 0."""
    milliseconds: float
    """Median of the times that one paper alone takes, > 0."""


@dataclass(frozen=True)
class Diagnosis:
    """An installation: what is there, and what is broken."""

    version: str
    """The version of Arxonomy."""
    machine: Machine
    """Where it runs."""
    packages: tuple[Package, ...]
    """The requirements of the plain install."""
    extras: tuple[Extra, ...]
    """The optional parts."""
    models: tuple[Model, ...]
    """The model that answers, and the others that are installed."""
    folders: tuple[Folder, ...]
    """The folders that are written to."""
    environment: dict[str, str]
    """The variables that are set and change what is done; none of them is a secret."""
    speed: Speed | None
    """The speed of this machine; None where no model could be loaded."""
    problems: tuple[str, ...]
    """What is broken, and what to do about it; empty where all is well."""
