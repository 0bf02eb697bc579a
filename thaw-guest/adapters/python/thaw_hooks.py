"""Tells a Python function of its freeze and thaw, and renews what its process holds of random numbers.

Import it once, early: ``import thaw_hooks``. Outside a Thaw guest it does nothing. After a thaw, before the function gets a request, it
reseeds the module ``random`` and OpenSSL's generator (used by ``ssl`` and by libraries on it); ``os.urandom``, ``secrets`` and
``uuid.uuid4`` ask the kernel, which Thaw renews itself. Generators of your own, such as ``random.Random()`` objects or NumPy's, need a
callback::

    @thaw_hooks.after_thaw
    def renew(entropy: bytes) -> None:
        my_generator.seed(entropy)

Callbacks run on a thread of this module, while no request is under way. An exception in one fails the freeze or the thaw.
"""

import os
import random
import socket
import threading

_SOCKET = "THAW_HOOK_SOCKET"
_LONGEST_ANSWER = 200

_before_freeze = []
_after_thaw = []


def before_freeze(callback):
    """Registers a function without arguments, called before a freeze. Usable as a decorator."""
    _before_freeze.append(callback)
    return callback


def after_thaw(callback):
    """Registers a function of 32 fresh random bytes, called after a thaw. Usable as a decorator."""
    _after_thaw.append(callback)
    return callback


def _openssl():
    """The module ssl, or None. Asked for before a freeze already, or each thaw would wait for the import."""
    try:
        import ssl
    except ImportError:  # a Python without OpenSSL has no generator to renew
        return None
    return ssl


def _renew(entropy):
    random.seed(entropy)
    ssl = _openssl()
    if ssl is not None:
        ssl.RAND_add(entropy, float(len(entropy)))


def _obey(line):
    word, _, rest = line.strip().partition(" ")
    if word == "before-freeze":
        for callback in _before_freeze:
            callback()
        _openssl()
    elif word == "after-thaw":
        entropy = bytes.fromhex(rest)
        _renew(entropy)
        for callback in _after_thaw:
            callback(entropy)
    else:
        raise ValueError("unknown word from the agent: " + word)


def _serve(connection):
    with connection, connection.makefile("r", encoding="ascii", newline="\n") as lines:
        for line in lines:
            try:
                _obey(line)
                answer = "ok"
            except Exception as error:  # whatever a callback raises is the answer to the agent
                answer = "error " + " ".join(repr(error).split())
            connection.sendall(answer.encode("utf-8", "replace")[:_LONGEST_ANSWER] + b"\n")


def _connect():
    path = os.environ.get(_SOCKET)
    if not path:
        return
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)
    threading.Thread(target=_serve, args=(connection,), name="thaw-hooks", daemon=True).start()


_connect()
# A forked worker has generators of its own, and a connection of its own to hear of them.
os.register_at_fork(after_in_child=_connect)
