"""A way to a server that can be cut, or go silent, at a chosen moment."""

import contextlib
import selectors
import socket
import threading


class FlakyProxy:
    """Forwards connections on loopback. After `cut_after` bytes from the server it closes, or falls silent."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.cut_after: int | None = None
        self.silent = False
        self.refusing = False
        self.passed = 0
        self.connections = 0
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, target, *arguments) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        self._listener.settimeout(0.1)
        while not self._stopping.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            if self.refusing:
                client.close()
                continue
            self._start(self._forward, client)

    def _forward(self, client: socket.socket) -> None:
        with (
            client,
            socket.create_connection(("127.0.0.1", self._target)) as server,
            contextlib.suppress(OSError),
            selectors.DefaultSelector() as selector,
        ):
            selector.register(client, selectors.EVENT_READ)
            selector.register(server, selectors.EVENT_READ)
            while not self._stopping.is_set() and not self.refusing:
                for key, _ in selector.select(0.05):
                    to_client = key.fileobj is server
                    data = key.fileobj.recv(16384)
                    if not data or not self._pass_on(data, client if to_client else server, to_client):
                        return

    def _pass_on(self, data: bytes, target: socket.socket, to_client: bool) -> bool:
        if to_client:
            self.passed += len(data)
            over = 0 if self.cut_after is None else self.passed - self.cut_after
            if over > 0 and self.silent:
                self._stopping.wait(60)
                return False
            if over > 0:
                target.sendall(data[: max(0, len(data) - over)])
                return False
        target.sendall(data)
        return True

    def reset(self) -> None:
        """Let everything through again."""
        self.cut_after, self.silent, self.refusing, self.passed, self.connections = None, False, False, 0, 0

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()
