"use strict";

const palette = ["#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#eeca3b", "#b279a2",
  "#ff9da6", "#9d755d", "#5fa2e0", "#88a845", "#a3acb8"];

const theme = () => {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue("--" + name).trim();
  return Object.fromEntries(["ink", "muted", "line", "accent", "soft", "band", "card", "good", "bad",
    "warn"].map((name) => [name, read(name)]));
};

Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;

// Charts by canvas, each with the function that makes its configuration from theme and data, so
// that new data, another colour scheme and paper redraw the same chart.
const charts = new Map();

function draw(canvas, configure) {
  const config = configure(theme());
  const old = charts.get(canvas);
  if (old) {
    old.configure = configure;
    old.chart.data = config.data;
    old.chart.options = config.options;
    old.chart.update("none");
    return;
  }
  charts.set(canvas, {configure, chart: new Chart(canvas, config)});
}

function redrawAll() {
  for (const [canvas, {configure, chart}] of charts) {
    draw(canvas, configure);
    chart.resize();
  }
}

window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);

// Canvases are pictures: on paper they need paper's width, colours and resolution before the
// browser lays the page out.
function setPaper(isPaper) {
  document.documentElement.classList.toggle("paper", isPaper);
  Chart.defaults.devicePixelRatio = isPaper ? 3 : undefined;
  redrawAll();
}
window.addEventListener("beforeprint", () => setPaper(true));
window.addEventListener("afterprint", () => setPaper(false));

// Options that all charts share.
function baseOptions(colours, {x = {}, y = {}, plugins = {}, ...rest}) {
  const axis = (own) => ({
    ...own,
    grid: {color: colours.line, drawBorder: false, ...own.grid},
    ticks: {color: colours.muted, maxRotation: 0, autoSkipPadding: 14, ...own.ticks},
    title: {color: colours.muted, display: Boolean(own.title), text: own.title},
  });
  return {
    animation: false, responsive: true, devicePixelRatio: Chart.defaults.devicePixelRatio, maintainAspectRatio: false, parsing: false, normalized: true,
    interaction: {mode: "nearest", intersect: false, axis: "xy"},
    ...rest,
    scales: {x: axis({type: "linear", ...x}), y: axis({type: "linear", ...y})},
    plugins: {
      ...plugins,
      legend: {
        position: "bottom", ...plugins.legend,
        labels: {color: colours.ink, usePointStyle: true, boxHeight: 7, padding: 12, ...plugins.legend?.labels},
      },
      tooltip: {
        backgroundColor: colours.card, titleColor: colours.ink, bodyColor: colours.ink,
        borderColor: colours.line, borderWidth: 1, padding: 9, ...plugins.tooltip,
      },
    },
  };
}

// Half a round of room on both sides, so that bars and dots of the first and last round are whole.
const roundAxis = (rounds) => ({
  title: "round", min: (rounds[0] ?? 0) - 0.5, max: (rounds.at(-1) ?? 0) + 0.5, grid: {display: false},
  afterBuildTicks: (axis) => {
    axis.ticks = roundTicks(rounds[0] ?? 0, rounds.at(-1) ?? 0, axis.width).map((value) => ({value}));
  },
});

function roundTicks(first, last, width) {
  const most = Math.max(2, width / 70);
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((size) => (last - first) / size <= most) ?? last - first;
  const ticks = [];
  for (let round = first; round <= last; round += step) ticks.push(round);
  return ticks;
}

// Charts above one another share their left edge.
const alignedAxis = {afterFit: (axis) => { axis.width = 62; }};

// A logarithmic axis where that spreads the values better.
function scoreAxis(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (!(low > 0) || high < 6 * low) return {type: "linear"};
  return {
    type: "logarithmic", min: low / 1.08, max: high * 1.08, ticks: {autoSkip: false, callback: (v) => format.number(v, 2)},
    afterBuildTicks: (axis) => { axis.ticks = logTicks(axis.min, axis.max).map((value) => ({value})); },
  };
}

// Round numbers between `low` and `high`, not more than about eight.
function logTicks(low, high) {
  const digits = high / low < 1e3 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); ++power) {
    for (const digit of digits) {
      const value = Number(`${digit}e${power}`);
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks;
}
