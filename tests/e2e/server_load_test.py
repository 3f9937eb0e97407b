#!/usr/bin/env python3
"""200 clients on a status server: readers of streams, slow ones among them, pollers, and whoever
sends malformed, oversized and unfinished requests. Afterwards the server must have answered each as
docs/http-api.md says, have kept its memory, and have closed every descriptor.

Usage: server_load_test.py LTFB_LOG [--seconds N] [--clients N]
Talks to 127.0.0.1 alone. Prints one CSV line of what was measured."""
import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import socket
import struct
import sys
import tempfile
import time

HOST = "127.0.0.1"
MAX_GROWTH_MB = 64
PATHS = ("/", "/api/runs", "/api/status", "/api/summary", "/api/standings", "/api/events?limit=200", "/api/report",
         "/metrics")


def request(path, method="GET", headers=""):
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode()


BAD_REQUESTS = {  # bytes -> status
    b"nonsense\r\n\r\n": 400,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n": 400,
    b"GET /health HTTP/1.1\r\n\r\n": 400,
    b"GET /api/runs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n": 403,
    request("/api/stop", "POST", "Connection: close\r\n"): 401,
    request("/api/runs", "DELETE", "Connection: close\r\n"): 405,
    request("/../../etc/passwd", "GET", "Connection: close\r\n"): 404,
    request("/", "GET", "X: " + "x" * 100_000 + "\r\n"): 431,
    request("/api/stop", "POST", "Content-Length: 10000000\r\n") + b"x" * 1_000_000: 413,
}


class Log:
    """The run directory that is served: appends rounds of two trainers."""

    def __init__(self, folder):
        self.file = open(pathlib.Path(folder) / "events.jsonl", "a", encoding="utf-8")
        self.seq = 0
        self.round = 0
        self.event("run_start", -1, trainers=2, ranks_per_trainer=[1, 1], settings={"rounds": 10**6, "metric": "mse"})

    def event(self, kind, trainer, **fields):
        common = {"schema": 1, "run_id": "0123456789abcdef", "seq": self.seq, "t": "2026-01-01T00:00:00.000Z",
                  "t_rel_s": self.seq / 10, "event": kind, "round": self.round, "trainer": trainer,
                  "lineage": trainer, "step": 0}
        self.file.write(json.dumps(common | fields) + "\n")
        self.seq += 1

    def play(self, rounds):
        for _ in range(rounds):
            for trainer in (0, 1):
                self.event("eval", trainer, split="tournament", mse=1 / (1 + self.round), samples_per_s=1000.0,
                           trained_samples=100, hyperparameters={"lr": 0.001, "beta1": 0.9})
                self.event("tournament", trainer, opponent=1 - trainer, metric="mse", own_score=0.1,
                           challenger_score=0.2, margin=-0.1, adopted=False, agreed=True, forfeit=False)
            self.round += 1
        self.file.flush()


class Server:
    """The process under test and what the system says about it."""

    def __init__(self, process, port):
        self.process = process
        self.port = port
        self.base_rss_mb = self.max_rss_mb = self.rss_mb()

    def rss_mb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("the server is gone")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def watch(self):
        while True:
            self.max_rss_mb = max(self.max_rss_mb, self.rss_mb())
            await asyncio.sleep(0.1)

    @contextlib.asynccontextmanager
    async def connect(self, receive_buffer=None):
        raw = socket.socket()
        if receive_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, (HOST, self.port))
        reader, writer = await asyncio.open_connection(sock=raw)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def read_answer(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status = int(head.split()[1])
    length = next(int(line[16:]) for line in head.split("\r\n") if line.startswith("Content-Length: "))
    return status, await reader.readexactly(length)


async def get(server, path):
    async with server.connect() as (reader, writer):
        writer.write(request(path))
        return await read_answer(reader)


async def poll(server, counts, number):
    """Asks one thing after the other on one connection, every fifth time three at once."""
    async with server.connect() as (reader, writer):
        while True:
            path = PATHS[number % len(PATHS)]
            times = 3 if number % 5 == 0 else 1
            writer.write(request(path) * times)
            for _ in range(times):
                status, body = await read_answer(reader)
                assert status == 200 or (path == "/api/report" and status == 202), (path, status)
                if path.startswith("/api"):
                    json.loads(body)
                counts["requests"] += 1
            number += 1
            await asyncio.sleep(0.05)


async def follow(server, counts, seen, number):
    """Reads the stream from the start; every line must come once, in order."""
    async with server.connect() as (reader, writer):
        writer.write(request("/api/stream?from=0"))
        await reader.readuntil(b"\r\n\r\n")
        while True:
            message = (await reader.readuntil(b"\n\n")).decode()
            if message.startswith(":"):
                continue
            key, value = message.split("\n", 1)
            assert key == f"id: {seen[number]}", (key, seen[number])
            if seen[number] % 500 == 0:
                assert json.loads(value.removeprefix("data: "))["seq"] == seen[number]
            seen[number] += 1
            counts["messages"] += 1


async def follow_slowly(server):
    async with server.connect(receive_buffer=2048) as (reader, writer):
        writer.write(request("/api/stream?from=0"))
        while await reader.read(256):
            await asyncio.sleep(0.2)


async def misbehave(server, counts, number):
    bad = list(BAD_REQUESTS.items())
    while True:
        text, expected = bad[number % len(bad)]
        async with server.connect() as (reader, writer):
            with contextlib.suppress(ConnectionError):
                writer.write(text)
                await writer.drain()
            answer = await reader.read(100)
            assert answer.startswith(f"HTTP/1.1 {expected} ".encode()), (text[:60], answer)
        counts["bad"] += 1
        number += 1
        await asyncio.sleep(0.1)


async def stay_half_open(server):
    async with server.connect() as (reader, writer):
        writer.write(b"GET /health HTTP/1.1\r\nHost: local")
        await reader.read()
        await asyncio.sleep(3600)


async def reset_connections(server, number):
    """Leaves in the middle of things, without a goodbye."""
    while True:
        raw = socket.socket()
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, (HOST, server.port))
        with contextlib.suppress(OSError):
            raw.send((request("/api/stream?from=0"), request("/api/standings"), b"GET /")[number % 3])
        await asyncio.sleep(0.02 * (number % 4))
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()
        number += 1
        await asyncio.sleep(0.1)


def make_clients(server, counts, seen, n):
    kinds = [lambda i: follow(server, counts, seen, i)] * 8 + [lambda i: follow_slowly(server)] * 4 \
        + [lambda i: poll(server, counts, i)] * 4 + [lambda i: misbehave(server, counts, i)] * 2 \
        + [lambda i: stay_half_open(server)] + [lambda i: reset_connections(server, i)]
    return [asyncio.create_task(kinds[i % len(kinds)](i)) for i in range(n)]


async def flood(server, n):
    """More connections than the server takes: those beyond are told so, or closed."""
    async with contextlib.AsyncExitStack() as stack:
        pairs = [await stack.enter_async_context(server.connect()) for _ in range(n)]
        statuses = []
        for reader, writer in pairs:
            with contextlib.suppress(ConnectionError):
                writer.write(request("/health"))
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                statuses.append((await read_answer(reader))[0])
        return statuses


async def until(condition, what, limit_s=30):
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.05)


async def measure_rate(server, path, seconds=1.0):
    """Requests a second of one client that asks ten at a time."""
    done = 0
    start = time.monotonic()
    async with server.connect() as (reader, writer):
        while time.monotonic() - start < seconds:
            writer.write(request(path) * 10)
            for _ in range(10):
                assert (await read_answer(reader))[0] == 200
            done += 10
    return done / (time.monotonic() - start)


async def load(server, log, options):
    counts = {"requests": 0, "messages": 0, "bad": 0}
    seen = dict.fromkeys(range(options.clients), 0)
    watcher = asyncio.create_task(server.watch())
    clients = make_clients(server, counts, seen, options.clients)
    cpu_before = server.cpu_s()
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        log.play(5)
        failed = [task for task in clients if task.done()]
        for task in failed:
            task.result()
        assert not failed, "a client ended early"
        await asyncio.sleep(0.1)
    followers = [i for i in range(options.clients) if i % 20 < 8]
    await until(lambda: all(seen[i] == log.seq for i in followers), "followers have not seen every line")
    cpu_s = server.cpu_s() - cpu_before
    for task in clients + [watcher]:
        task.cancel()
    for result in await asyncio.gather(*clients, watcher, return_exceptions=True):
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result
    return counts, cpu_s


async def run(options):
    with tempfile.TemporaryDirectory() as folder:
        log = Log(folder)
        log.play(1000)
        process = await asyncio.create_subprocess_exec(
            options.ltfb_log, "serve", folder, "--address", f"{HOST}:0", stdout=asyncio.subprocess.PIPE)
        try:
            address = (await process.stdout.readline()).decode().split()[-1].rstrip("/")
            server = Server(process, int(address.rsplit(":", 1)[1]))
            await check(server, log, options)
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 10) == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def check(server, log, options):
    assert (await get(server, "/health"))[0] == 200
    await asyncio.sleep(0.1)
    descriptors = server.descriptors()
    counts, cpu_s = await load(server, log, options)
    loaded_s = options.seconds
    statuses = await flood(server, 400)
    assert statuses.count(200) > 100, statuses
    assert 503 in statuses, statuses
    await until(lambda: server.descriptors() <= descriptors,
                f"descriptors leaked: {descriptors} before, {server.descriptors()} after")
    growth = server.max_rss_mb - server.base_rss_mb
    assert growth < MAX_GROWTH_MB, f"memory grew by {growth:.1f} MB"
    status = json.loads((await get(server, "/api/status"))[1])
    assert status["log"]["events"] == log.seq and status["state"] == "open", status
    metrics = (await get(server, "/metrics"))[1].decode()
    assert "ltfb_server_errors_total 0\n" in metrics, metrics
    small, page = await measure_rate(server, "/api/status"), await measure_rate(server, "/api/events?limit=1000")
    print("clients,seconds,requests,messages,bad_requests,cpu_share,base_mb,max_mb,status_per_s,event_pages_per_s")
    print(f"{options.clients},{loaded_s},{counts['requests']},{counts['messages']},{counts['bad']},"
          f"{cpu_s / loaded_s:.3f},{server.base_rss_mb:.1f},{server.max_rss_mb:.1f},{small:.0f},{page:.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ltfb_log")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clients", type=int, default=200)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
