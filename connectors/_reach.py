"""To which addresses a source's calls may go: to `base_url`'s own origin, and no further than the operator has written.

A base_url that names an address (http://10.1.2.3:8080) or localhost says itself where it leads. Any other name is
whatever its DNS says today: it must lead to public addresses, or the source says `private_network = true`, and then to
private ones too. To link-local addresses and the clouds' own services, which hand out secrets to whoever asks from
inside, nothing ever goes (docs/decisions/029).
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

# Those of the clouds that are not link-local: Amazon's, Alibaba's, Azure's, Oracle's.
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")))
_NAT64 = IPv6Network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}


class OutOfReachError(Exception):
    """Why a call may not be made, for a person; it was not made."""


def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, in the order in which to try them. httpx.ConnectError when it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx.ConnectError(f"the name {host} leads nowhere ({error.strerror})") from error
    return list(dict.fromkeys(str(place[0]) for _family, _type, _protocol, _name, place in found))


class Reach:
    """Where one source's calls may go."""

    def __init__(self, base_url: str, *, private_network: bool = False, resolve: Resolve = resolved) -> None:
        self._origin = _origin(httpx.URL(base_url))
        self._private_network, self._resolve = private_network, resolve

    def addresses(self, url: httpx.URL) -> Sequence[str]:
        """The addresses at which to call this URL, each checked. OutOfReachError when one of them is out of reach:
        whoever mixes them means no good."""
        if _origin(url) != self._origin:
            raise OutOfReachError("the call would leave base_url's server")
        host = url.host
        written = _written_address(host)
        found = [host] if written else list(self._resolve(host, self._origin[2]))
        for text in found:
            address = _inner(ip_address(text.partition("%")[0]))
            if problem := self._problem(host, address, written=written is not None):
                raise OutOfReachError(problem)
        return found

    def _problem(self, host: str, address: Address, *, written: bool) -> str:
        if address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA:
            return f"{host} leads to {address}, where no source can be (link-local, or a cloud's own service)"
        if written or address.is_global or (self._private_network and not address.is_reserved):
            return ""
        if host == "localhost" and address.is_loopback:
            return ""
        return f"{host} leads to {address}, not a public address; set private_network = true when that is meant"


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme, 0)


def _written_address(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one only wraps: mapped, 6to4 or translated (NAT64)."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
