// Replays and drops the dead letters that a filter selects, once they are counted.

import { show } from "./dom.js";
import { $, act, announce, confirmed, isAsked, onQuestion, onSubmit, options } from "./forms.js";
import { number } from "./parts.js";
import { ask } from "./requests.js";

// The buttons: their names, what they do, and what is then done.
const acts = [["replay", "Replay", "replayed"], ["drop", "Drop", "dropped"]];

// beginFilter fills the list of types.
export const beginFilter = (types) => show($("filter-type"), options(types, "all"));

// selected is the filter that was counted, with its count and the time of the latest dead letter
// among them; null if none was. result says what was done.
let selected = null;
let result = "";

function draw() {
  const count = selected?.count ?? 0;
  $("filter-acts").hidden = !selected && !result;
  $("filter-count").textContent = selected ? `${number(count)} ${count === 1 ? "dead letter matches" : "dead letters match"}.` : result;
  for (const [act, verb] of acts) {
    const button = $(`filter-${act}`);
    button.hidden = count === 0;
    button.textContent = isAsked(`filter/${act}`) ? `${verb} ${number(count)} now?` : `${verb} ${number(count)}`;
    button.classList.toggle("danger", isAsked(`filter/${act}`));
  }
}

onQuestion(draw);

function forget(text = "") {
  [selected, result] = [null, text];
  draw();
}

$("filter").addEventListener("input", () => forget());

onSubmit("filter", async () => {
  forget();
  const filter = {
    type: $("filter-type").value, reason: $("filter-reason").value, minutes: Number($("filter-age").value) || 0,
    error: $("filter-error").value.trim(), handler: $("filter-handler").value.trim(),
  };
  selected = { ...filter, ...(await ask("dead/count", filter)) };
  draw();
  announce($("filter-count").textContent);
});

for (const [verb, , done] of acts) {
  $(`filter-${verb}`).addEventListener("click", () => {
    if (!selected || !confirmed(`filter/${verb}`)) return;
    act($("filter"), async () => {
      const { count: matched, ...filter } = selected;
      const { count } = await ask(`dead/${verb}-many`, filter);
      forget(`${number(count)} of ${number(matched)} were ${done}.`);
      announce(result);
      $("dead-title").focus(); // the button is hidden now
    });
  });
}
