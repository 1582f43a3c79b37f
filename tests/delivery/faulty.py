"""A collector that fails in the ways real ones do, on a real socket."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading

FAULTS = ("hang", "reset", "half", "lost", "slow")
"""Never answers; resets; takes the events and breaks off its answer, resets instead, or lets it drip."""


class FaultyCollector:
    """Answers each POST as ``plan`` says: a status, or one of ``FAULTS``; 200 where the plan has ended.

    ``taken`` has the events that were answered with 200, or would have been had the answer not been
    lost; ``posts`` the ids in each POST, with what became of it.
    """

    def __init__(self, *, port=0):
        self.plan = []
        self.rule = None
        self.taken = []
        self.posts = []
        self.changed = threading.Condition()
        self._is_closed = threading.Event()
        self._connections = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def wait(self, condition, *, patience=15):
        """Until ``condition()`` holds; whether it does."""
        with self.changed:
            return self.changed.wait_for(condition, patience)

    def titles(self):
        """The titles of the events taken, in their order."""
        return [event["page"] for event in self.taken]

    def close(self):
        self._is_closed.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(15)

    def _accept(self):
        with contextlib.suppress(OSError):
            while not self._is_closed.is_set():
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as stream:
            while self._answer(connection, stream):
                pass

    def _answer(self, connection, stream):
        """Read a request and answer it; whether the connection goes on."""
        if not stream.readline():
            return False
        headers = {}
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers[b"content-length"]))
        if len(body) < int(headers[b"content-length"]):  # a tracker that ends breaks off
            return False
        events = json.loads(body)["data"]
        with self.changed:
            fate = self.rule(events) if self.rule else (self.plan.pop(0) if self.plan else 200)
            self.posts.append((fate, [event["eid"] for event in events]))
            if fate in {200, "lost", "half", "slow"}:
                self.taken += events
            self.changed.notify_all()
        return self._carry_out(fate, connection)

    def _carry_out(self, fate, connection):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        if fate == "hang":
            self._is_closed.wait(60)
        elif fate == "half":
            connection.sendall(answer[:12])
        elif fate == "slow":
            for byte in answer:
                connection.sendall(bytes([byte]))
                if self._is_closed.wait(0.1):
                    break
        elif fate in {"reset", "lost"}:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            status, _, seconds = str(fate).partition(" ")
            retry_after = f"Retry-After: {seconds}\r\n" if seconds else ""
            connection.sendall(f"HTTP/1.1 {status} X\r\n{retry_after}Content-Length: 2\r\n\r\nok".encode())
            return True
        return False
