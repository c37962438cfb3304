"""Where arXiv's records are, and which addresses may be asked.

A variable of the environment, `ARXONOMY_LOOPBACK`, names a server on this machine that stands in for all of
arXiv's, for tests: it must be an address such as http://127.0.0.1:8000, so that it can be no other host.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from arxonomy.errors import SettingsError

VARIABLE = "ARXONOMY_LOOPBACK"
_HOSTS = frozenset({"arxiv.org", "www.arxiv.org", "export.arxiv.org", "oaipmh.arxiv.org", "rss.arxiv.org"})


@dataclass(frozen=True)
class Services:
    """The addresses of arXiv's services."""

    oai: str = "https://oaipmh.arxiv.org/oai"
    """OAI-PMH."""
    api: str = "https://export.arxiv.org/api/query"
    """The interface for ids and queries, which answers in Atom."""
    feeds: str = "https://rss.arxiv.org/rss"
    """The newest announcement of a category, as RSS."""
    listings: str = "https://arxiv.org/list"
    """The pages that list what was announced."""
    loopback: str | None = None
    """The server on this machine that stands in for all of them, as `http://127.0.0.1:8000`."""

    def allows(self, address: str) -> bool:
        """Whether an address is one of arXiv's; of a server that stands in, its own alone."""
        parts = urlsplit(address)
        if self.loopback is not None:
            return f"{parts.scheme}://{parts.netloc}" == self.loopback
        return parts.scheme == "https" and parts.netloc in _HOSTS


def find_services() -> Services:
    """Find the services: arXiv's, unless a server on this machine stands in.

    Raises:
        SettingsError: The variable names anything but an address of this machine.
    """
    base = os.environ.get(VARIABLE)
    return Services() if not base else make_loopback(base)


def make_loopback(base: str) -> Services:
    """Make the services of a server on this machine.

    Args:
        base: Its address, as in `http://127.0.0.1:8000`.

    Raises:
        SettingsError: It is no address of this machine.
    """
    try:
        parts = urlsplit(base)
        is_here = ipaddress.ip_address(parts.hostname or "").is_loopback and parts.port is not None
    except ValueError:
        is_here = False
    if not is_here or base != f"http://{parts.netloc}":
        raise SettingsError(
            f"{VARIABLE}: expected an address of this machine, as in http://127.0.0.1:8000; found {base}"
        )
    return Services(f"{base}/oai", f"{base}/api/query", f"{base}/rss", f"{base}/list", base)
