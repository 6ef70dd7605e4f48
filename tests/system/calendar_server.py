#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server that behaves as the file DIR/mode says, for sources.sh.

calendar_server.py DIR [CERTIFICATE KEY]: answers on two free ports of 127.0.0.1, which it writes to DIR/ports when
they are open. The calendar is DIR/cal.ics; DIR/requests gets a line a request: port (first or second), method, path,
whether a login came, status.
"""
import email.utils
import hashlib
import os
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder = sys.argv[1]
gate = threading.Event()


def read(name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def note(self, status):
        login = "login" if self.headers["Authorization"] else "-"
        with open(os.path.join(folder, "requests"), "a") as file:
            file.write(f"{self.server.name} {self.command} {self.path} {login} {status}\n")

    def answer(self, status, body=b"", **fields):
        self.note(status)
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in fields and status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PROPFIND(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(405)

    def do_GET(self):
        mode = read("mode").decode().strip()
        body = read("cal.ics")
        ports = read("ports").decode().split()
        if mode == "etag":
            tag = '"' + hashlib.sha1(body).hexdigest() + '"'
            known = self.headers["If-None-Match"] == tag
            self.answer(304 if known else 200, b"" if known else body, ETag=tag)
        elif mode == "date":
            date = email.utils.formatdate(os.stat(os.path.join(folder, "cal.ics")).st_mtime, usegmt=True)
            known = self.headers["If-Modified-Since"] == date
            self.answer(304 if known else 200, b"" if known else body, Last_Modified=date)
        elif mode == "page":
            self.answer(200, b"<!DOCTYPE html><html>Please log in</html>", Content_Type="text/html")
        elif mode == "cut":
            self.answer(200, body[: len(body) // 2], Content_Length=str(len(body)))
            self.close_connection = True
        elif mode == "short":  # cut where HTTP does not show it
            self.answer(200, body[: len(body) // 2])
        elif mode == "large":
            self.answer(200, Content_Length=str(1 << 30))
            self.close_connection = True
        elif mode == "endless":
            self.note(200)
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                while True:
                    self.wfile.write(b"X" * (1 << 20))
            except OSError:
                pass
        elif mode == "loop":
            self.answer(302, Location=self.path + "x")
        elif mode == "elsewhere":  # to the other port, which is another origin
            if self.server.name == "first" and not self.headers["Authorization"]:
                self.answer(401, WWW_Authenticate='Basic realm="loa"')
            elif self.server.name == "first":
                self.answer(302, Location=f"http://127.0.0.1:{ports[1]}{self.path}")
            else:
                self.answer(200, body)
        elif mode == "down":  # from https to http
            self.answer(302, Location=f"http://127.0.0.1:{ports[1]}{self.path}")
        elif mode == "hang":
            self.note(200)
            gate.wait()
        else:
            self.answer(int(mode))


servers = []
for number, name in enumerate(("first", "second")):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.name = name
    if number == 0 and len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    servers.append(server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
with open(os.path.join(folder, "ports.new"), "w") as file:
    file.write(" ".join(str(server.server_port) for server in servers) + "\n")
os.rename(os.path.join(folder, "ports.new"), os.path.join(folder, "ports"))
gate.wait()
