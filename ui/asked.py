"""What a request to the page of a group says about itself, and what of it is passed on.

Nothing that a browser or program sends says who it is, but the token of a login. Behind a proxy,
the last entry of `X-Forwarded-For` is the one that the proxy wrote; without one, such headers are
anybody's.
"""

import json
import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from ui.pages import FORWARDED, USER, Message, Receive, Scope

TOKEN = "studypath_login"  # the cookie's name; over https it may be set by this host alone
TOKEN_HTTPS = f"__Host-{TOKEN}"
BY_PROXY = {*FORWARDED, "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"}
DROPPED = BY_PROXY | {USER, "host", "cookie"}  # the last two are written anew
HOST = re.compile(r"[\w.-]{1,255}(?::\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](?::\d{1,5})?", re.ASCII)
ID = re.compile(r"[\w-]{1,100}", re.ASCII)  # of a page load, an event or an upload
SPACED = ("session_hash", "upload_id")  # names that pages make up, put into each user's own space


class Refused(Exception):
    """A request that is answered by its status and one sentence."""

    def __init__(self, status: int, words: str, wait: float = 0.0) -> None:
        super().__init__(words)
        self.status, self.words, self.wait = status, words, wait


@dataclass(frozen=True, slots=True)
class Asked:
    """What counts of a request: who sent it from where, to which address, from which page."""

    method: str
    path: str
    host: str
    address: str
    https: bool
    origin: str | None
    tokens: tuple[str, ...]
    wants_page: bool
    length: int
    boundary: bytes

    @property
    def is_ours(self) -> bool:
        """Say whether it comes from a page of this server, or from no page at all."""
        if self.origin is None:
            return True
        return urlsplit(self.origin).netloc.lower() == self.host.lower() != ""

    @property
    def token(self) -> str:
        """The token of a login; none when two are given, of which one was put there by others."""
        return self.tokens[0] if len(set(self.tokens)) == 1 else ""


def asked_of(scope: Scope, *, behind_proxy: bool) -> Asked:
    """Read a request; raises Refused for one that names no host, or two."""
    sent: dict[str, list[str]] = {}
    for key, value in scope["headers"]:
        sent.setdefault(key.decode("latin-1").lower(), []).append(value.decode("latin-1"))

    def last(name: str) -> str:
        return sent.get(name, [""])[-1].rpartition(",")[2].strip()

    client = scope.get("client") or ("", 0)
    hosts = sent.get("host", [])
    host = hosts[0] if len(hosts) == 1 else ""
    address, https = str(client[0]), scope.get("scheme") == "https"
    if behind_proxy:
        address = last("x-forwarded-for") or address
        https = https or last("x-forwarded-proto") == "https"
        host = last("x-forwarded-host") or host
    if not HOST.fullmatch(host):
        raise Refused(400, "This request does not say to which host it goes.")
    length = sent.get("content-length", ["0"])[-1]
    return Asked(
        method=scope["method"],
        path=scope["path"],
        host=host,
        address=network(address),
        https=https,
        origin=sent["origin"][-1] if "origin" in sent else None,
        tokens=tokens_in("; ".join(sent.get("cookie", [])), https=https),
        wants_page="text/html" in ",".join(sent.get("accept", [])),
        length=int(length) if length.isascii() and length.isdigit() else 0,
        boundary=boundary_in(sent.get("content-type", [""])[-1]),
    )


def tokens_in(cookies: str, *, https: bool) -> tuple[str, ...]:
    """Find the tokens of logins in a Cookie header; over https only those of this host alone."""
    pairs = [part.strip().partition("=") for part in cookies.split(";")]
    sure = tuple(value for name, _, value in pairs if name == TOKEN_HTTPS)
    if sure or https:
        return sure
    return tuple(value for name, _, value in pairs if name == TOKEN)


def boundary_in(kind: str) -> bytes:
    """Find what stands between the parts of a form with files; empty for another body."""
    found = re.fullmatch(r"multipart/form-data;.*\bboundary=\"?([^\";]{1,70})\"?.*", kind, re.I)
    return b"--" + found[1].encode("latin-1") if found else b""


def network(address: str) -> str:
    """Name who is counted as one: an IPv4 address, or the /64 that one holder of IPv6 has."""
    try:
        number = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(number, IPv6Address):
        if number.ipv4_mapped:
            return str(number.ipv4_mapped)
        return f"{IPv6Address(int(number) >> 64 << 64)}/64"
    return str(number)


# ── what is passed on ───────────────────────────────────────────────────────────────────────────


def passed_on(scope: Scope, asked: Asked, user: str) -> Scope:
    """Give the request that the app sees: of this user, without tokens and what a proxy said."""
    headers = [
        (key, value)
        for key, value in scope["headers"]
        if key.decode("latin-1").lower() not in DROPPED
    ]
    cookies = "; ".join(
        part.strip()
        for key, value in scope["headers"]
        if key == b"cookie"
        for part in value.decode("latin-1").split(";")
        if part.strip().partition("=")[0] not in (TOKEN, TOKEN_HTTPS)
    )
    headers += [(b"host", asked.host.encode()), (USER.encode(), user.encode())]
    if cookies:
        headers.append((b"cookie", cookies.encode("latin-1")))
    query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    own = [(key, own_id(user, value) if key in SPACED else value) for key, value in query]
    made = {
        **scope,
        "headers": headers,
        "scheme": "https" if asked.https else scope.get("scheme", "http"),
        "query_string": urlencode(own).encode("latin-1") if query else b"",
    }
    start, slash, last = asked.path.rpartition("/")
    if start.endswith("/heartbeat"):
        made["path"] = f"{start}{slash}{own_id(user, last)}"
        made["raw_path"] = made["path"].encode("latin-1")
    return made


def own_id(user: str, id: object) -> str:
    """Put an id that a page made up into its user's own space; raises Refused for none.

    Whoever learns another's id finds nothing under it: there it belongs to somebody else.
    """
    if not isinstance(id, str) or not ID.fullmatch(id):
        raise Refused(400, "This request has no id of a page: load the page again.")
    return f"{user}.{id}"


def own_body(user: str, sent: bytes) -> tuple[dict[str, Any], bytes]:
    """Read what a page sends, with its ids put into the user's own space; raises Refused."""
    try:
        body = json.loads(sent) if sent.strip() else {}
    except (ValueError, RecursionError) as error:
        raise Refused(400, "This request cannot be read: load the page again.") from error
    if not isinstance(body, dict):
        raise Refused(400, "This request cannot be read: load the page again.")
    for name in SPACED:
        if body.get(name) is not None:
            body[name] = own_id(user, body[name])
    return body, json.dumps(body).encode()


def with_body(scope: Scope, receive: Receive, body: bytes) -> tuple[Scope, Receive]:
    """Give a request another body; what comes after it is passed on."""
    headers = [
        (key, value)
        for key, value in scope["headers"]
        if key not in (b"content-length", b"transfer-encoding")
    ]
    headers.append((b"content-length", str(len(body)).encode()))
    left = [body]

    async def given() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return {**scope, "headers": headers}, given
