// The outcomes of deliveries, as they come.

import { el, show } from "./dom.js";
import { $ } from "./forms.js";
import { duration, name, number, table } from "./parts.js";
import { ask } from "./requests.js";

const maxRows = 100;
let watching = false;
let rows = null; // the latest first; null until the gateway has begun to watch

const identity = (of) => [of.at, of.type, of.event_id, of.attempt, of.outcome].join("/");

$("tail-toggle").addEventListener("click", ({ target }) => {
  watching = !watching;
  target.setAttribute("aria-pressed", watching);
  target.textContent = watching ? "Stop" : "Watch";
});

// refreshTail fetches the latest outcomes, while an operator watches them.
export async function refreshTail() {
  if (!watching) return;
  const { outcomes } = await ask(`outcomes?${new URLSearchParams({ since: rows?.[0]?.at ?? 0 })}`);
  const had = rows ?? [];
  const known = new Set(had.map(identity));
  rows = [...outcomes.reverse().filter((of) => !known.has(identity(of))), ...had].slice(0, maxRows);
}

export function drawTail() {
  if (!rows) return;
  const failed = $("tail-failed").checked;
  show($("tail"), [outcomeTable(rows.filter(({ outcome }) => !failed || outcome === "retried" || outcome === "dead"), "None yet.")]);
}

export const outcomeTable = (list, empty) =>
  table(
    ["At", "Type", "Event", "Outcome", "Attempt", "Waited", "Took", "Did"],
    list.map((of) => [
      el("time", { datetime: new Date(of.at).toISOString() }, new Date(of.at).toLocaleTimeString()), name(of.type), el("code", {}, of.event_id),
      el("b", { class: of.outcome === "retried" || of.outcome === "dead" ? "bad" : null }, of.outcome), number(of.attempt),
      duration(of.waited_ms), duration(of.took_ms),
      [of.did, of.error, of.next_ms > 0 && `next in ${duration(of.next_ms)}`].filter(Boolean).join("; ") || "–",
    ]),
    empty,
  );
