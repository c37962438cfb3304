"""Writes the software bill of materials (SBOM) of a release, as CycloneDX JSON.

    python release/sbom.py dist/*.whl --lock locks/server.txt --out dist/arxonomy.cdx.json

It lists the wheel with its hash, the model inside of it with the hash of its weights, and every package of
the lock file with the hashes of its files. The same wheel and lock file give the same bytes. What the
validator of CycloneDX refuses is not written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

BUNDLED = "arxonomy/bundled"

Json = dict[str, Any]


def make_sbom(wheel: Path, lock: Path) -> Json:
    """Make the bill of materials of a wheel and of the packages of a lock file."""
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", str(lock), "--sv", "1.6"]
    done = subprocess.run([*command, "--output-reproducible"], capture_output=True, text=True, check=True)
    sbom: Json = json.loads(done.stdout)
    for component in sbom["components"]:
        component["bom-ref"] = component["purl"]  # not a line number of the lock file
        del component["description"]  # the line itself, of which all parts are fields
    own, model = describe_wheel(wheel), describe_model(wheel)
    packages = [component["bom-ref"] for component in sbom["components"]]
    sbom["metadata"]["component"] = own
    sbom["components"].insert(0, model)
    sbom["dependencies"] = [
        {"ref": own["bom-ref"], "dependsOn": sorted([model["bom-ref"], *packages])},
        *({"ref": name} for name in sorted([model["bom-ref"], *packages])),
    ]
    return sbom


def describe_wheel(wheel: Path) -> Json:
    """Describe a wheel by its metadata and its hash."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(name))
    purl = f"pkg:pypi/{metadata['Name']}@{metadata['Version']}"
    return {
        "type": "application",
        "bom-ref": purl,
        "name": metadata["Name"],
        "version": metadata["Version"],
        "description": metadata["Summary"],
        "licenses": [{"license": {"id": metadata["License-Expression"]}}],
        "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}],
    }


def describe_model(wheel: Path) -> Json:
    """Describe the model in a wheel; the hash is that of its weights."""
    with zipfile.ZipFile(wheel) as archive:
        manifest = json.loads(archive.read(f"{BUNDLED}/bundle.json"))
        weights = hashlib.sha256(archive.read(f"{BUNDLED}/model.safetensors")).hexdigest()
    if weights != manifest["files"]["model.safetensors"]:
        raise SystemExit(
            f"{wheel}: expected the weights that bundle.json lists, found others; build it again"
        )
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{manifest['sha256']}",
        "name": f"arxonomy/{manifest['recipe']}",
        "version": manifest["sha256"][:16],
        "description": f"The model in the package: {len(manifest['labels'])} categories of arXiv",
        "hashes": [{"alg": "SHA-256", "content": weights}],
        "properties": [
            {"name": "arxonomy:file", "value": f"{BUNDLED}/model.safetensors"},
            {"name": "arxonomy:bundle.json:sha256", "value": manifest["sha256"]},
        ],
    }


def main() -> None:
    """Write the bill of materials."""
    parser = argparse.ArgumentParser(description="Write the software bill of materials of a release.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--lock", type=Path, required=True, help="Requirements with hashes.")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    text = json.dumps(make_sbom(options.wheel, options.lock), indent=2, ensure_ascii=False) + "\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise SystemExit(f"expected a bill of materials of CycloneDX 1.6, found {error}")
    options.out.write_text(text, encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    main()
