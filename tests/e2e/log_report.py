"""Opens a report in Chromium and compares what it shows with ltfb-log --json:
log_report.py LTFB_LOG ARTEFACTS. Leaves screenshots in ARTEFACTS. 77: skipped."""
import os
import subprocess
import sys
import tempfile

from page_checks import (COLLECT, check_drawn, check_values, check_width, open_page, start_chromium,
                         sync_playwright)

LTFB_LOG, ARTEFACTS = sys.argv[1:3]


def log(*arguments):
    subprocess.run([LTFB_LOG, *arguments], check=True)


def check_run(browser, folder, name, arguments):
    run, path = f"{folder}/{name}", f"{folder}/{name}.html"
    log("simulate", "--out", run, *arguments)
    log("report", run, "-o", path)
    for width, scheme in [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]:
        page, problems = open_page(browser, f"file://{path}", width, scheme)
        check_width(page)
        check_drawn(page)
        page.screenshot(path=f"{ARTEFACTS}/report_{name}_{width}_{scheme}.png", full_page=True)
        if width == 1280 and scheme == "dark":
            page.pdf(path=f"{ARTEFACTS}/report_{name}.pdf", format="A4", print_background=True)
            assert not page.evaluate("document.documentElement.classList.contains('paper')")
        check_values(page.evaluate(COLLECT), LTFB_LOG, run)
        assert not problems, problems
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
    page, problems = open_page(browser, f"file://{path}", 800)
    assert page.get_attribute("body", "data-evil") is None
    assert page.locator("img").count() == 0
    assert page.inner_text("h1") == "<img src=x onerror=alert(1)>"
    assert not problems, problems


def main():
    os.makedirs(ARTEFACTS, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = start_chromium(driver)
        check_run(browser, folder, "small", ["--trainers", "16", "--rounds", "40", "--failures", "1", "--seed", "4"])
        check_run(browser, folder, "tiny", ["--trainers", "1", "--rounds", "1"])
        check_hostile(browser, folder)
        browser.close()
    print("ok")


main()
