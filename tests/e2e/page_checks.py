"""Reads values off the page of a report in Chromium and compares them with ltfb-log --json.
Importing this leaves with 77 (skipped) where playwright or Chromium is missing."""
import json
import math
import shutil
import subprocess
import sys
import time

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    print("SKIPPED: this Python has no playwright package (see scripts/test-python)")
    sys.exit(77)
CHROMIUM = shutil.which("chromium")
if not CHROMIUM:
    print("SKIPPED: no chromium (Debian package chromium; scripts/install --tests)")
    sys.exit(77)

PATIENCE_MS = 120_000  # of a browser that shares its cores

COLLECT = """() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const values = (selector) => Object.fromEntries(
        all(`${selector} [data-key]`).map(({dataset}) => [dataset.key, dataset.value]));
    return {
        events: Number(document.body.dataset.events),
        headline: values("#headline"), settings: values("#settings-table"), parity: values("#parity"),
        standings: all("#standings-table tr").slice(1).map((row) => Object.fromEntries(
            [...row.querySelectorAll("td")].map(({dataset}) => [dataset.key, dataset.value]))),
        wins: all("#win-matrix td[data-won]").map(({dataset}) => ({...dataset})),
        schedules: Object.fromEntries(all("#schedules > [data-key]").map(
            (box) => [box.dataset.key, box.querySelector("canvas").dataset.last])),
        subtitle: document.querySelector("#subtitle").textContent, is_live: "state" in document.body.dataset,
        incidents: all("#incidents-table tr").slice(1).map(
            (row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent)),
        stragglers: document.querySelector("#timing-note").dataset.stragglers,
        last: document.querySelector("#curves canvas").dataset.lastWinnerScore,
    }; }"""


def start_chromium(driver):
    return driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


def open_page(browser, address, width=1280, scheme="light"):
    """A page, and the list that its console messages and errors come into."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    problems = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url)
            if not request.url.startswith((address.split("/#")[0], "data:")) else None)
    page.goto(address)
    page.wait_for_selector("body[data-ready=yes]", state="attached")
    return page, problems


def wait_until(page, expression, limit_s=60):
    """Playwright's own wait_for_function evaluates texts in the page, which the page forbids."""
    end = time.monotonic() + limit_s
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"waited {limit_s} s for {expression}"
        page.wait_for_timeout(50)


def check_width(page):
    wide, width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= width, f"{wide} pixels on a screen of {width}"


def check_drawn(page):
    """No canvas is blank: each has pixels of more than one colour."""
    for canvas in page.locator("canvas:visible").all():
        colours = canvas.evaluate("""(canvas) => {
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size; }""")
        assert colours > 3, canvas.get_attribute("aria-label")


def same(shown, expected):
    if expected is None:
        return shown == ""
    if isinstance(expected, float):
        return math.isclose(float(shown), expected, rel_tol=1e-12)
    return shown == str(expected)


def check_values(shown, ltfb_log, run):
    """Every number that the page shows, as `COLLECT` found it, is what the command line prints."""
    def tables(verb):
        out = subprocess.run([ltfb_log, verb, str(run), "--json"], capture_output=True, check=True)
        return json.loads(out.stdout)["runs"][0]

    summary = tables("summary")
    has_ended = summary["summary"]["state"].startswith("ended")
    scores = ("test_r2", "test_mse") if has_ended else ("best_score",)
    expected = {key: summary["result"][key] for key in (*scores, "best_trainer", "founders_left")}
    expected |= {key: summary["summary"][key] for key in ("rounds", "adoptions")}
    expected["wall_s"] = summary["time"]["wall_s"]
    assert shown["headline"].keys() == expected.keys(), (shown["headline"], expected)
    for key, number in expected.items():
        assert same(shown["headline"][key], number), (key, shown["headline"][key], number)

    lost = summary["summary"]["trainers_lost"]
    is_told = f"{lost} trainer{'s' if lost > 1 else ''} lost" in shown["subtitle"]
    assert is_told == (lost > 0 and not shown["is_live"]), shown["subtitle"]
    assert [row[4] for row in shown["incidents"]] == [incident["what"] for incident in summary["incidents"]]

    standings = tables("standings")["standings"]
    assert len(shown["standings"]) == len(standings)
    for row, expected in zip(shown["standings"], standings):
        for key, number in row.items():
            assert same(number, expected[key]), (key, number, expected[key])

    survivors = {row["trainer"] for row in standings}
    wins = [{key: str(value) for key, value in pair.items()} for pair in tables("wins")["wins"]
            if pair["trainer"] in survivors and pair["opponent"] in survivors]

    def order(pair):
        return int(pair["trainer"]), int(pair["opponent"])
    assert sorted(shown["wins"], key=order) == sorted(wins, key=order)

    stragglers = [t["trainer"] for t in tables("timing")["trainers"] if t["straggler"]]
    assert shown["stragglers"] == " ".join(map(str, stragglers))
    schedule = tables("schedule")["schedule"]
    for key, last in shown["schedules"].items():
        assert same(last, schedule[-1][key]), key
    assert same(shown["last"], schedule[-1]["score"])
    assert shown["settings"] == {setting["key"]: setting["value"] for setting in summary["settings"]}
    if has_ended:  # the CSV has six digits
        assert abs(float(shown["parity"]["parity_r2"]) - summary["result"]["test_r2"]) < 1e-4
