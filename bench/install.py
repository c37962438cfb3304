"""What an install costs, in fresh environments: megabytes, packages, seconds.

    python bench/install.py [--python python3.12 ...] [--out record.json]

The wheel is built from this tree. Each environment gets what pip chooses for it from the package index that
it is told to use, within constraints.txt, and nothing from a cache; source packages are refused, so that no
compiler can be needed. Then the environment classifies the example papers.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from processes import describe_machine

from arxonomy.atomic import write_atomic

ROOT = Path(__file__).resolve().parent.parent
PAPERS = ROOT / "examples" / "papers.jsonl"


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this tree."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    return wheel


def measure_install(python: str, wheel: Path, extra: str) -> dict[str, Any]:
    """Install the wheel with an extra, or none, into a new environment, and try it.

    Returns:
        Versions, the bytes of each wheel, those on the disk afterwards, and seconds.
    """
    with tempfile.TemporaryDirectory() as temporary:
        home, wheels = Path(temporary) / "home", Path(temporary) / "wheels"
        subprocess.run([python, "-m", "venv", str(home)], check=True)
        own = home / ("Scripts" if os.name == "nt" else "bin")
        before = count_bytes(home)
        pip = [str(own / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
        wanted = f"{wheel}[{extra}]" if extra else str(wheel)
        settings = ["--only-binary", ":all:", "--constraint", str(ROOT / "constraints.txt")]
        download = time_command([*pip, "download", "--dest", str(wheels), *settings, wanted])
        offline = ["--no-index", "--find-links", str(wheels)]
        install = time_command([*pip, "install", *offline, *settings, wanted])
        command = [str(own / "arxonomy"), "classify", str(PAPERS), "--format", "jsonl"]
        answers = subprocess.run(command, cwd=temporary, check=True, capture_output=True).stdout
        assert len(answers.splitlines()) == len(PAPERS.read_bytes().splitlines())
        version = subprocess.run(
            [str(own / "python"), "-c", "import platform; print(platform.python_version())"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        sizes = {file.name: file.stat().st_size for file in wheels.iterdir()}
        return {
            "python": version,
            "extra": extra,
            "wheels": dict(sorted(sizes.items(), key=lambda item: -item[1])),
            "installed_bytes": count_bytes(home) - before,
            "download": download,
            "install": install,
        }


def time_command(command: list[str]) -> dict[str, float]:
    """Run a command; the seconds of the clock, and those of the processor, which other work adds less to."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_seconds": round(wall, 1), "processor_seconds": round(used, 1)}


def count_bytes(folder: Path) -> int:
    """Count the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def main() -> None:
    """Measure the plain install of each Python, and what the extra `parquet` adds to that of the first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", nargs="+", default=[sys.executable], help="interpreters (default: this)")
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    machine = describe_machine()
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder))
        installs = [measure_install(python, wheel, "") for python in arguments.python]
        installs.append(measure_install(arguments.python[0], wheel, "parquet"))
    text = json.dumps(
        {"command": "python bench/install.py", "machine": machine, "installs": installs}, indent=1
    )
    print(text)
    if arguments.out:
        write_atomic(arguments.out, text + "\n")


if __name__ == "__main__":
    main()
