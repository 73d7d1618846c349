#!/usr/bin/env python3
"""A server for the contract of ApiServerProbe: tls_server.py DIRECTORY.

Makes a key and a certificate in DIRECTORY with the openssl command, listens on free ports of the
loopback, and prints them: "TLS PLAIN CLOSED". Ends when its standard input ends. The path says what
it does: /status/N answers N, /hang nothing, /garbage no HTTP, /drop closes, /slow sends a byte now
and then, /long a header without end.
"""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time


def make_certificate(directory, name):
    key, certificate = os.path.join(directory, name + ".key"), os.path.join(directory, name + ".crt")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj",
                    "/CN=kube-apiserver"], check=True, capture_output=True)
    return certificate, key


def answer(connection):
    request = b""
    while b"\r\n\r\n" not in request:
        got = connection.recv(4096)
        if not got:
            return
        request += got
    path = request.split(b" ")[1].decode()
    if path.startswith("/status/"):
        body = b"[+]ping ok\n" * 50
        connection.sendall(b"HTTP/1.1 %s Word\r\nContent-Length: %d\r\n\r\n" %
                           (path[8:].encode(), len(body)) + body)
    elif path == "/hang":
        time.sleep(60)
    elif path == "/garbage":
        connection.sendall(b"220 mail.example.org ESMTP\r\n\r\n")
    elif path == "/slow":
        for byte in b"HTTP/1.1 200 OK\r\n" * 1000:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)
    elif path == "/long":
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: yyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 100000)


def serve(listener, context):
    def one(connection):
        try:
            with connection, (context.wrap_socket(connection, server_side=True)
                              if context else connection) as stream:
                answer(stream)
        except OSError:  # the client went away, which is its right
            pass

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=one, args=(connection,), daemon=True).start()


def main():
    directory = sys.argv[1]
    certificate, key = make_certificate(directory, "server")
    make_certificate(directory, "stranger")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    ports = []
    for tls in (context, None):
        listener = socket.create_server(("127.0.0.1", 0))
        ports.append(listener.getsockname()[1])
        threading.Thread(target=serve, args=(listener, tls), daemon=True).start()
    closed = socket.create_server(("127.0.0.1", 0))
    ports.append(closed.getsockname()[1])
    closed.close()
    print(*ports, flush=True)
    sys.stdin.read()


main()
