"""The worst of receivers, in a process of its own so that it can be killed.

It writes a line for each call before it answers: the event's id, a digest of the body, and the status of the answer,
which is 000 where it hangs up. Only what it answers with 200 it has taken; 400 is for a wrong signature. It answers
410 once where there is a file of the same name with .gone behind it.

Usage: unreliable_receiver.py PORT FILE SECRET
"""

import hashlib
import os
import random
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

LINE = 36 + 1 + 64 + 1 + 3 + 1
"""Bytes for a call, so that the size of the file says how many there were."""
HANGS_EVERY = 5000


class Handler(BaseHTTPRequestHandler):
    """Answers with errors, late, with redirects, not at all, at times too late, and with 410 when it is asked to."""

    file: int
    gone: Path
    webhook: Webhook
    numbers = count(1)

    def do_POST(self) -> None:
        """Take a call, or not."""
        body, number = self.rfile.read(int(self.headers["Content-Length"])), next(self.numbers)
        status = self.choose(body)
        digest = hashlib.sha256(body).hexdigest()
        os.write(self.file, f"{self.headers['webhook-id']} {digest} {status:03d}\n".encode())
        if number % HANGS_EVERY == 0:
            time.sleep(16)
        if status:
            self.send_response(status)
            self.send_header("Location", self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def choose(self, body: bytes) -> int:
        """Return the status of the answer, 0 for none."""
        try:
            self.webhook.verify(body, dict(self.headers.items()))
        except WebhookVerificationError:
            return 400
        if self.is_gone():
            return 410
        fate = random.random()
        if fate < 0.4:
            return random.choice([0, 302, 429, 500])
        time.sleep(0.1 if fate > 0.97 else 0)
        return 200

    def is_gone(self) -> bool:
        """Say whether somebody has asked for a 410; the first call takes it."""
        try:
            self.gone.unlink()
        except FileNotFoundError:
            return False
        return True

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Many at once."""

    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """Let callers hang up."""


def main(port: str, file: str, secret: str) -> None:
    """Listen until it is killed."""
    Handler.file = os.open(file, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    Handler.gone = Path(f"{file}.gone")
    Handler.webhook = Webhook(secret)
    Server(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
