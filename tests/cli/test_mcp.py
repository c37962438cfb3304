"""`arxonomy mcp` says what is missing; its tools are tested in serving/test_agents.py."""

from __future__ import annotations

from cli.test_commands import run_without


def test_a_missing_package_is_named_with_its_extra():
    done = run_without(["mcp", "mcp_types"], "mcp")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: the command mcp needs `mcp")
    assert done.stderr.endswith("`pip install 'arxonomy[mcp]'`\n")


def test_a_missing_model_is_named(arxonomy, tmp_path):
    done = arxonomy("mcp", "--model", tmp_path / "nothing")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "nothing" in done.stderr
