"use strict";

let isLive = false;  // a status server's page, which tells the state of the run by itself

function drawHeadline({run, result}) {
  byId("name").textContent = run.name;
  const state = element("span", {class: "state"}, run.has_ended ? "done" : "running or cut off");
  if (!run.has_ended) state.classList.add("warn");
  if (run.trainers_lost > 0) {
    state.textContent += `, ${run.trainers_lost} trainer${run.trainers_lost > 1 ? "s" : ""} lost`;
    state.classList.add("warn");
  }
  byId("subtitle").replaceChildren(
    ...(isLive ? [] : [state, " · "]), `run ${run.run_id} · started ${run.started.replace("T", " ").slice(0, 16)} UTC · ltfb ${run.version}`);

  // The test role is scored once, at the end.
  const scores = run.has_ended ? [
    ["test_r2", "Test R²", result.test_r2, format.number, `${format.count(result.test_samples)} samples`, true],
    ["test_mse", "Test MSE", result.test_mse, format.number, `MAE ${format.number(result.test_mae, 3)}`],
  ] : [["best_score", `Best ${run.metric}`, result.best_score, format.number, "on its own tournament share", true]];
  const tiles = [
    ...scores,
    ["best_trainer", run.has_ended ? "Winner" : "Leader", result.best_trainer, (t) => (t === null ? "–" : `trainer ${t}`),
     `${run.metric} ${format.number(result.best_score)}, founder ${result.best_lineage}`],
    ["rounds", "Rounds", run.rounds, format.count, `${format.count(run.trainers)} trainer${run.trainers === 1 ? "" : "s"}, ${run.survivors} left`],
    ["adoptions", "Adoptions", run.adoptions, format.count,
     `${format.percent(run.verdicts ? run.adoptions / run.verdicts : null)} of verdicts`],
    ["founders_left", "Founders left", run.founders_left, format.count,
     run.coalescence_round === null ? "not coalesced" : `one since round ${run.coalescence_round}`],
    ["wall_s", "Wall time", run.wall_s, format.seconds,
     run.samples_trained ? `${format.count(Math.round(run.samples_trained / run.wall_s))} samples/s` : ""],
  ];
  byId("headline").replaceChildren(...tiles.map(([key, name, value, show, small, isMain]) =>
    element("div", {class: isMain ? "tile main" : "tile"},
      element("dt", {}, name),
      element("dd", {"data-key": key, "data-value": dataValue(value)}, show(value)),
      element("small", {}, small))));
}

// A curve falls (or jumps) within its round where a better model was adopted.
function trainerPoints(points) {
  const line = [];
  for (const [round, score, held, from] of points) {
    line.push({x: round, y: score ?? NaN});
    if (from !== null) line.push({x: round, y: held ?? NaN, from});
  }
  return line;
}

function drawCurves({run, rounds, curves, population}) {
  const canvas = byId("curves").querySelector("canvas");
  byId("curves-note").textContent = `${run.metric} on each trainer's own tournament share ` +
    `(${run.lower_is_better ? "lower" : "higher"} is better). Dots: a tournament replaced the trainer's model; bars: share of verdicts that did. ` +
    (curves.trainers.length < run.survivors ? `The best ${curves.trainers.length} of ${run.survivors} survivors are drawn.` : "");
  const winner = curves.winner.map(([round, score, , from, who]) => ({x: round, y: score ?? NaN, from, who}));
  const all = [...curves.trainers.flatMap((t) => t.points.flatMap((p) => [p[1], p[2]])), ...winner.map((p) => p.y)]
    .filter((value) => Number.isFinite(value));
  canvas.dataset.trainers = curves.trainers.length;
  canvas.dataset.lastWinnerScore = dataValue(winner.at(-1)?.y);
  draw(canvas, (colours) => ({
    type: "line",
    data: {
      datasets: [
        {label: "winner's lineage", data: winner, borderColor: colours.accent, borderWidth: 2.6, order: 0,
         pointStyle: "circle", backgroundColor: colours.accent,
         pointRadius: (c) => (winner[c.dataIndex]?.from != null || rounds.length === 1 ? (rounds.length > 80 ? 2 : 4) : 0),
         pointHitRadius: 8},
        {label: "population median", data: rounds.map((x, i) => ({x, y: population.median[i] ?? NaN})),
         borderColor: colours.warn, borderWidth: 1.6, borderDash: [6, 4], pointRadius: 0, order: 1,
         pointStyle: "line", backgroundColor: colours.warn},
        ...curves.trainers.map(({trainer, points}) => {
          const line = trainerPoints(points);
          return {label: `trainer ${trainer}`, data: line, borderColor: colours.soft, borderWidth: 1.1, order: 2,
            backgroundColor: colours.soft, pointRadius: (c) => (line[c.dataIndex]?.from !== undefined ? 2.2 : 0)};
        }),
      ],
    },
    options: baseOptions(colours, {
      x: roundAxis(rounds), y: {title: run.metric, ...scoreAxis(all), ...alignedAxis},
      plugins: {
        legend: {labels: {filter: (item) => item.datasetIndex < 2}},
        tooltip: {callbacks: {title: (items) => `round ${items[0].raw.x}`, label: (item) => curveLabel(item)}},
      },
    }),
  }));
  drawAdoptions(rounds, population.adoption_share);
}

function curveLabel({dataset, raw}) {
  const value = `${dataset.label}: ${format.number(raw.y)}`;
  if (raw.who !== undefined) {
    return value + ` (trained by ${raw.who}${raw.from === null ? "" : `, adopted from ${raw.from}`})`;
  }
  return raw.from === undefined ? value : value + ` (adopted from trainer ${raw.from})`;
}

function drawAdoptions(rounds, share) {
  draw(byId("adoptions"), (colours) => ({
    type: "bar",
    data: {datasets: [{data: rounds.map((x, i) => ({x, y: share[i]})), backgroundColor: colours.soft,
      barPercentage: 0.9, categoryPercentage: 0.9, maxBarThickness: 22}]},
    options: baseOptions(colours, {
      x: {...roundAxis(rounds), title: undefined, offset: false, ticks: {display: false}},
      y: {min: 0, max: 1, ticks: {stepSize: 0.5, callback: format.percent}, ...alignedAxis},
      plugins: {legend: {display: false}, tooltip: {callbacks: {
        title: (items) => `round ${items[0].raw.x}`, label: ({raw}) => `${format.percent(raw.y)} of verdicts adopted`}}},
    }),
  }));
}

function drawRiver({run, rounds, river}) {
  const canvas = byId("river").querySelector("canvas");
  canvas.dataset.founders = river.length;
  draw(canvas, (colours) => ({
    type: "line",
    data: {datasets: river.map(({founder, founders, models}, i) => ({
      label: founder === null ? `${founders} other founders` : `founder ${founder}`,
      data: rounds.map((x, r) => ({x, y: models[r]})), fill: i === 0 ? "origin" : "-1",
      backgroundColor: founder === null ? colours.soft : palette[i % palette.length] + "d8",
      borderColor: colours.card, borderWidth: 0.6, pointRadius: rounds.length === 1 ? 4 : 0, cubicInterpolationMode: "monotone",
    }))},
    options: baseOptions(colours, {
      x: rounds.length <= 1 ? roundAxis(rounds) : {...roundAxis(rounds), min: rounds[0], max: rounds.at(-1)},
      y: {title: "models", stacked: true, min: 0, max: run.trainers, ticks: {precision: 0}},
      interaction: {mode: "index", intersect: false},
      plugins: {tooltip: {
        filter: (item) => item.raw.y > 0,
        callbacks: {title: (items) => `after round ${items[0]?.raw.x}`, label: ({dataset, raw}) => `${dataset.label}: ${raw.y}`}}},
    }),
  }));
}

function drawSchedules({rounds, schedule}) {
  const box = byId("schedules");
  if (schedule.length === 0) {
    box.replaceChildren(element("p", {class: "empty"}, "No hyperparameter ever varied."));
    return;
  }
  if (box.childElementCount !== schedule.length || box.querySelector(".empty")) {
    box.replaceChildren(...schedule.map(({key}) => element("div", {"data-key": key}, element("h3", {}, key),
      element("div", {class: "chart"}, element("canvas", {role: "img", "aria-label": `${key} by round`})))));
  }
  schedule.forEach((row, i) => drawSchedule(box.children[i].querySelector("canvas"), rounds, row));
}

function drawSchedule(canvas, rounds, {winner, low, median, high}) {
  const line = (values) => rounds.map((x, i) => ({x, y: values[i] ?? NaN}));
  canvas.dataset.last = dataValue(winner.at(-1));
  draw(canvas, (colours) => ({
    type: "line",
    data: {datasets: [
      {label: "winner's lineage", data: line(winner), borderColor: colours.accent, borderWidth: 2.2, stepped: "middle"},
      {label: "population median", data: line(median), borderColor: colours.warn, borderWidth: 1.2, borderDash: [5, 4]},
      {label: "lowest", data: line(low), borderColor: "transparent", fill: false},
      {label: "highest", data: line(high), borderColor: "transparent", backgroundColor: colours.band, fill: "-1"},
    ]},
    options: baseOptions(colours, {
      x: {...roundAxis(rounds), title: undefined}, y: scoreAxis([...low, ...high].filter(Number.isFinite)),
      interaction: {mode: "index", intersect: false}, elements: {point: {radius: 0}},
      plugins: {legend: {display: false}, tooltip: {callbacks: {
        title: (items) => `round ${items[0].raw.x}`, label: ({dataset, raw}) => `${dataset.label}: ${format.number(raw.y)}`}}},
    }),
  }));
}

function drawWins({wins}) {
  const {trainers, cells} = wins;
  const found = new Map(cells.map(([row, column, won, lost]) => [row * trainers.length + column, {won, lost}]));
  const cell = (row, column) => {
    const pair = found.get(row * trainers.length + column);
    if (!pair) return element("td", {}, row === column ? "·" : "");
    const share = pair.won / (pair.won + pair.lost) - 0.5;
    const colour = `rgba(var(--${share >= 0 ? "win" : "loss"}), ${(0.05 + 1.4 * Math.abs(share)).toFixed(3)})`;
    return element("td", {
      style: `background: ${colour}`, "data-trainer": trainers[row], "data-opponent": trainers[column],
      "data-won": pair.won, "data-lost": pair.lost,
      title: `trainer ${trainers[row]} beat trainer ${trainers[column]} ${pair.won} of ${pair.won + pair.lost} times`,
    }, String(pair.won));
  };
  fillTable(byId("win-matrix"), ["", ...trainers.map(String)], trainers.map((trainer, row) =>
    [element("th", {}, String(trainer)), ...trainers.map((_, column) => cell(row, column))]));
}

const activities = [["train_s", "train", 0], ["evaluate_s", "evaluate", 2], ["exchange_s", "exchange", 1],
  ["wait_s", "wait", 11], ["snapshot_s", "snapshot", 6]];

function drawTiming({timing}) {
  const rows = timing.trainers;
  const stragglers = rows.filter((row) => row.straggler).map((row) => row.trainer);
  const note = byId("timing-note");
  note.dataset.stragglers = stragglers.join(" ");
  note.textContent = (rows.length < timing.of ? `The ${rows.length} trainers of ${timing.of} that trained longest. ` : "") +
    (stragglers.length ? `Stragglers (⚠): trainer ${stragglers.join(", ")}.` : "No stragglers.");
  const canvas = byId("timing").querySelector("canvas");
  canvas.parentElement.style.height = `${110 + 22 * rows.length}px`;
  draw(canvas, (colours) => ({
    type: "bar",
    data: {
      labels: rows.map((row) => `${row.straggler ? "⚠ " : ""}${row.trainer}`),
      datasets: activities.map(([key, label, colour]) => ({label, data: rows.map((row) => row[key]),
        backgroundColor: palette[colour], maxBarThickness: 16, pointStyle: "rectRounded"})),
    },
    options: baseOptions(colours, {
      indexAxis: "y", parsing: undefined, normalized: false,
      x: {stacked: true, title: "seconds"}, y: {type: "category", stacked: true, title: "trainer", grid: {display: false}, ticks: {autoSkip: false}},
      interaction: {mode: "index", axis: "y", intersect: false},
      plugins: {tooltip: {callbacks: {
        title: (items) => `trainer ${rows[items[0].dataIndex].trainer}`,
        label: ({dataset, parsed}) => `${dataset.label}: ${format.seconds(parsed.x)}`}}},
    }),
  }));
}

function drawParity({run, parity}) {
  const note = byId("parity-note");
  const canvas = byId("parity").querySelector("canvas");
  canvas.parentElement.hidden = !parity;
  if (!parity) {
    note.textContent = run.has_ended ? "This run kept no test predictions." : "Scored once, when the run ends.";
    return;
  }
  note.replaceChildren("R² ", element("b", {"data-key": "parity_r2", "data-value": dataValue(parity.r2)}, format.number(parity.r2)),
    `, Pearson ${format.number(parity.pearson)}, MAE ${format.number(parity.mae, 3)} over ${format.count(parity.samples)} samples` +
    (parity.non_finite ? `; ${format.count(parity.non_finite)} predictions are not finite` : "") + ". Darker: more samples.");
  const width = (parity.high - parity.low) / parity.bins;
  const at = (bin) => parity.low + (bin + 0.5) * width;
  const most = Math.log1p(Math.max(...parity.cells.map((cell) => cell[2])));
  const points = parity.cells.map(([response, prediction, samples]) => ({x: at(response), y: at(prediction), samples}));
  draw(canvas, (colours) => ({
    type: "scatter",
    data: {datasets: [
      {label: "prediction = response", type: "line", data: [{x: parity.low, y: parity.low}, {x: parity.high, y: parity.high}],
       borderColor: colours.warn, borderWidth: 1.4, borderDash: [6, 4], pointRadius: 0, pointStyle: "line", order: 0},
      {label: "samples", data: points, pointStyle: "rect", order: 1, borderWidth: 0, hoverBorderWidth: 0,
       pointRadius: ({chart}) => cellRadius(chart, parity.bins), hoverRadius: ({chart}) => cellRadius(chart, parity.bins),
       backgroundColor: ({dataIndex}) => withAlpha(colours.accent, 0.12 + 0.88 * Math.log1p(points[dataIndex]?.samples ?? 0) / most)},
    ]},
    options: baseOptions(colours, {
      x: {title: "measured response", min: parity.low, max: parity.high, ticks: {includeBounds: false, callback: (v) => format.number(v, 2)}},
      y: {title: "prediction", min: parity.low, max: parity.high, ticks: {includeBounds: false, callback: (v) => format.number(v, 2)}},
      plugins: {legend: {display: false}, tooltip: {
        filter: (item) => item.datasetIndex === 1,
        callbacks: {label: ({raw}) => `${raw.samples} samples at ${format.number(raw.x, 3)} → ${format.number(raw.y, 3)}`}}},
    }),
  }));
}

// A "rect" point of radius r has sides of r times the square root of 2.
const cellRadius = ({chartArea}, bins) => (chartArea ? chartArea.width / bins / Math.SQRT2 * 1.02 : 3);

function withAlpha(hex, alpha) {
  return hex + Math.round(255 * Math.min(1, alpha)).toString(16).padStart(2, "0");
}

function drawIncidents({incidents}) {
  byId("incidents").hidden = incidents.of === 0;
  byId("incidents-note").textContent = incidents.rows.length < incidents.of ? `The last ${incidents.rows.length} of ${incidents.of}.` : "";
  fillTable(byId("incidents-table"), ["after", "round", "trainer", "event", "what"], incidents.rows.map((row) => [
    format.seconds(row.t_rel_s), row.round < 0 ? "–" : row.round, format.number(row.trainer), row.event, row.what,
  ].map((text) => element("td", {}, String(text)))));
}

function drawTables({run, standings, schedule, settings}) {
  byId("standings-title").textContent = run.has_ended ? "Final standings"
    : run.rounds > 0 ? `Standings after round ${run.rounds - 1}` : "Standings";
  const keys = schedule.map(({key}) => key);
  fillTable(byId("standings-table"), ["rank", "trainer", run.metric, "founder", ...keys], standings.map((row) => [
    ...[row.rank, row.trainer, row.score, row.lineage].map((value, i) => element("td",
      {"data-key": ["rank", "trainer", "score", "lineage"][i], "data-value": dataValue(value)}, format.number(value, 5))),
    ...keys.map((key) => element("td", {"data-key": key, "data-value": dataValue(row.hyperparameters[key])},
      format.number(row.hyperparameters[key]))),
  ]));
  fillTable(byId("settings-table"), ["setting", "value"], settings.map(([key, value]) =>
    [element("td", {}, key), element("td", {"data-key": key, "data-value": value}, value.replace(/^"(.*)"$/, "$1"))]));
  const problems = byId("footer");
  problems.textContent = run.problems > 0 ? `${run.problems} lines of the log could not be used.` : "";
}

// Shows a run; called again with newer data, it moves what is there.
function render(data) {
  document.title = data.run.name;
  for (const drawPart of [drawHeadline, drawCurves, drawRiver, drawSchedules, drawWins, drawTiming, drawParity, drawIncidents, drawTables]) {
    drawPart(data);
  }
  document.body.dataset.rounds = data.run.rounds;
  document.body.dataset.events = data.run.events;
  document.body.dataset.ready = "yes";
}
