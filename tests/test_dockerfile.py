"""The Dockerfile's steps and compose.yaml, where there is no Docker: read always, steps run on request."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

REPO = Path(__file__).resolve().parent.parent
LINES = (REPO / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
STEPS = [(line.split()[0], line.split(maxsplit=1)[1]) for line in LINES if line and not line.startswith("#")]
PORT = "8000"
COMPOSE = yaml.safe_load((REPO / "compose.yaml").read_text(encoding="utf-8"))
EXTRAS = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"
]


def arguments(instruction: str) -> list[str]:
    return [rest for name, rest in STEPS if name == instruction]


def test_it_ends_as_a_user_without_rights_with_a_health_check():
    names = [name for name, _ in STEPS]
    (user,) = arguments("USER")
    assert int(user) > 0 and "RUN" not in names[names.index("USER") :]
    assert any(f"--uid {user} " in run for run in arguments("RUN"))
    (health,) = arguments("HEALTHCHECK")
    assert f":{PORT}/health/ready" in health and arguments("EXPOSE") == [PORT]


def test_what_it_copies_is_there_and_not_ignored():
    kept = {line[1:] for line in (REPO / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {name for rest in arguments("COPY") for name in rest.split()[:-1]}
    assert copied == kept and all((REPO / name).exists() for name in copied)


def list_packages(extra: str) -> set[str]:
    """The packages of an extra, and of the extras that it names."""
    found = set()
    for requirement in map(Requirement, EXTRAS[extra]):
        if requirement.name == "arxonomy":
            found |= {name for other in requirement.extras for name in list_packages(other)}
        else:
            found.add(requirement.name)
    return found


def test_it_installs_what_its_commands_need_and_no_pytorch():
    (default,) = arguments("ARG")
    assert any('".[${EXTRAS}]"' in run for run in arguments("RUN"))
    extras = {
        "service": default.removeprefix("EXTRAS="),
        "feed": COMPOSE["services"]["feed"]["build"]["args"]["EXTRAS"],
    }
    assert extras == {"service": "serve,hub", "feed": "feed"}
    packages = {
        name: {one for extra in value.split(",") for one in list_packages(extra)}
        for name, value in extras.items()
    }
    assert packages["service"] >= {"fastapi", "huggingface-hub"}
    assert not (packages["service"] | packages["feed"]) & {"torch", "matplotlib", "gensim", "onnx"}
    assert "scikit-learn" not in packages["service"]


def test_it_turns_the_telemetry_of_onnx_runtime_off():
    assert "ORT_DISABLE_TELEMETRY=1" in arguments("ENV")


def test_its_command_exists():
    command = json.loads(arguments("ENTRYPOINT")[0])
    help_text = subprocess.run(
        [sys.executable, "-m", *command[:2], "--help"], capture_output=True, text=True, check=True
    ).stdout
    for option in (word for word in command if word.startswith("--")):
        assert option in help_text


@pytest.mark.parametrize("name", ["arxonomy", "feed"])
def test_compose_confines_each_container(name: str):
    service = COMPOSE["services"][name]
    assert service["user"] == arguments("USER")[0]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"] == "1g" and service["pids_limit"] == 128
    assert not {"privileged", "network_mode", "cap_add", "devices", "pid", "ipc"} & set(service)


def test_compose_keeps_data_where_the_image_does():
    environment = dict(pair.split("=", 1) for rest in arguments("ENV") for pair in rest.split())
    (volume,) = COMPOSE["volumes"]
    for service in COMPOSE["services"].values():
        assert f"{volume}:{environment['XDG_DATA_HOME']}" in service["volumes"]
        assert all(mount.startswith(f"{volume}:") or mount.endswith(":ro") for mount in service["volumes"])
    assert environment["HF_HOME"].startswith(f"{environment['XDG_DATA_HOME']}/")
    assert any(
        f"install -d -o {arguments('USER')[0]} {environment['XDG_DATA_HOME']}" in run
        for run in arguments("RUN")
    )


def test_compose_serves_this_machine_alone_with_a_key_and_a_health_check():
    service = COMPOSE["services"]["arxonomy"]
    assert service["ports"] == [f"127.0.0.1:{PORT}:{PORT}"] and service["restart"] == "unless-stopped"
    assert service["environment"]["ARXONOMY_API_KEY"] == "${ARXONOMY_API_KEY:-}"
    (health,) = arguments("HEALTHCHECK")
    options, command = health.split(" CMD ")
    assert service["healthcheck"].pop("test") == ["CMD", *json.loads(command)]
    assert options.split() == [
        f"--{key.replace('_', '-')}={value}" for key, value in service["healthcheck"].items()
    ]
    feed = COMPOSE["services"]["feed"]
    assert feed["profiles"] == ["feed"] and feed["healthcheck"] == {"disable": True} and "ports" not in feed


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that another user may read, unlike pytest's own."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def rights(python: Path) -> dict[str, Any]:
    """How to be the Dockerfile's user, where we may, and where that user can reach the interpreter."""
    other = {"user": int(arguments("USER")[0]), "extra_groups": []}
    try:
        subprocess.run([python, "-c", ""], check=True, cwd="/", **other)
    except (PermissionError, subprocess.CalledProcessError):
        return {}
    return other


@pytest.mark.skipif(
    "ARXONOMY_DOCKER_STEPS" not in os.environ,
    reason="set ARXONOMY_DOCKER_STEPS=1 to run the Dockerfile's steps in a fresh environment (a minute)",
)
def test_its_steps_make_a_service(folder: Path):
    build, home = folder / "build", folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    environment = {"PATH": f"{home}/bin:/usr/bin:/bin", "ARXONOMY_API_KEY": "a-key"}
    for rest in [*arguments("ARG"), *arguments("ENV")]:
        environment |= dict(pair.split("=", 1) for pair in rest.split())
    environment |= {"XDG_DATA_HOME": str(folder / "data"), "HF_HOME": str(folder / "data" / "hub")}
    for rest in arguments("COPY"):
        *sources, target = rest.split()
        for name in sources:
            to = build / target / name if target.endswith("/") else build / target
            to.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (REPO / name).is_dir() else shutil.copy
            copy(REPO / name, to)
    for run in arguments("RUN"):
        if not run.startswith("useradd"):  # this machine's users are not ours to add to
            subprocess.run(["sh", "-ec", run], cwd=build, env=environment, check=True, timeout=900)
    python = home / "bin" / "python"
    assert subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 1

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    command = json.loads(arguments("ENTRYPOINT")[0].replace(f'"{PORT}"', f'"{port}"'))
    health = json.loads(re.sub(r".*?CMD ", "", arguments("HEALTHCHECK")[0]).replace(f":{PORT}/", f":{port}/"))
    command[0], health[0] = str(home / "bin" / command[0]), str(home / "bin" / health[0])
    with subprocess.Popen(command, cwd="/", env=environment, **rights(python)) as process:
        try:
            ends = time.monotonic() + 60
            while subprocess.run(health, env=environment, capture_output=True, check=False).returncode:
                assert process.poll() is None and time.monotonic() < ends
            body = json.dumps({"papers": [{"title": "Parsing sentences"}]}).encode()
            request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/classify", body)
            request.add_header("Content-Type", "application/json")
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(request)
            request.add_header("Authorization", "Bearer a-key")
            with urllib.request.urlopen(request) as answer:
                assert json.loads(answer.read())["predictions"][0]["category"]
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
