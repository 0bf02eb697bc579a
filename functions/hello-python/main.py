"""A sample function in Python's standard library. docs/samples.md describes what every hello sample answers."""

import json
import os
import re
import shutil
import socket
import threading
import time
import uuid

import serving

STATE_BYTES = 1 << 20
FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")

state = b""  # guarded by state_lock
state_lock = threading.Lock()


def first_line(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.readline().strip()
    except OSError:
        return ""


class Hello(serving.Handler):
    def serve(self):
        if self.route == "/echo":
            return self.echo()
        if self.route == "/state" and self.is_post:
            return self.post_state()
        if self.route == "/file":
            path = self.file_path()
            return self.post_file(path) if self.is_post else self.get_file(path)
        self.drain()
        if self.route == "/":
            return self.answer(200, b"Hello from Python\n")
        if self.route == "/identity":
            return self.identity()
        if self.route == "/state":
            return self.get_state()
        if self.route == "/sleep":
            time.sleep(self.number("ms", 0, 600_000) / 1000)
            return self.answer(200, b"slept\n")
        if self.route == "/crash":
            os._exit(3)
        raise serving.Refused(404, "no such path")

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
        fresh = self.read_body(STATE_BYTES)
        with state_lock:
            state = fresh
        self.answer(200, b"stored\n")

    def get_state(self):
        with state_lock:
            current = state
        self.answer(200, current, "application/octet-stream")

    def file_path(self):
        name = self.query.get("name", [""])[0]
        if not FILE_NAME.fullmatch(name):
            raise serving.Refused(400, "name is letters, digits, '.', '_' and '-'")
        return "/var/tmp/" + name

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


if __name__ == "__main__":
    serving.serve(Hello)
