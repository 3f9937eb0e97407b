"use strict";

const palette = ["#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#eeca3b", "#b279a2",
  "#ff9da6", "#9d755d", "#5fa2e0", "#88a845", "#a3acb8"];

const theme = () => {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue("--" + name).trim();
  return Object.fromEntries(["ink", "muted", "line", "accent", "soft", "band", "card", "good", "bad",
    "warn"].map((name) => [name, read(name)]));
};

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
    chart.resize();
    draw(canvas, configure);
  }
}

window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
window.addEventListener("beforeprint", redrawAll);
window.addEventListener("afterprint", () => setTimeout(redrawAll));

// Options that all charts share.
function baseOptions(colours, {x = {}, y = {}, plugins = {}, ...rest}) {
  const axis = (own) => ({
    ...own,
    grid: {color: colours.line, drawBorder: false, ...own.grid},
    ticks: {color: colours.muted, maxRotation: 0, autoSkipPadding: 14, ...own.ticks},
    title: {color: colours.muted, display: Boolean(own.title), text: own.title},
  });
  return {
    animation: false, responsive: true, maintainAspectRatio: false, parsing: false, normalized: true,
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

const roundAxis = (rounds) => ({
  title: "round", min: rounds[0], max: rounds[rounds.length - 1],
  ticks: {precision: 0}, grid: {display: false},
});

// A logarithmic axis where that spreads the values better.
function scoreAxis(values) {
  const positive = values.filter((value) => value > 0);
  const isLog = positive.length > 0 && positive.length === values.length &&
      Math.max(...positive) > 6 * Math.min(...positive);
  return isLog ? {type: "logarithmic", ticks: {callback: logTick}} : {type: "linear"};
}

function logTick(value) {
  const lead = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].some((digit) => Math.abs(lead - digit) < 1e-6) ? format.number(value, 2) : "";
}
