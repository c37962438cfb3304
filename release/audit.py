"""Asks for known vulnerabilities of the packages in a lock file, and tells "none" from "not asked".

    python release/audit.py locks/server.txt

pip-audit asks PyPI. Where PyPI is a mirror without that service, it skips every package and reports that none
is vulnerable. Exit status: 1 if a vulnerability was found, else 0; the last line says what was asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Audit:
    """What is known of the packages of a lock file."""

    vulnerable: tuple[str, ...]
    """One line per vulnerability: the package, its number, and the versions without it."""
    asked: int
    """Packages that the service knows."""
    skipped: tuple[str, ...]
    """Packages that it could not be asked about, with the reason."""


def read_audit(report: str) -> Audit:
    """Read what `pip-audit --format json` prints."""
    packages = json.loads(report)["dependencies"]
    known = [package for package in packages if "skip_reason" not in package]
    vulnerable = tuple(
        f"{package['name']} {package['version']}: {own['id']}, "
        f"fixed in {', '.join(own['fix_versions']) or 'no version yet'}"
        for package in known
        for own in package["vulns"]
    )
    skipped = tuple(package["skip_reason"] for package in packages if "skip_reason" in package)
    return Audit(vulnerable, len(known), skipped)


def summarize(audit: Audit) -> str:
    """Say what is known, in lines to read; the last one is the result."""
    lines = list(audit.vulnerable)
    if audit.skipped:
        lines.append(f"not asked about {len(audit.skipped)} packages, the first: {audit.skipped[0]}")
    if audit.vulnerable:
        lines.append(f"VULNERABLE: {len(audit.vulnerable)} known in {audit.asked} packages; update them")
    elif not audit.asked:
        lines.append("NOT AUDITED: the service could not be asked about any package; run it elsewhere")
    elif audit.skipped:
        lines.append(f"PARTLY AUDITED: none known in {audit.asked} packages; the others were not asked about")
    else:
        lines.append(f"none known in {audit.asked} packages")
    return "\n".join(lines)


def main() -> None:
    """Ask about the lock file that the command line names."""
    (lock,) = sys.argv[1:]
    options = [
        "--require-hashes",
        "--disable-pip",
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "-r",
        lock,
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", *options], capture_output=True, text=True, check=False
    )
    if not done.stdout.strip():  # no connection at all
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"{reason}\nNOT AUDITED: the service could not be asked; run it elsewhere")
        return
    audit = read_audit(done.stdout)
    print(summarize(audit))
    raise SystemExit(bool(audit.vulnerable))


if __name__ == "__main__":
    main()
