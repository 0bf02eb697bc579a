"""What the Python samples serve HTTP with: the standard library's server, without its traps for a function."""

import os
import re
import socketserver
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PART_BYTES = 64 << 10


class BrokenOff(Exception):
    """The client ended, or sent nonsense, in the middle of its request."""


class Refused(Exception):
    """The request is wrong; the text says why."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Handler(BaseHTTPRequestHandler):
    """A sample overrides ``serve``, which gives one answer."""

    protocol_version = "HTTP/1.1"
    # The default writes the head and the body in segments of their own: with Nagle's algorithm 44 ms a request.
    wbufsize = -1
    disable_nagle_algorithm = True

    def parse_request(self):
        self.began = time.monotonic_ns()
        return super().parse_request()

    def handle_expect_100(self):
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def body(self):
        """The request's body in parts, as they arrive."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := self.chunk_size():
                yield from self.exactly(size)
                self.rfile.readline(8)
            while self.rfile.readline(8192).strip():  # trailers
                pass
        else:
            yield from self.exactly(int(self.headers.get("Content-Length") or 0))

    def chunk_size(self):
        line = self.rfile.readline(64)
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}[ \t]*(;.*)?\r?\n", line):
            raise BrokenOff("not a chunk size")
        return int(line.split(b";")[0], 16)

    def exactly(self, size):
        while size:
            part = self.rfile.read1(min(size, PART_BYTES))
            if not part:
                raise BrokenOff("the body ended early")
            size -= len(part)
            yield part

    def drain(self):
        for _ in self.body():
            pass

    def head(self, status, content_type, length=None):
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.chunked = length is None
        if self.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        self.send_header("Server-Timing", f"app;dur={(time.monotonic_ns() - self.began) / 1e6:.3f}")
        self.end_headers()

    def part(self, data):
        if self.chunked:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        else:
            self.wfile.write(data)
        self.wfile.flush()

    def end(self):
        if self.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def answer(self, status, body, content_type="text/plain"):
        self.head(status, content_type, len(body))
        self.wfile.write(body)

    def read_body(self, limit):
        """The whole body."""
        whole = bytearray()
        for part in self.body():
            whole += part
            if len(whole) > limit:
                self.close_connection = True
                raise Refused(413, f"at most {limit} bytes")
        return bytes(whole)

    def number(self, name, default, limit):
        """A number from the query."""
        text = self.query.get(name, [str(default)])[0]
        if not text.isascii() or not text.isdigit() or int(text) > limit:
            raise Refused(400, f"{name} is 0 to {limit}")
        return int(text)

    @property
    def is_post(self):
        return self.command in ("POST", "PUT")

    def do_GET(self):
        url = urlsplit(self.path)
        self.route = url.path
        self.query = parse_qs(url.query)
        try:
            self.serve()
        except Refused as refusal:
            self.close_connection = True
            self.answer(refusal.status, f"{refusal}\n".encode())
        except (BrokenOff, ConnectionError, ValueError) as error:
            self.close_connection = True
            self.log_error("a request was broken off: %s", error)

    do_POST = do_PUT = do_GET

    def log_request(self, code="-", size="-"):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024

    def server_bind(self):
        # HTTPServer's own server_bind looks the host's full name up: seconds where no name server answers.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


def serve(handler):
    """Serves on $PORT for ever."""
    with Server(("", int(os.environ.get("PORT", "8080"))), handler) as server:
        print(f"listening on port {server.server_port}", flush=True)
        server.serve_forever()
