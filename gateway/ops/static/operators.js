// Renders what operators decide about, and what they did.

import { el } from "./dom.js";
import { fact, name, number, pages, table, when } from "./parts.js";

// letters shows the dead letters of the types that have any. data-key is type/id.
export function letters({ dead, open, texts, confirming, busy, now }) {
  const types = [...dead].filter(([, { pager }]) => pager.items.length > 0);
  if (types.length === 0) return [el("p", { class: "empty" }, "No dead letters.")];
  return types.map(([type, { pager, dead }]) =>
    el(
      "div",
      { "data-key": type },
      el("h3", {}, name(type)),
      pager.items.map((letter) => letterOf(letter, { open, texts, confirming, busy, now })),
      pages({ list: type, label: `Pages of the dead letters of ${name(type)}`, pager, count: dead, busy, titles: ["Oldest", "Older", "Newer"] }),
    ),
  );
}

function letterOf(letter, { open, texts, confirming, busy, now }) {
  const key = `${letter.type}/${letter.id}`;
  const text = texts.get(key);
  const button = (action, label, extra = {}) =>
    el("button", { type: "button", "data-action": action, "data-of": key, "aria-disabled": busy.has(key) ? "true" : null, ...extra }, label);
  return el(
    "details",
    { "data-key": key, "data-letter": key, open: open.has(key) },
    el("summary", {}, el("span", { class: "tag" }, letter.reason), el("span", { class: "error" }, letter.error || "no error"), when(letter.dead_at, now)),
    el(
      "dl",
      { class: "facts" },
      fact("Event", letter.event_id),
      fact("Request", letter.request_id),
      fact("Attempts", number(letter.attempts)),
      fact("Queued", when(letter.queued_at, now)),
    ),
    el("p", { class: "whole" }, letter.error),
    el("pre", { tabindex: "0", "aria-label": "Payload" }, text ?? letter.payload),
    el(
      "div",
      { class: "buttons" },
      button("replay", "Replay", { class: "primary" }),
      button("drop", confirming === key ? "Drop permanently?" : "Drop", { class: confirming === key ? "danger" : null }),
      button("text", text == null ? "Show texts" : "Hide texts"),
    ),
  );
}

export const acts = ({ acts: { pager }, busy, now }) => [
  table(
    ["When", "Who", "From", "Action", "On", "Outcome"],
    pager.items.map((of) => [
      when(of.at, now), of.who, `${of.from || "–"} (${of.via})`, el("b", {}, of.action),
      [of.on, of.count > 0 && `${number(of.count)} in all`, of.detail].filter(Boolean).join(", ") || "–",
      el("span", { class: of.outcome === "done" ? null : "bad" }, of.outcome === "begun" ? "begun, and its end is unknown" : of.outcome),
    ]),
    "Nobody has done anything yet.",
  ),
  pages({ list: "acts", label: "Pages of what operators did", pager, busy, titles: ["Latest", "Newer", "Older"] }),
].filter(Boolean);
