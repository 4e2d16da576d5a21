"""A mail server that keeps what it is sent."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class StubSmtp:
    """messages: as they came; refuse: how many are turned away first"""

    def __init__(self, port: int) -> None:
        self.port, self.refuse = port, 0
        self.messages: list[EmailMessage] = []


@contextmanager
def smtp_server() -> Iterator[StubSmtp]:
    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 stub\r\n")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                if verb == b"MAIL" and stub.refuse:
                    stub.refuse -= 1
                    self.wfile.write(b"451 later\r\n")
                elif verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    self._take()
                    self.wfile.write(b"250 taken\r\n")
                else:
                    self.wfile.write(b"250 fine\r\n")

        def _take(self) -> None:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            message = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(message, EmailMessage)
            stub.messages.append(message)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        stub = StubSmtp(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield stub
        server.shutdown()
        thread.join()
