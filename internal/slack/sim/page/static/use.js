// What happens when a person uses an element of Block Kit.

import { confirmed } from "./confirm.js";
import { openMenu } from "./menu.js";
import { attempt, post, tryTo } from "./server.js";
import { place } from "./state.js";

// target names an element for the server.
function target(node) {
  const where = node.closest("[data-place]").dataset.place;
  const message = node.closest(".message")?.dataset;
  return {
    as: place().me.id, place: where, channel: message?.channel, ts: message?.ts,
    block: node.dataset.block, action: node.dataset.action,
  };
}

// Interactions of this page reach the app one after the other.
let queue = Promise.resolve();

const inTurn = (action) => (queue = queue.then(action, action));

// settled resolves when the app has heard of everything that was used.
export const settled = () => queue.catch(() => {});

// use gives an element a value, after it was confirmed. It returns whether that succeeded.
export async function use(node, values) {
  const { confirm } = node.dataset;
  if (confirm && !(await confirmed(JSON.parse(confirm)))) return false;
  const element = target(node);
  const tell = () => inTurn(() => post("/api/use", { ...element, values }));
  return node.matches("button, a") ? attempt(node, tell) : tryTo(tell);
}

// suggest returns the options of the app for a text.
export async function suggest(node, typed) {
  const { options } = await post("/api/suggest", { ...target(node), typed });
  return options.map((o) => ({ value: o.value, label: o.text.text, hint: o.description?.text }));
}

const sent = new WeakMap(); // text fields -> the value that was sent last

// sendTyped sends the text of a field that has changed. Others are sent by their change event.
export function sendTyped(field) {
  const { use: kind } = field.dataset ?? {};
  if (!kind || !("defaultValue" in field) || field.value === (sent.get(field) ?? field.defaultValue)) return;
  sent.set(field, field.value);
  use(field, valuesOf(field));
}

function valuesOf(node) {
  if (node.matches("fieldset")) return [...node.querySelectorAll("input:checked")].map(({ value }) => value);
  if (!node.value) return [];
  if (node.dataset.use === "datetimepicker") return [String(Math.floor(new Date(node.value) / 1000))];
  return [node.value];
}

document.addEventListener("click", async (event) => {
  const node = event.target.closest("button[data-use], a[data-use]");
  if (!node) return;
  if (node.dataset.use === "overflow") {
    openMenu(node, "More options", JSON.parse(node.dataset.options).map(({ value, label }) => ({ label, act: () => use(node, [value]) })));
    return;
  }
  const confirmFirst = node.href && node.dataset.confirm;
  if (confirmFirst) event.preventDefault();
  if ((await use(node, [])) && confirmFirst) open(node.href, "_blank", "noopener");
});

document.addEventListener("change", async ({ target: changed }) => {
  const node = changed.closest("[data-use]");
  if (!node || node.matches(".combobox")) return;
  if ("defaultValue" in changed && node === changed) return sendTyped(changed);
  const ok = await use(node, valuesOf(node));
  if (!ok && node.matches("select")) node.value = [...node.options].find((o) => o.defaultSelected)?.value ?? "";
});
