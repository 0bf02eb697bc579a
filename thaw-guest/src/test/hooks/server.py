"""Answers each line of a connection with what the process draws, has heard, or is told to do."""

import os
import random
import socketserver
import ssl
import uuid

import thaw_hooks

random.seed(1)
events = []
failing = []


@thaw_hooks.before_freeze
def before():
    if failing:
        raise RuntimeError("told to fail")
    events.append("before-freeze")


@thaw_hooks.after_thaw
def after(entropy):
    events.append("after-thaw %d" % len(entropy))


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        word = self.rfile.readline().decode().strip()
        if word == "fail":
            failing.append(True)
        answers = {
            "draw": lambda: str(random.random()),
            "unique": lambda: "%s %s" % (uuid.uuid4(), ssl.RAND_bytes(16).hex()),
            "events": lambda: ",".join(events),
            "fail": lambda: "failing",
        }
        self.wfile.write(answers[word]().encode())


class Server(socketserver.TCPServer):
    allow_reuse_address = True


Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
