// Parts that several sections of the page have: texts of values, tables, and buttons for pages.

import { el } from "./dom.js";

export function number(n) {
  return n.toLocaleString("en");
}

export function duration(ms) {
  if (ms < 1000) return `${ms < 10 ? +ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${+(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

// when shows a time relative to now.
export function when(text, now) {
  if (!text) return "–";
  const at = new Date(text);
  const away = now - at.getTime();
  const relative = Math.abs(away) < 1000 ? "now" : away < 0 ? `in ${duration(-away)}` : `${duration(away)} ago`;
  return el("time", { datetime: text, title: at.toLocaleString() }, relative);
}

export const name = (type) => type.replaceAll("_", " ");

export const fact = (title, value) => el("div", {}, el("dt", {}, title), el("dd", {}, value || "–"));

// table shows rows under heads. On a phone each row is a block.
export function table(heads, rows, empty) {
  if (rows.length === 0) return el("p", { class: "empty" }, empty);
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el(
      "tbody",
      {},
      rows.map((row) => el("tr", {}, row.map((cell, i) => el(i === 0 ? "th" : "td", { scope: i === 0 ? "row" : null, "data-head": heads[i] }, cell)))),
    ),
  );
}

// The number of items on a page, as the gateway answers.
const pageSize = 20;

// pages shows which page of a list is shown, with buttons for others. It shows nothing if there is
// one page.
export function pages({ list, label, pager, count, busy, titles: [first, previous, next] }) {
  if (pager.number === 1 && !pager.more) return null;
  const begin = (pager.number - 1) * pageSize;
  const range = `${number(begin + 1)}–${number(begin + pager.items.length)}${count == null ? "" : ` of ${number(count)}`}`;
  const button = (where, title, possible) => {
    const key = `${list}/${where}`;
    return el("button", { type: "button", "data-action": "page", "data-of": key, "aria-disabled": !possible || busy.has(key) ? "true" : null }, title);
  };
  return el(
    "nav",
    { class: "pages", "aria-label": label },
    button("first", first, pager.number > 1),
    button("previous", previous, pager.number > 1),
    el("span", { class: "range" }, range),
    button("next", next, pager.more),
  );
}
