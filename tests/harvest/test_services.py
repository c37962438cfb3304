from __future__ import annotations

import pytest

from arxonomy.errors import SettingsError
from arxonomy.harvest.services import VARIABLE, Services, find_services, make_loopback


def test_arxiv_is_asked_unless_a_server_on_this_machine_stands_in(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert find_services() == Services()
    monkeypatch.setenv(VARIABLE, "http://127.0.0.1:8000")
    assert find_services().oai == "http://127.0.0.1:8000/oai"


@pytest.mark.parametrize(
    "base",
    [
        "http://arxiv.org:80", "http://192.168.0.1:8000", "http://localhost:8000", "http://0.0.0.0:8000",
        "https://127.0.0.1:8000", "http://127.0.0.1:8000/x", "http://127.0.0.1", "http://127.0.0.1:8000@arxiv.org",
        "http://user@127.0.0.1:8000?", "127.0.0.1:8000", "http://127.0.0.1:x",
    ],
)  # fmt: skip
def test_no_other_host_can_stand_in(base):
    with pytest.raises(SettingsError, match="expected an address of this machine"):
        make_loopback(base)


def test_ipv6_can_stand_in():
    assert make_loopback("http://[::1]:8000").allows("http://[::1]:8000/oai")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://arxiv.org/list/cs.CL/new", True),
        ("https://oaipmh.arxiv.org/oai", True),
        ("http://arxiv.org/list", False),
        ("https://arxiv.org:444/list", False),
        ("https://user@arxiv.org/", False),
        ("https://arxiv.org.example.org/", False),
        ("https://notarxiv.org/", False),
        ("http://127.0.0.1:8000/oai", False),
    ],
)
def test_only_arxivs_hosts_are_asked_and_only_encrypted(address, allowed):
    assert Services().allows(address) is allowed
