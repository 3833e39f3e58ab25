// Menus in which one searches: with options of their own, or of the app, for one choice or several.
// Source: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

import { el } from "./dom.js";
import { fail } from "./server.js";
import { drawSoon } from "./state.js";
import { suggest, use } from "./use.js";

// pause is the time in milliseconds after a key in which no other may come before the app is asked.
const pause = 150;

let open = null; // the menu that is open: its key, options, number of the active one, and note
const menus = new Map(); // by key, what combobox was last given
const picked = new Map(); // by key, the choices that were made on this page

// combobox draws a menu. attributes are those of the whole, inputs those of its text field.
// options is null if the app has them.
export function combobox(attributes, inputs, { options, chosen, many }) {
  const key = attributes["data-key"];
  chosen = picked.get(key) ?? chosen;
  menus.set(key, { options, chosen, many });
  const mine = open?.key === key ? open : null;
  const id = `list-${key}`.replace(/[^\w-]/g, "_");
  return el("div", { class: "combobox", ...attributes },
    chosen.length > 0 && el("ul", { class: "chips", "data-key": "chips", "aria-label": "Chosen" }, chosen.map(chip)),
    el("input", {
      type: "text", "data-key": "input", ...inputs, role: "combobox", autocomplete: "off", "aria-autocomplete": "list",
      "aria-expanded": String(Boolean(mine)), "aria-controls": id,
      "aria-activedescendant": mine?.active >= 0 && `${id}-${mine.active}`,
    }),
    el("div", { class: "list", "data-key": "list", hidden: !mine },
      el("ul", { role: "listbox", id, "aria-label": "Options" }, mine?.options.map((o, i) =>
        el("li", { role: "option", id: `${id}-${i}`, "data-key": o.value, "data-pick": o.value, "aria-selected": String(i === mine.active) },
          o.label, o.hint && el("small", {}, o.hint)),
      ) ?? []),
      el("p", { class: "note", role: "status" }, mine?.note ?? ""),
    ),
  );
}

const chip = ({ value, label }) =>
  el("li", { "data-key": value },
    el("span", {}, label), el("button", { type: "button", "data-unpick": value, "aria-label": `Remove ${label}` }, "×"));

const menuOf = (target) => target.closest?.(".combobox");

// search shows the options for a text.
async function search(node, typed) {
  const key = node.dataset.key;
  const { options, chosen } = menus.get(key);
  const mine = (open = { key, typed, options: open?.key === key ? open.options : [], active: -1, note: "" });
  const set = (found, note) => {
    if (open !== mine) return; // something else was typed since, or the menu was closed
    mine.options = found.filter(({ value }) => !chosen.some((one) => one.value === value));
    mine.active = mine.options.length > 0 ? 0 : -1;
    mine.note = mine.options.length > 0 ? "" : note;
    drawSoon();
  };
  if (options) {
    set(options.filter(({ label }) => label.toLowerCase().includes(typed.toLowerCase())), "Nothing matches.");
    return;
  }
  const least = Number(node.dataset.least);
  if ([...typed].length < least) {
    set([], `Type at least ${least} ${least === 1 ? "character" : "characters"}.`);
    return;
  }
  mine.note = "Searching…";
  drawSoon();
  await new Promise((done) => setTimeout(done, typed ? pause : 0));
  if (open !== mine) return;
  try {
    set(await suggest(node, typed), "Nothing matches.");
  } catch (error) {
    set([], error.message);
  }
}

function close() {
  open = null;
  drawSoon();
}

// choose makes options the choice of a menu.
function choose(node, chosen) {
  const key = node.dataset.key;
  picked.set(key, chosen);
  const field = node.querySelector("input");
  field.value = "";
  close();
  field.focus();
  use(node, chosen.map(({ value }) => value)).then((ok) => !ok && picked.delete(key));
}

function pick(node, value) {
  const { chosen, many } = menus.get(node.dataset.key);
  const option = open.options.find((o) => o.value === value);
  const most = Number(node.dataset.most) || Infinity;
  if (many && chosen.length >= most) return fail(`At most ${most} can be chosen.`);
  choose(node, many ? [...chosen, option] : [option]);
}

document.addEventListener("focusin", ({ target }) => {
  if (target.role === "combobox" && menuOf(target)) search(menuOf(target), target.value);
});

document.addEventListener("focusout", ({ target, relatedTarget }) => {
  if (open && menuOf(target) && !menuOf(target).contains(relatedTarget)) close();
});

document.addEventListener("input", ({ target }) => {
  if (target.role === "combobox" && menuOf(target)) search(menuOf(target), target.value);
});

// The field keeps the focus while an option is clicked.
document.addEventListener("mousedown", (event) => event.target.closest?.(".combobox .list") && event.preventDefault());

document.addEventListener("click", ({ target }) => {
  const node = menuOf(target);
  if (!node) return;
  const option = target.closest("[data-pick]");
  const removed = target.closest("[data-unpick]");
  if (option && open) pick(node, option.dataset.pick);
  if (removed) choose(node, menus.get(node.dataset.key).chosen.filter(({ value }) => value !== removed.dataset.unpick));
  if (target.role === "combobox" && !open) search(node, target.value);
});

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  const node = menuOf(target);
  if (target.role !== "combobox" || !node || event.isComposing) return;
  const { chosen } = menus.get(node.dataset.key);
  if (key === "Backspace" && !target.value && chosen.length > 0) choose(node, chosen.slice(0, -1));
  else if (key === "ArrowDown" && !open) search(node, target.value);
  else if (!open) return;
  else if (key === "ArrowDown" || key === "ArrowUp") move(key === "ArrowDown" ? 1 : -1);
  else if (key === "Enter") open.active >= 0 && pick(node, open.options[open.active].value);
  else if (key === "Escape") close();
  else return;
  event.preventDefault(); // Escape would close the modal
});

// Enter chooses, and never submits the form.
document.addEventListener("keypress", (event) => {
  if (event.key === "Enter" && menuOf(event.target)) event.preventDefault();
});

function move(by) {
  const n = open.options.length;
  if (n > 0) open.active = (open.active + by + n) % n;
  drawSoon();
}
