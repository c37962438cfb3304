"""A diagnosis as text, to read and to paste into a bug report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from arxonomy.doctor.results import Diagnosis, Extra, Folder, Model, Package
from arxonomy.sanitize import clean_for_terminal


def format_diagnosis(found: Diagnosis) -> str:
    """Format a diagnosis as lines of plain text; what is broken comes last, where it is seen."""
    return "\n".join(_list_lines(found))


def _list_lines(found: Diagnosis) -> Iterator[str]:
    machine = found.machine
    yield f"arxonomy {found.version}"
    facts = [
        ("system", machine.system),
        ("python", machine.python),
        ("processor", f"{machine.processor}, cores: {machine.cores} of {machine.all_cores}"),
        ("instructions", " ".join(machine.instructions) or "unknown"),
        ("GPU", machine.gpu or "none that PyTorch sees"),
        *found.environment.items(),
    ]
    yield from _align(facts)
    yield from _make_part("requirements", [_describe_package(own) for own in found.packages])
    yield from _make_part("extras", [_describe_extra(own) for own in found.extras])
    yield from _make_part("models", [row for own in found.models for row in _describe_model(own)])
    yield from _make_part("folders", [_describe_folder(own) for own in found.folders])
    if (speed := found.speed) is not None:
        rate = (
            f"{speed.papers_per_second:,.0f} papers a second, and {speed.milliseconds:.1f} ms for one alone"
        )
        yield from _make_part(
            "speed", [("now", f"{rate} (an invented paper of {speed.words} words, the model above)")]
        )
    yield ""
    if not found.problems:
        yield "no problems"
        return
    yield "problems"
    yield from (f"  {clean_for_terminal(problem)}" for problem in found.problems)


def _make_part(title: str, rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    if rows:
        yield ""
        yield title
        yield from _align(rows)


def _align(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        yield f"  {clean_for_terminal(name):<{width}}  {clean_for_terminal(text)}"


def _describe_package(own: Package) -> tuple[str, str]:
    return own.name, own.fault or own.version or "missing"


def _describe_extra(own: Extra) -> tuple[str, str]:
    if own.state == "installed":
        return own.name, ", ".join(f"{one.name} {one.version}" for one in own.packages)
    lacking = [one.name for one in own.packages if one.version is None]
    lacks = f", without {', '.join(lacking)}" if own.state == "incomplete" else ""
    return own.name, f"{own.state}{lacks}: {own.advice}"


def _describe_model(own: Model) -> Iterator[tuple[str, str]]:
    yield own.name, own.folder
    if own.origin is not None:
        yield "", f"answers: {own.origin}"
    if own.fault is not None:
        yield "", own.fault
        return
    hashed = (
        f"SHA-256 {own.sha256[:16]}, each byte as it was exported" if own.sha256 else "a run, without hashes"
    )
    yield "", f"recipe {own.recipe}, papers until {own.last_month or 'an unknown month'}; {hashed}"
    if own.computed is not None:
        yield "", f"weights stored as {own.weights}, computed by {own.computed}"


def _describe_folder(own: Folder) -> tuple[str, str]:
    state = own.fault or ("can be written to" if own.exists else "is made when it is needed")
    return own.path, f"{state} ({own.purpose})"
