// What operators pause, silence and ignore.

import { el, show } from "./dom.js";
import { $, act, announce, onSubmit, options } from "./forms.js";
import { table, when } from "./parts.js";
import { ask } from "./requests.js";

// The kinds: how the button says it, how its end, and what it is then.
const verbs = {
  platform: ["Pause", "Resume", "Paused platform"], type: ["Pause", "Resume", "Paused type"], handler: ["Pause", "Resume", "Paused handler"],
  channel: ["Silence", "Unsilence", "Silenced channel"], person: ["Ignore", "Stop ignoring", "Ignored person"],
};

let controls = { set: [] };

// refreshControls shows what is set, and what can be.
export async function refreshControls() {
  controls = await ask("controls");
  suggest();
}

function suggest() {
  const kind = $("control-kind").value;
  show($("control-names"), options(controls[kind] ?? []));
  $("control-set").textContent = verbs[kind][0];
}

export function drawControls(now) {
  show($("controls"), [
    table(
      ["What", "Name", "Since", "By", "Why", "End"],
      controls.set.map(({ kind, name, label, since, by, why }) => [
        verbs[kind]?.[2] ?? kind, label ? `${label} (${name})` : name, when(since, now), by, why || "–",
        el("button", { type: "button", "data-end": JSON.stringify({ kind, name }) }, verbs[kind]?.[1] ?? "End"),
      ]),
      "Nothing is paused, no channel is silenced, nobody is ignored.",
    ),
  ]);
}

$("control-kind").addEventListener("change", suggest);

onSubmit("control", async () => {
  const [kind, named] = [$("control-kind").value, $("control-name").value.trim()];
  await ask("controls/set", { kind, name: named, why: $("control-why").value.trim() });
  for (const id of ["control-name", "control-why"]) $(id).value = "";
  announce(`${verbs[kind][2]}: ${named}.`);
  await refreshControls();
});

$("controls").addEventListener("click", ({ target }) => {
  if (!target.dataset.end) return;
  act($("control"), async () => {
    await ask("controls/end", JSON.parse(target.dataset.end));
    announce("Ended.");
    $("control-title").focus(); // the focused button is removed
    await refreshControls();
  });
});
