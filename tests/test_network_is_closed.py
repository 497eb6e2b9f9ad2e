"""The suite's own guard works: nothing but loopback can be reached."""

import socket

import httpx
import pytest


def test_other_machines_cannot_be_reached() -> None:
    with pytest.raises(OSError, match="tests may not reach"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(OSError, match="tests may not reach"):
        socket.getaddrinfo("example.org", 443)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram,
        pytest.raises(OSError, match="tests may not reach"),
    ):
        datagram.sendto(b"x", ("192.0.2.1", 53))
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://192.0.2.1/")
