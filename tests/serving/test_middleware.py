"""Which requests are accepted."""

from __future__ import annotations

import base64

import pytest
from pydantic import ValidationError
from serving.servers import Live, PausedClassifier, Start

from arxonomy.errors import SettingsError
from arxonomy.serving.settings import ServeSettings

KEY = "a-long-rändom-key"


@pytest.mark.parametrize("host", ["localhost", "localhost:80", "127.0.0.1", "[::1]:1", "LOCALHOST"])
def test_addresses_of_this_machine(live: Live, host: str):
    assert live.client.get("/v1/model", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "[", "", "a@b"])
def test_another_name_for_this_machine_is_rejected(live: Live, host: str):
    for path in ("/v1/model", "/docs", "/metrics"):
        response = live.client.get(path, headers={"Host": host})
        assert (response.status_code, response.json()["type"]) == (421, "urn:arxonomy:problem:host")
    assert live.client.get("/health/live", headers={"Host": host}).status_code == 200


def test_pages_of_other_sites_are_rejected(live: Live):
    body = {"papers": [{"title": "a"}]}
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        assert live.client.post("/v1/classify", json=body, headers={"Origin": origin}).status_code == 403
    assert live.client.post("/v1/classify", json=body, headers={"Origin": live.url}).status_code == 200
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = live.client.options("/v1/classify", headers=asked)
    assert response.status_code == 403 and "access-control-allow-origin" not in response.headers


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"annif:{password}".encode()).decode()


def test_a_key(start: Start):
    with start(PausedClassifier(open=True), api_key=KEY) as live:

        def status(path: str, authorization: str | None = None) -> int:
            headers = {} if authorization is None else {"Authorization": authorization.encode()}
            response = live.client.get(path, headers=headers)
            assert ("www-authenticate" in response.headers) == (response.status_code == 401)
            return response.status_code

        for path in ("/v1/model", "/v1/projects", "/metrics"):
            assert status(path, f"Bearer {KEY}") == status(path, basic(KEY)) == 200
            wrong = (
                None,
                "",
                "Bearer",
                f"Bearer {KEY}x",
                basic(KEY[:-1]),
                "Basic ä",
                "Basic !",
                f"Digest {KEY}",
                KEY,
            )
            assert [status(path, one) for one in wrong] == [401] * len(wrong)
        for path in ("/health/live", "/health/ready", "/docs", "/openapi.json"):
            assert status(path) == 200
        assert "bearer" in live.client.get("/openapi.json").json()["components"]["securitySchemes"]


def test_behind_a_proxy_names_and_origins_are_others(start: Start):
    proxied = {"Host": "papers.example", "Origin": "https://papers.example"}
    for settings in ({"api_key": KEY}, {"public": True}):
        with start(PausedClassifier(open=True), **settings) as live:
            headers = proxied | {"Authorization": basic(KEY)}
            assert live.client.get("/v1/model", headers=headers).status_code == 200


def test_an_open_address_needs_a_key():
    for host in ("0.0.0.0", "::", "192.168.1.2", "example.org"):
        with pytest.raises(SettingsError, match="ARXONOMY_API_KEY"):
            ServeSettings(host=host)
        assert not ServeSettings(host=host, api_key=KEY).on_loopback
        assert not ServeSettings(host=host, public=True).on_loopback
    for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost"):
        assert ServeSettings(host=host).on_loopback


def test_an_empty_key_is_no_key():
    with pytest.raises(SettingsError, match="is empty"):
        ServeSettings(api_key=" ")


def test_a_request_must_fit_into_the_queue():
    with pytest.raises(SettingsError, match="10 papers"):
        ServeSettings(queue=10, max_papers=11)


@pytest.mark.parametrize("deadline", [0, -1, 86_401, float("inf"), float("nan")])
def test_a_deadline_is_a_day_at_most(deadline: float):
    with pytest.raises(ValidationError, match="deadline"):
        ServeSettings(deadline=deadline)


def test_the_key_is_not_shown():
    assert KEY not in repr(ServeSettings(api_key=KEY))


def test_the_key_is_in_no_log_no_response_and_no_metric(
    start: Start, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    """With the right key and with a wrong one, in requests that go well, are refused, or meet a bug."""
    caplog.set_level("DEBUG")
    shown = []
    with start(PausedClassifier(open=True), api_key=KEY) as live:
        for authorization in (f"Bearer {KEY}", basic(KEY), f"Bearer {KEY}x", f"Digest {KEY}"):
            headers = {"Authorization": authorization.encode()}
            for title in ("parsing", "bang", ""):
                body = {"papers": [{"title": title}]}
                shown.append(live.client.post("/v1/classify", json=body, headers=headers))
            shown.append(
                live.client.get(
                    "/v1/model", params={"api_key": KEY}, headers={**headers, "Host": b"elsewhere"}
                )
            )
            shown.append(live.client.get("/metrics", headers=headers))
    assert {200, 401, 500} <= {response.status_code for response in shown}
    own = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert any("bang" in str(record.exc_info) for record in own)  # a bug is logged, without its request
    texts = [response.text + str(dict(response.headers)) for response in shown]
    texts += [record.getMessage() + str(record.__dict__) for record in own]
    texts += list(capfd.readouterr())
    secrets = (KEY, basic(KEY).removeprefix("Basic "))
    assert [text for text in texts if any(secret in text for secret in secrets)] == []
