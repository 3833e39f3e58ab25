// The modal that a person sees: the view on top of their stack.

import { blocks } from "./blocks.js";
import { el, show } from "./dom.js";
import { attempt, fail, post } from "./server.js";
import { namesFor, place, workspace } from "./state.js";
import { sendTyped, settled } from "./use.js";

const $ = (id) => document.getElementById(id);

let drawn = ""; // id and hash of the view that is shown
let submitted = false; // the focus goes to the first line of an answer to a submission

const stackOf = (me) => workspace.modals.get(me.id)?.views ?? [];

export function drawModal(me) {
  const stack = stackOf(me);
  const view = stack.at(-1);
  if (!view) {
    if ($("modal").open) $("modal").close();
    drawn = "";
    return;
  }
  const { title, submit, close, blocks: list } = view.content;
  $("modal-title").textContent = title.text;
  $("modal-below").textContent = stack.length > 1 ? `On top of “${stack.at(-2).content.title.text}”` : "";
  $("modal-submit").hidden = !submit;
  $("modal-submit").textContent = submit?.text ?? "";
  $("modal-cancel").textContent = close?.text ?? (submit ? "Cancel" : "Close");
  const key = `modal-${view.id}`;
  show($("modal-blocks"), [
    el("div", { "data-key": key, "data-view": view.id }, blocks(list, { key, names: namesFor(me), state: view.state, errors: view.errors })),
  ]);
  if (!$("modal").open) $("modal").showModal();
  const now = `${view.id} ${view.hash}`;
  if (now !== drawn) {
    if (!drawn.startsWith(view.id)) fail("");
    drawn = now;
    focusFirst();
  }
  if (submitted && Object.keys(view.errors ?? {}).length > 0) {
    submitted = false;
    $("modal-blocks").querySelector("[aria-invalid]")?.focus();
  }
}

// focusFirst moves the focus to the first field, unless one has it.
function focusFirst() {
  if ($("modal-blocks").contains(document.activeElement)) return;
  const first = $("modal-blocks").querySelector("input, textarea, select, button, a[href]");
  (first ?? ($("modal-submit").hidden ? $("modal-cancel") : $("modal-submit"))).focus();
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  sendTyped(document.activeElement); // Enter does not leave the field
  attempt($("modal-submit"), async () => {
    await settled();
    submitted = true;
    await post("/api/modal/submit", { as: place().me.id });
  });
});

// leave closes the view on top ("cancel") or all of them ("close").
const leave = (button, how) => attempt(button, () => post(`/api/modal/${how}`, { as: place().me.id }));

$("modal-cancel").addEventListener("click", (event) => leave(event.currentTarget, "cancel"));
$("modal-close").addEventListener("click", (event) => leave(event.currentTarget, "close"));

// The dialog closes when the workspace says so.
$("modal").addEventListener("cancel", (event) => {
  event.preventDefault();
  leave($("modal-cancel"), "cancel");
});
