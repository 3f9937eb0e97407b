"""Opens a report in Chromium and compares what it shows with ltfb-log --json:
log_report.py LTFB_LOG ARTEFACTS. Leaves screenshots in ARTEFACTS. 77: skipped."""
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

try:
    from playwright.sync_api import sync_playwright
except ImportError:
    print("SKIPPED: this Python has no playwright package (see scripts/test-python)")
    sys.exit(77)
CHROMIUM = shutil.which("chromium")
if not CHROMIUM:
    print("SKIPPED: no chromium (Debian package chromium)")
    sys.exit(77)

LTFB_LOG, ARTEFACTS = sys.argv[1:3]


def log(*arguments):
    done = subprocess.run([LTFB_LOG, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def tables(verb, run):
    return json.loads(log(verb, run, "--json"))["runs"][0]


def same(shown, expected):
    if expected is None:
        return shown == ""
    if isinstance(expected, float):
        return math.isclose(float(shown), expected, rel_tol=1e-12)
    return shown == str(expected)


COLLECT = """() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const values = (selector) => Object.fromEntries(
        all(`${selector} [data-key]`).map(({dataset}) => [dataset.key, dataset.value]));
    return {
        headline: values("#headline"), settings: values("#settings-table"), parity: values("#parity"),
        standings: all("#standings-table tr").slice(1).map((row) => Object.fromEntries(
            [...row.querySelectorAll("td")].map(({dataset}) => [dataset.key, dataset.value]))),
        wins: all("#win-matrix td[data-won]").map(({dataset}) => ({...dataset})),
        schedules: Object.fromEntries(all("#schedules > [data-key]").map(
            (box) => [box.dataset.key, box.querySelector("canvas").dataset.last])),
        stragglers: document.querySelector("#timing-note").dataset.stragglers,
        last: document.querySelector("#curves canvas").dataset.lastWinnerScore,
    }; }"""


def check_values(page, run):
    """Every number with a data-value attribute is the number that the command line prints."""
    shown = page.evaluate(COLLECT)
    summary = tables("summary", run)
    expected = {key: summary["result"][key] for key in
                ("test_r2", "test_mse", "best_trainer", "founders_left")}
    expected |= {key: summary["summary"][key] for key in ("rounds", "adoptions")}
    expected["wall_s"] = summary["time"]["wall_s"]
    assert shown["headline"].keys() == expected.keys()
    for key, number in expected.items():
        assert same(shown["headline"][key], number), (key, shown["headline"][key], number)

    standings = tables("standings", run)["standings"]
    assert len(shown["standings"]) == len(standings)
    for row, expected in zip(shown["standings"], standings):
        for key, number in row.items():
            assert same(number, expected[key]), (key, number, expected[key])

    survivors = {row["trainer"] for row in standings}
    wins = [{key: str(value) for key, value in pair.items()} for pair in tables("wins", run)["wins"]
            if pair["trainer"] in survivors and pair["opponent"] in survivors]
    order = lambda pair: (int(pair["trainer"]), int(pair["opponent"]))
    assert sorted(shown["wins"], key=order) == sorted(wins, key=order)

    stragglers = [t["trainer"] for t in tables("timing", run)["trainers"] if t["straggler"]]
    assert shown["stragglers"] == " ".join(map(str, stragglers))
    schedule = tables("schedule", run)["schedule"]
    for key, last in shown["schedules"].items():
        assert same(last, schedule[-1][key]), key
    assert same(shown["last"], schedule[-1]["score"])
    assert shown["settings"] == {setting["key"]: setting["value"] for setting in summary["settings"]}
    # The CSV has six digits.
    assert abs(float(shown["parity"]["parity_r2"]) - summary["result"]["test_r2"]) < 1e-4


def check_drawn(page):
    """No canvas is blank: each has pixels of more than one colour."""
    for canvas in page.locator("canvas").all():
        colours = canvas.evaluate("""(canvas) => {
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size; }""")
        assert colours > 3, canvas.get_attribute("aria-label")


def open_page(browser, path, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    problems = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url)
            if not request.url.startswith(("file:", "data:")) else None)
    page.goto(f"file://{path}")
    page.wait_for_selector("body[data-ready=yes]", state="attached")
    assert not problems, problems
    return page


def check_run(browser, folder, name, arguments):
    run, path = f"{folder}/{name}", f"{folder}/{name}.html"
    log("simulate", "--out", run, *arguments)
    log("report", run, "-o", path)
    for width, scheme in [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]:
        page = open_page(browser, path, width, scheme)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} pixels on a screen of {width}"
        check_drawn(page)
        page.screenshot(path=f"{ARTEFACTS}/report_{name}_{width}_{scheme}.png", full_page=True)
        if width == 1280 and scheme == "dark":
            page.pdf(path=f"{ARTEFACTS}/report_{name}.pdf", format="A4", print_background=True)
            assert not page.evaluate("document.documentElement.classList.contains('paper')")
        check_values(page, run)
        page.context.close()


def check_hostile(browser, folder):
    """Names and settings from a log never become markup."""
    run, path = f"{folder}/<img src=x onerror=alert(1)>", f"{folder}/hostile.html"
    log("simulate", "--trainers", "4", "--rounds", "3", "--out", run)
    events = open(f"{run}/events.jsonl").read()
    evil = "</script><script>document.body.dataset.evil=1</script>"
    with open(f"{run}/events.jsonl", "w") as file:
        file.write(events.replace('"partition":"disjoint"', f'"partition":"{evil}"'))
    log("report", run, "-o", path)
    page = open_page(browser, path, 800, "light")
    assert page.get_attribute("body", "data-evil") is None
    assert page.locator("img").count() == 0
    assert page.inner_text("h1") == "<img src=x onerror=alert(1)>"


def main():
    os.makedirs(ARTEFACTS, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        check_run(browser, folder, "small", ["--trainers", "16", "--rounds", "40", "--failures", "1", "--seed", "4"])
        check_run(browser, folder, "tiny", ["--trainers", "1", "--rounds", "1"])
        check_hostile(browser, folder)
        browser.close()
    print("ok")


main()
