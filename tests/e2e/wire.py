"""A wire between a gateway and its database that can be frozen: connections stay up and carry nothing, as when a network
loses every packet."""
import select
import socket
import threading


class Wire:
    def __init__(self, port):
        self.to = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = threading.Event()
        self.open.set()
        threading.Thread(target=self.accept, daemon=True).start()

    def freeze(self):
        self.open.clear()

    def thaw(self):
        self.open.set()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client):
        self.open.wait()
        with client:
            try:
                with socket.create_connection(("127.0.0.1", self.to)) as server:
                    ends = {client: server, server: client}
                    while True:
                        for end in select.select(list(ends), [], [])[0]:
                            self.open.wait()
                            data = end.recv(65536)
                            if not data:
                                return
                            ends[end].sendall(data)
            except OSError:
                pass  # one side is gone; closing tells the other

    def close(self):
        self.listener.close()
        self.open.set()
