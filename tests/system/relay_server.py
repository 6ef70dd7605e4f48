# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server for relays: relay_server.py FOLDER PORT_FILE [CERTIFICATE KEY]

/live sends FOLDER/live.mp3 over and over, a second of it at once and the rest as fast as it is heard; while FOLDER/mode
says "stall" it sends nothing, while it says "cut" it hangs up. Everything else is a file of FOLDER."""
import http.server
import os
import ssl
import sys
import time

BYTES_A_SECOND = 12000


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def mode(self):
        try:
            with open("mode", encoding="ascii") as file:
                return file.read().strip()
        except OSError:
            return "serve"

    def do_GET(self):
        if self.path != "/live":
            super().do_GET()
            return
        if self.mode() == "cut":
            return
        with open("live.mp3", "rb") as file:
            sound = file.read()
        self.send_response(200)
        self.send_header("Content-Type", "audio/mpeg")
        self.end_headers()
        at = 0
        sent = -BYTES_A_SECOND
        begun = time.monotonic()
        while self.mode() != "cut":
            if self.mode() == "stall" or sent > (time.monotonic() - begun) * BYTES_A_SECOND:
                time.sleep(0.02)
                if self.mode() == "stall":
                    begun = time.monotonic()
                    sent = -BYTES_A_SECOND
                continue
            part = sound[at : at + 1200]
            at = (at + len(part)) % len(sound)
            try:
                self.wfile.write(part)
            except OSError:
                return
            sent += len(part)


os.chdir(sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    # The handshake is the connection's own thread's: a client that refuses us is no matter of the others.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
with open(sys.argv[2] + ".new", "w", encoding="ascii") as port_file:
    port_file.write(str(server.server_address[1]))
os.rename(sys.argv[2] + ".new", sys.argv[2])
server.serve_forever()
