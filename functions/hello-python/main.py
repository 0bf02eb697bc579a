"""A sample function in Python's standard library. docs/samples.md describes what every hello sample answers."""

import json
import os
import re
import shutil
import socket
import socketserver
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

STATE_BYTES = 1 << 20
PART_BYTES = 64 << 10
FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")

state = b""  # guarded by state_lock
state_lock = threading.Lock()


class BrokenOff(Exception):
    """The client ended, or sent nonsense, in the middle of its request."""


def first_line(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.readline().strip()
    except OSError:
        return ""


class Handler(BaseHTTPRequestHandler):
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

    def echo(self):
        chunked = "Transfer-Encoding" in self.headers
        self.head(200, "application/octet-stream", None if chunked else int(self.headers.get("Content-Length") or 0))
        for part in self.body():
            self.part(part)
        self.end()

    def identity(self):
        facts = {
            "uuid": str(uuid.uuid4()),
            "random": os.getrandom(32).hex(),
            "hostname": socket.gethostname(),
            "machine_id": first_line("/etc/machine-id"),
            "boot_id": first_line("/proc/sys/kernel/random/boot_id"),
            "clock_ns": time.time_ns(),
        }
        self.answer(200, json.dumps(facts).encode() + b"\n", "application/json")

    def post_state(self):
        global state
        fresh = bytearray()
        for part in self.body():
            fresh += part
            if len(fresh) > STATE_BYTES:
                self.close_connection = True
                return self.answer(413, b"the state holds at most 1 MiB\n")
        with state_lock:
            state = bytes(fresh)
        self.answer(200, b"stored\n")

    def get_state(self):
        with state_lock:
            current = state
        self.answer(200, current, "application/octet-stream")

    def file_path(self, query):
        name = query.get("name", [""])[0]
        return "/var/tmp/" + name if FILE_NAME.fullmatch(name) else None

    def post_file(self, path):
        with open(path, "wb") as file:
            for part in self.body():
                file.write(part)
        self.answer(200, b"written\n")

    def get_file(self, path):
        try:
            file = open(path, "rb")
        except FileNotFoundError:
            return self.answer(404, b"no such file\n")
        with file:
            self.head(200, "application/octet-stream", os.fstat(file.fileno()).st_size)
            shutil.copyfileobj(file, self.wfile)

    def sleep(self, query):
        text = query.get("ms", ["0"])[0]
        if not text.isascii() or not text.isdigit() or int(text) > 600_000:
            return self.answer(400, b"ms is 0 to 600000\n")
        time.sleep(int(text) / 1000)
        self.answer(200, b"slept\n")

    def handle_request(self):
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        post = self.command in ("POST", "PUT")
        if url.path == "/echo":
            return self.echo()
        if url.path == "/state" and post:
            return self.post_state()
        if url.path == "/file":
            path = self.file_path(query)
            if path and post:
                return self.post_file(path)
            self.drain()
            return self.get_file(path) if path else self.answer(400, b"name is letters, digits, '.', '_' and '-'\n")
        self.drain()
        if url.path == "/":
            return self.answer(200, b"Hello from Python\n")
        if url.path == "/identity":
            return self.identity()
        if url.path == "/state":
            return self.get_state()
        if url.path == "/sleep":
            return self.sleep(query)
        if url.path == "/crash":
            os._exit(3)
        self.answer(404, b"no such path\n")

    def do_GET(self):
        try:
            self.handle_request()
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


if __name__ == "__main__":
    with Server(("", int(os.environ.get("PORT", "8080"))), Handler) as server:
        print(f"listening on port {server.server_port}", flush=True)
        server.serve_forever()
