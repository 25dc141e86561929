"""A web server of pictures, which can lie, stall and break off: `showing`."""

from __future__ import annotations

import io
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image


def picture(kind="PNG", size=(40, 30), colour="red", **how):
    """A picture, as bytes."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **how)
    return out.getvalue()


class Pictures:
    """What the server answers, and what it was asked.

    Attributes
    ----------
    answers
        By path: the body; a list of status, headers and body; or a function that is given the handler.
    asked
        How often each path was asked.
    url
        Its address.
    """

    def __init__(self):
        self.answers, self.asked = {}, Counter()
        self.url = ""

    def put(self, path, body, **headers):
        """Answer with this, and return the address."""
        self.answers[path] = [200, {name.replace("_", "-"): value for name, value in headers.items()}, body]
        return self.url + path

    def send_on(self, path, to):
        """Send on to another address."""
        self.answers[path] = [302, {"Location": to}, b""]
        return self.url + path

    def act(self, path, function):
        """Answer as a function of the handler does."""
        self.answers[path] = function
        return self.url + path


@contextmanager
def showing(context=None):
    """A server that runs; one of TLS if it is given a context."""
    pictures, lock = Pictures(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            with lock:
                pictures.asked[self.path] += 1
            answer = pictures.answers.get(self.path, [404, {}, b"no"])
            if callable(answer):
                answer(self)
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # A client that goes away is what is tested.
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    pictures.url = f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield pictures
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
