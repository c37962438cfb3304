"""The address and the limits of the service."""

from __future__ import annotations

import ipaddress

from pydantic import Field, SecretStr, model_validator

from arxonomy.config.tables import Settings
from arxonomy.errors import SettingsError

KEY_VARIABLE = "ARXONOMY_API_KEY"
"""Environment variable that holds the key clients must send."""


class ServeSettings(Settings):
    """Settings of `arxonomy serve`.

    Raises:
        SettingsError: The address can be reached from other machines and there is no key; or one request
            may hold more papers than can wait.
    """

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 can be reached from everywhere, and needs a key."""
    port: int = Field(8000, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    max_body: int = Field(4_000_000, ge=1)
    """Largest body of a request in bytes, after decompression; of JSON lines, which have no limit of length,
    the largest line."""
    max_papers: int = Field(1000, ge=1)
    """Most papers in one request; JSON lines have no such limit."""
    queue: int = Field(2000, ge=1)
    """Most papers that wait for their prediction at a time; beyond them requests get the error 503."""
    requests: int = Field(256, ge=1)
    """Most requests in progress at a time; beyond them requests get the error 503."""
    deadline: float = Field(30.0, gt=0, le=86_400, allow_inf_nan=False)
    """Seconds from a request's first byte to its response; then it is cancelled, with 504. A day at most."""
    api_key: SecretStr | None = None
    """Key that clients must send, as a bearer token or as the password of basic authentication."""
    public: bool = False
    """Let everyone who can reach the address use the service without a key, through a proxy too."""

    @model_validator(mode="after")
    def _check_settings(self) -> ServeSettings:
        if self.api_key is not None and not self.api_key.get_secret_value().strip():
            raise SettingsError(f"{KEY_VARIABLE} is empty; set it to a long random text, or unset it")
        if not (self.on_loopback or self.api_key or self.public):
            raise SettingsError(
                f"{self.host} can be reached from other machines: set the environment variable "
                f"{KEY_VARIABLE} to a key that clients must send, or use --public to let everyone in"
            )
        if self.max_papers > self.queue:
            raise SettingsError(
                f"expected room for one whole request in the queue, found {self.queue:,} papers; "
                f"a request may have {self.max_papers:,}"
            )
        return self

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"
