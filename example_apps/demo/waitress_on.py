"""Serve the shop with waitress on a socket that is open already: ``python waitress_on.py DESCRIPTOR``."""

import os
import socket
import sys

import waitress

if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    from shop import app

    waitress.serve(app, sockets=[socket.socket(fileno=int(sys.argv[1]))])
