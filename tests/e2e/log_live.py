"""The live page in Chromium, while ltfb-run trains and afterwards: log_live.py BIN ARTEFACTS.
Compares what it shows with ltfb-log --json of the same part of the log. 77: skipped."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from page_checks import (COLLECT, PATIENCE_MS, check_drawn, check_values, check_width, open_page, start_chromium,
                         sync_playwright, wait_until)
from runs import command, data_set, events_of, kill, processes_of, rank_of, wait_for

BIN, ARTEFACTS = sys.argv[1:3]
LTFB_LOG = f"{BIN}/ltfb-log"
LIVE = """() => Object.fromEntries([...document.querySelectorAll("#live-values [data-key]")].map(
    ({dataset}) => [dataset.key, dataset.value]))"""


class Server:
    """A program that serves, and the address and token that it printed."""

    def __init__(self, words, errors_to):
        self.output = pathlib.Path(errors_to)
        with open(self.output, "w", encoding="utf-8") as file:
            self.process = subprocess.Popen(words, stdout=file, stderr=file)
        wait_for(lambda: self.find(r"status page: (\S+)") or self.process.poll() is not None, "the address")
        self.address = self.find(r"status page: (\S+)")
        assert self.address, self.output.read_text()
        self.token = self.find(r"token for snapshot and stop: (\S+)")

    def find(self, pattern):
        found = re.search(pattern, self.output.read_text())
        return found and found[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)


def cut(run, events, folder):
    """The run as it was when its log had so many events."""
    part = pathlib.Path(folder) / "part" / pathlib.Path(run).name
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    lines = (pathlib.Path(run) / "events.jsonl").read_text().splitlines(keepends=True)
    assert len(lines) >= events
    (part / "events.jsonl").write_text("".join(lines[:events]))
    return part


def wait_for_events(page, more_than):
    wait_until(page, f"Number(document.body.dataset.events) > {more_than}")


def check_training(browser, run, folder):
    """The page moves by itself, and what it shows fits the log at each moment."""
    data = data_set(folder, BIN)
    words = command(BIN, data, run, "--trainers", "4", "--rounds", "100000", "--steps-per-round", "60",
                    "--serve", "127.0.0.1:0", "--save-models", "best")
    with Server(words, f"{folder}/run.log") as server:
        wait_for(lambda: (pathlib.Path(run) / "events.jsonl").exists(), "the log")
        page, problems = open_page(browser, server.address)
        events = 0
        for _ in range(4):
            wait_for_events(page, events)
            shown = page.evaluate(COLLECT)
            check_values(shown, LTFB_LOG, cut(run, shown["events"], folder))
            events = shown["events"]
        live = page.evaluate(LIVE)
        assert int(live["round"]) > 0 and float(live["best_score"]) > 0, live
        assert live["non_finite"] == "0" and live["trainers_lost"] == "0", live
        assert page.get_attribute("body", "data-connection") == "open"
        check_drawn(page)
        page.screenshot(path=f"{ARTEFACTS}/live_1280_light.png", full_page=True)
        for width, scheme in [(390, "light"), (1280, "dark")]:
            other, its_problems = open_page(browser, server.address, width, scheme)
            check_width(other)
            other.screenshot(path=f"{ARTEFACTS}/live_{width}_{scheme}.png", full_page=True)
            assert not its_problems, its_problems
            other.context.close()
        assert not problems, problems
        check_control(page, problems, server, run)
        page.context.close()


def check_control(page, problems, server, run):
    """Snapshot and stop need the token, and then reach the run."""
    page.fill("#token", "wrong")
    page.click("#snapshot")
    page.wait_for_selector("#control-answer.bad")
    assert "token" in page.inner_text("#control-answer")
    assert all("401" in problem for problem in problems), problems
    page.fill("#token", server.token)
    page.click("#snapshot")
    page.wait_for_selector("#control-answer.good")
    wait_for(lambda: any(e["event"] == "snapshot" for e in events_of(run)), "a snapshot")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#stop")
    assert server.process.wait(60) == 75, server.output.read_text()
    page.wait_for_selector("body[data-connection=lost]")


def check_afterwards(browser, run, folder):
    """`ltfb-log serve FOLDER`: the finished run among others, chosen by a click."""
    data = data_set(folder, BIN)
    rounds = max(event["round"] for event in events_of(run)) + 3
    words = command(BIN, data, run, "--trainers", "4", "--rounds", str(rounds), "--steps-per-round", "60",
                    "--save-models", "best", "--resume", "auto", "--allow-change", "rounds")
    subprocess.run(words, check=True)
    subprocess.run([LTFB_LOG, "simulate", "--out", f"{folder}/runs/other"], check=True)
    with Server([LTFB_LOG, "serve", f"{folder}/runs", "--address", "127.0.0.1:0"], f"{folder}/serve.log") as server:
        page, problems = open_page(browser, server.address)
        names = page.locator("#runs-table [data-key=run]").evaluate_all("cells => cells.map(c => c.dataset.value)")
        assert names == ["mine", "other"], names
        for name in ["other", "mine"]:
            page.click(f"#runs-table a:text-is('{name}')")
            wait_until(page, f"document.title === '{name}' && document.body.dataset.ready === 'yes'")
            check_values(page.evaluate(COLLECT), LTFB_LOG, f"{folder}/runs/{name}")
        assert page.get_attribute("body", "data-state") == "ended"
        assert page.is_hidden("#control")
        check_drawn(page)
        page.screenshot(path=f"{ARTEFACTS}/serve_1280_light.png", full_page=True)
        new = f"{folder}/runs/third"
        subprocess.run([LTFB_LOG, "simulate", "--out", new, "--trainers", "3", "--rounds", "2"], check=True)
        page.wait_for_selector("#runs-table a:text-is('third')")
        page.goto(f"{server.address}#run=third")
        wait_until(page, "document.title === 'third' && document.body.dataset.ready === 'yes'")
        check_values(page.evaluate(COLLECT), LTFB_LOG, new)
        assert not problems, problems
        page.context.close()
    assert server.process.returncode == 0


def check_loss(browser, folder):
    """A trainer that dies is named by the page of a run that goes on without it, and by its report."""
    run = f"{folder}/lossy"
    words = command(BIN, data_set(folder, BIN), run, "--trainers", "4", "--rounds", "100000", "--steps-per-round", "60",
                    "--on-trainer-loss", "continue", "--snapshot-every", "2", "--serve", "127.0.0.1:0")
    with Server(words, f"{folder}/lossy.log") as server:
        wait_for(lambda: (pathlib.Path(run) / "events.jsonl").exists(), "the log")
        page, problems = open_page(browser, server.address)
        wait_for_events(page, 40)
        kill(next(pid for pid in processes_of(run) if rank_of(pid) == 2))
        page.wait_for_selector("#live-values .bad [data-key=trainers_lost]")
        assert page.inner_text("#live-values [data-key=trainers_lost]") == "2"
        assert "trainer 2 was lost" in page.inner_text("#live-matches")
        page.wait_for_selector("#incidents-table td:text-is('failure')")
        wait_for_events(page, int(page.get_attribute("body", "data-events")))
        shown = page.evaluate(COLLECT)
        check_values(shown, LTFB_LOG, cut(run, shown["events"], folder))
        page.screenshot(path=f"{ARTEFACTS}/live_lost_1280_light.png", full_page=True)
        assert not problems, problems
        page.context.close()
    assert server.process.returncode == 75, server.output.read_text()
    subprocess.run([LTFB_LOG, "report", run, "-o", f"{folder}/lossy.html"], check=True)
    page, problems = open_page(browser, f"file://{folder}/lossy.html")
    check_values(page.evaluate(COLLECT), LTFB_LOG, run)
    assert "1 trainer lost" in page.inner_text("#subtitle")
    assert "trainer 2 was lost" in page.inner_text("#incidents-table")
    page.screenshot(path=f"{ARTEFACTS}/report_lost_1280_light.png", full_page=True)
    assert not problems, problems
    page.context.close()


def check_token(browser, folder):
    """Beyond the loopback address nobody reads without the token; a browser keeps it as a cookie."""
    with Server([LTFB_LOG, "serve", f"{folder}/runs", "--address", "0.0.0.0:0"], f"{folder}/token.log") as server:
        port, token = re.search(r":(\d+)/\?token=(\w+)", server.address).groups()
        context = browser.new_context()
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        assert page.goto(f"http://127.0.0.1:{port}/").status == 401
        assert page.goto(f"http://127.0.0.1:{port}/?token=wrong").status == 401
        assert page.goto(f"http://127.0.0.1:{port}/?token={token}").status == 200
        assert page.url == f"http://127.0.0.1:{port}/"
        page.wait_for_selector("body[data-ready=yes]", state="attached")
        context.close()


def main():
    os.makedirs(ARTEFACTS, exist_ok=True)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        run = f"{folder}/runs/mine"
        os.makedirs(f"{folder}/runs")
        browser = start_chromium(driver)
        check_training(browser, run, folder)
        check_afterwards(browser, run, folder)
        check_loss(browser, folder)
        check_token(browser, folder)
        browser.close()
    print(f"ok in {time.monotonic() - start:.0f} s")


main()
