"""Who is this machine itself: asked of where it is to serve, of who asks, and of the name under which."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether a name or an address leads to this machine and no other."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
