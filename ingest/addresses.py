"""Network addresses: host names looked up, and which numbers lie on the open internet.

A fetch connects to the very number that was judged here, so a name that leads elsewhere the
second time (DNS rebinding) gains nothing.
"""

import ipaddress
import queue
import socket
import threading

from ingest.errors import FetchFailed

RESOLVE_SECONDS = 10.0

# Where IPv6 hands out addresses of the open internet (RFC 4291, 2.4). Outside of it lie loopback,
# link-local, site-local and IPv4-compatible addresses, of which Python calls some global.
_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits
_TEREDO = ipaddress.ip_network("2001::/32")
# Not known as special to every Python we run on: documentation (RFC 9637), 6to4 relays (RFC 7526).
_SPECIAL = (ipaddress.ip_network("3fff::/20"), ipaddress.ip_network("192.88.99.0/24"))


def resolve(host: str, port: int) -> tuple[str, ...]:
    """Look up the network addresses of a host; raises FetchFailed("unreachable", …)."""
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as error:
            answers.put(error)

    # The system's own look-up takes no time limit.
    threading.Thread(target=look_up, daemon=True).start()
    try:
        answer = answers.get(timeout=RESOLVE_SECONDS)
    except queue.Empty as error:
        raise FetchFailed("unreachable", f"{host} was not found in time") from error
    if isinstance(answer, socket.gaierror) and answer.errno == socket.EAI_AGAIN:
        raise FetchFailed(
            "unreachable", f"{host} cannot be looked up now (no network?)"
        ) from answer
    if isinstance(answer, Exception):
        raise FetchFailed("unreachable", f"there is no host named {host}") from answer
    return tuple(dict.fromkeys(answer))


def is_public(address: str) -> bool:
    """Tell whether a network address lies on the open internet.

    An IPv6 address that wraps an IPv4 one (mapped, 6to4, NAT64) is judged by what it wraps;
    Teredo (RFC 4380) leads to a machine behind somebody's router and is never public.
    """
    number = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address):
        wrapped = _wrapped(number)
        if wrapped is not None:
            number = wrapped
        elif number not in _UNICAST or number in _TEREDO:
            return False
    return (
        number.is_global
        and not number.is_multicast
        and not number.is_reserved
        and not any(number in network for network in _SPECIAL)
    )


def _wrapped(number: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if number in _NAT64:
        return ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
    return number.ipv4_mapped or number.sixtofour
