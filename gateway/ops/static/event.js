// The history of one event.

import { el, show } from "./dom.js";
import { $, onSubmit } from "./forms.js";
import { fact, name, number, when } from "./parts.js";
import { ask } from "./requests.js";
import { outcomeTable } from "./tail.js";

let history = null; // {queue, outcomes}, null until an operator looks

export function drawEvent(now) {
  if (!history) return;
  const places = history.queue.map((of) =>
    el(
      "dl",
      { class: "facts" },
      fact("Now", el("b", {}, `${of.place}${of.consumer && ` at ${of.consumer}`}`)),
      fact("Type", name(of.type)),
      fact("Event", of.event_id),
      fact("Request", of.request_id),
      fact("Queued", when(of.queued_at, now)),
      of.due_at && fact("Next attempt", when(of.due_at, now)),
      fact("Failed attempts", number(of.attempts)),
      of.completed.length > 0 && fact("Completed steps", of.completed.join(", ")),
      of.reason && fact("Dead letter", `${of.reason}: ${of.error}`),
    ),
  );
  show($("event-history"), [
    ...(places.length > 0 ? places : [el("p", { class: "about" }, "It is not on the queue.")]),
    outcomeTable(history.outcomes, "No outcome is known. They are kept for a day, about the last 1,000 of each type."),
  ]);
}

onSubmit("event", async () => {
  history = await ask(`event?${new URLSearchParams({ name: $("event-name").value.trim() })}`);
});
