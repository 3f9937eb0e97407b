"use strict";

// How numbers look on the page. Their full values stand in data-value attributes.
const format = {
  number(value, digits = 4) {
    if (value === null || value === undefined) return "–";
    if (typeof value !== "number") return String(value);
    const rounded = Number(value.toPrecision(digits));
    return value !== 0 && Math.abs(value) < 1e-4 ? rounded.toExponential() : String(rounded);
  },
  count(value) {
    if (value === null || value === undefined) return "–";
    if (value >= 1e9) return (value / 1e9).toPrecision(3) + " G";
    if (value >= 1e6) return (value / 1e6).toPrecision(3) + " M";
    return value.toLocaleString("en-US");
  },
  seconds(value) {
    if (value === null || value === undefined) return "–";
    if (value < 120) return format.number(value, 3) + " s";
    if (value < 7200) return Math.floor(value / 60) + " min " + Math.round(value % 60) + " s";
    return Math.floor(value / 3600) + " h " + Math.floor((value % 3600) / 60) + " min";
  },
  percent(value) {
    return value === null || value === undefined ? "–" : format.number(100 * value, 3) + " %";
  },
};

const byId = (id) => document.getElementById(id);

// An element with text, attributes and children; text never becomes markup.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const dataValue = (value) => (value === null || value === undefined ? "" : String(value));

function fillTable(table, head, rows) {
  table.replaceChildren(
    element("tr", {}, ...head.map((name) => element("th", {}, name))),
    ...rows.map((cells) => element("tr", {}, ...cells)));
}
