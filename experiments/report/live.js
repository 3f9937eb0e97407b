"use strict";

// The page as a status server gives it has no data of its own: it asks for what docs/http-api.md
// describes, and asks again when the stream of events says that the log has grown.

const shortest_pause_ms = 500;  // between two looks at a run that keeps moving
const again_ms = 1500;          // after something failed, or a report that was not ready
const runs_ms = 5000;           // between two looks at the list of runs
const longest_log_bytes = 256 * 2 ** 20;

class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

async function ask(path, options = {}) {
  const answer = await fetch(path, {cache: "no-store", ...options});
  const body = await answer.json();
  if (!answer.ok) throw new Refusal(answer.status, body.error ?? answer.statusText);
  return {body, status: answer.status, events: Number(answer.headers.get("X-Log-Events"))};
}

function say(text, kind = "") {
  byId("connection").textContent = text;
  byId("connection").className = `state ${kind}`;
}

// One run that is looked at, until another is chosen.
class Follower {
  constructor(name) {
    this.query = `run=${encodeURIComponent(name)}`;
    this.hasNews = true;
    this.shownEvents = -1;
    this.wake = () => {};
    this.work();
  }

  close() {
    this.isClosed = true;
    this.stream?.close();
    this.wake();
  }

  notice() {
    this.hasNews = true;
    this.wake();
  }

  async work() {
    while (!this.isClosed) {
      if (!this.hasNews || document.hidden) {
        await new Promise((wake) => { this.wake = wake; });
        continue;
      }
      this.hasNews = false;
      try {
        await this.look();
        await pause(shortest_pause_ms);
      } catch (error) {
        if (this.isClosed) return;
        this.stream?.close();
        this.stream = undefined;
        say(error instanceof Refusal ? error.message : "The server does not answer: the run has ended, or it is out of reach.", "bad");
        document.body.dataset.connection = "lost";
        this.hasNews = true;
        await pause(again_ms);
      }
    }
  }

  async look() {
    const {body: status} = await ask(`api/status?${this.query}`);
    if (this.isClosed) return;
    this.listen(status.log.events);
    showStatus(status);
    if (status.log.events === this.shownEvents || status.round < 0) return;
    await this.fetchReport(status);
  }

  async fetchReport(status) {
    if (status.log.bytes > longest_log_bytes) {
      return say("The log is too long for live charts: make them with ltfb-log report.", "warn");
    }
    const {body: report, status: answer, events} = await ask(`api/report?${this.query}`);
    if (this.isClosed) return;
    if (answer === 200) {
      document.documentElement.classList.remove("is-empty");
      render(report);
      this.shownEvents = events;
    }
    // One that is newer is being made.
    if (events !== status.log.events) setTimeout(() => this.notice(), again_ms);
  }

  listen(from) {
    if (this.stream && this.stream.readyState !== EventSource.CLOSED) return;
    this.stream = new EventSource(`api/stream?${this.query}&from=${from}`);
    this.stream.onmessage = () => this.notice();
    this.stream.addEventListener("reset", () => {
      this.shownEvents = -1;
      this.notice();
    });
    this.stream.onerror = () => this.notice();
    document.body.dataset.connection = "open";
  }
}

function etaOf({state, round, rounds, t_rel_s}) {
  if (state !== "running" || round < 0 || !(rounds > round)) return null;
  return t_rel_s / (round + 1) * (rounds - round - 1);
}

const states = {
  waiting: ["waiting for its first event", ""], running: ["running", ""], ended: ["ended", ""],
  open: ["not ended: running elsewhere, or cut off", "warn"],
};

function showStatus(status) {
  const [text, kind] = states[status.state];
  const reason = status.reason ? ` (${status.reason})` : "";
  const idle = status.state === "open" ? `, nothing written for ${format.seconds(status.idle_s)}` : "";
  say(`${text}${reason}${idle}${status.log.is_indexing ? ", reading its log" : ""}`, kind);
  byId("live-progress").max = Math.max(status.rounds, 1);
  byId("live-progress").value = status.round + 1;
  const values = [
    ["round", "round", status.round, status.round < 0 ? "–" : `${status.round + 1} of ${format.count(status.rounds)}`],
    ["best_score", `best ${status.metric}`, status.best_score, format.number(status.best_score)],
    ["median_score", "median", status.median_score, format.number(status.median_score)],
    ["samples_per_s", "samples/s", status.samples_per_s, format.count(Math.round(status.samples_per_s))],
    ["adoptions", "adoptions", status.adoptions, format.count(status.adoptions)],
    ["non_finite", "not finite", status.non_finite, format.count(status.non_finite), status.non_finite > 0],
    ["trainers_lost", "trainers lost", status.trainers_lost.length, status.trainers_lost.join(", ") || "0", status.trainers_lost.length > 0],
    ["elapsed", "elapsed", status.t_rel_s, format.seconds(status.t_rel_s)],
    ["eta", "left, about", etaOf(status), format.seconds(etaOf(status))],
  ];
  byId("live-values").replaceChildren(...values.map(([key, name, value, shown, isBad]) =>
    element("div", {class: isBad ? "bad" : undefined}, element("dt", {}, name),
      element("dd", {"data-key": key, "data-value": dataValue(value)}, shown))));
  const failure = status.last_failure ? `Last failure: ${status.last_failure.what}: ${status.last_failure.message}. ` : "";
  byId("live-matches").textContent = failure + (status.last_matches.length === 0 ? ""
    : "Last round: " + status.last_matches.slice(0, 12).map(({trainer, opponent, adopted}) =>
      `${trainer} ${adopted ? "takes over" : "keeps against"} ${opponent}`).join(", ") + (status.last_matches.length > 12 ? ", …" : ""));
  if (document.body.dataset.ready !== "yes") byId("name").textContent = status.run;
  byId("live").hidden = false;
  document.body.dataset.state = status.state;
}

// A number that is not finite is a text in the interface.
const byBest = (value) => (typeof value === "number" ? format.number(value) : value ?? "–");

function showRuns(runs, chosen) {
  byId("runs").hidden = runs.length < 2;
  fillTable(byId("runs-table"), ["run", "state", "round", "trainers", "best", "events"], runs.map((run) => [
    element("td", {"data-key": "run", "data-value": run.run, class: run.run === chosen ? "chosen" : undefined},
      element("a", {href: `#run=${encodeURIComponent(run.run)}`}, run.run)),
    element("td", {"data-key": "state", "data-value": run.state}, run.state),
    element("td", {"data-key": "round", "data-value": dataValue(run.round)}, run.round < 0 ? "–" : `${run.round + 1} of ${run.rounds}`),
    element("td", {}, format.count(run.trainers)),
    element("td", {"data-key": "best_score", "data-value": dataValue(run.best_score)}, `${byBest(run.best_score)} ${run.metric}`),
    element("td", {}, format.count(run.events)),
  ]));
}

const chosenInAddress = () => new URLSearchParams(location.hash.slice(1)).get("run");

// What to show where nobody has chosen: a run that moves, or the first.
function firstOf(runs) {
  return (runs.find((run) => run.state === "running") ?? runs.find((run) => run.state === "open") ?? runs[0])?.run;
}

async function followRuns() {
  let follower;
  let shown;
  const choose = (name) => {
    if (name === undefined || name === shown) return;
    follower?.close();
    shown = name;
    document.body.dataset.ready = "no";
    document.documentElement.classList.add("is-empty");
    follower = new Follower(name);
  };
  window.addEventListener("hashchange", () => choose(chosenInAddress()));
  document.addEventListener("visibilitychange", () => follower?.notice());
  byId("snapshot").addEventListener("click", () => command("snapshot"));
  byId("stop").addEventListener("click", () => {
    if (confirm("Stop the run after a snapshot?")) command("stop");
  });
  document.documentElement.classList.add("is-empty");
  isLive = true;
  for (;;) {
    try {
      const {body: {runs, can_control: canControl}} = await ask("api/runs");
      byId("control").hidden = !canControl;
      choose(chosenInAddress() ?? shown ?? firstOf(runs));
      showRuns(runs, shown);
      if (runs.length === 0) say("No run is there yet.");
      byId("live").hidden = false;
    } catch (error) {
      if (!follower) say(error.message, "bad");
      byId("live").hidden = false;
    }
    await pause(runs_ms);
  }
}

async function command(what) {
  const answer = byId("control-answer");
  try {
    await ask(`api/${what}`, {method: "POST", headers: {Authorization: `Bearer ${byId("token").value}`}});
    answer.textContent = what === "stop" ? "The run will stop after a snapshot." : "A snapshot was asked for.";
    answer.className = "good";
  } catch (error) {
    answer.textContent = error.message;
    answer.className = "bad";
  }
}

const embedded = JSON.parse(byId("data").textContent);
if (embedded === null) {
  followRuns();
} else {
  render(embedded);
}
