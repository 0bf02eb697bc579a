"""Encrypts with AES written in Python: the sample pyaes of the REAP set. All work is interpretation of bytecode."""

import hashlib
import json

import pyaes
import serving

BODY_BYTES = 1 << 20
KEY = hashlib.sha256(b"a sample's key is no secret").digest()
MESSAGE = b"The quick brown fox jumps over the lazy dog. " * 100


def encrypt(key, message):
    """AES-256 in counter mode; the counter begins at 1."""
    return pyaes.AESModeOfOperationCTR(key).encrypt(message)


class Pyaes(serving.Handler):
    def serve(self):
        if self.route != "/":
            self.drain()
            raise serving.Refused(404, "no such path")
        if self.is_post:
            return self.answer(200, encrypt(self.key(), self.read_body(BODY_BYTES)), "application/octet-stream")
        self.drain()
        length = self.number("length", 1000, len(MESSAGE))
        rounds = max(1, self.number("rounds", 1, 1000))
        message = MESSAGE[:length]
        for _ in range(rounds):
            ciphertext = encrypt(KEY, message)
            if encrypt(KEY, ciphertext) != message:
                return self.answer(500, b"decryption gave another message\n")
        facts = {"length": length, "rounds": rounds, "key": KEY.hex(), "ciphertext": ciphertext.hex()}
        self.answer(200, json.dumps(facts).encode() + b"\n", "application/json")

    def key(self):
        text = self.query.get("key", [KEY.hex()])[0]
        try:
            key = bytes.fromhex(text)
        except ValueError as error:
            raise serving.Refused(400, "key is 64 hex digits") from error
        if len(key) != 32:
            raise serving.Refused(400, "key is 64 hex digits")
        return key


if __name__ == "__main__":
    serving.serve(Pyaes)
