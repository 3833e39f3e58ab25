// The events that wait for a consumer, or for their next attempt.

import { el, show } from "./dom.js";
import { $, act, announce, confirmed, isAsked, onQuestion, onSubmit, options } from "./forms.js";
import { name, number, table, when } from "./parts.js";
import { ask } from "./requests.js";

// beginQueued fills the list of types.
export const beginQueued = (types) => show($("queued-type"), options(types));

let queued = null; // {type, waiting, delayed}, null until an operator looks

async function look() {
  const type = $("queued-type").value;
  queued = { type, ...(await ask(`queued?${new URLSearchParams({ type })}`)) };
}

let now = 0;

function button(path, of, label) {
  const key = `${path}/${of.id}`;
  if (isAsked(key)) label = "Drop permanently?";
  return el(
    "button",
    { type: "button", class: isAsked(key) ? "danger" : null, "data-queued": path, "data-id": of.id, "data-asks": key, "aria-label": `${label} ${of.event_id}` },
    label,
  );
}

onQuestion(() => drawQueued());

export function drawQueued(at = now) {
  now = at;
  if (!queued) return;
  const list = (title, how, events, head, cells, ...acts) => [
    el("h3", {}, `${title}: ${name(queued.type)}`),
    table(
      ["Event", "Request", "Queued", ...head, "Acts"],
      events.map((of) => [
        el("code", {}, of.event_id || "unreadable"), el("code", {}, of.request_id || "–"), when(of.queued_at, now), ...cells(of),
        el("span", { class: "buttons" }, acts.map(([act, label]) => button(`${how}/${act}`, of, label))),
      ]),
      "None.",
    ),
    events.length >= 50 && el("p", { class: "about" }, "These are the next 50. There may be more."),
  ];
  show($("queued-lists"), [
    ...list("Waiting for a consumer", "waiting", queued.waiting, [], () => [], ["drop", "Drop"]),
    ...list("Delayed until the next attempt", "delayed", queued.delayed, ["Due", "Failed attempts"],
      (of) => [when(of.due_at, now), number(of.attempts)], ["retry", "Retry now"], ["drop", "Drop"]),
  ].filter(Boolean));
}

onSubmit("queued", look);

$("queued-lists").addEventListener("click", ({ target }) => {
  const path = target.dataset.queued;
  if (!path || (path.endsWith("drop") && !confirmed(target.dataset.asks))) return;
  act($("queued"), async () => {
    try {
      await ask(path, { type: queued.type, id: target.dataset.id });
      announce(path.endsWith("drop") ? "Dropped." : "It is tried again now.");
      $("queued-title").focus();
    } finally {
      await look();
    }
  });
});

// Whoever removes all events of a type types its name.
onSubmit("purge", async () => {
  const type = $("purge-name").value.trim();
  $("purged").textContent = "";
  const { count } = await ask("purge", { type, typed: type });
  $("purge-name").value = "";
  $("purged").textContent = `${number(count)} of ${name(type)} were removed.`;
  announce($("purged").textContent);
  if (queued) await look();
});
