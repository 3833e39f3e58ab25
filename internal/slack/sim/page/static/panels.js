// The panels beside the messages, of which one is open at a time.

import { drawSoon } from "./state.js";

const $ = (id) => document.getElementById(id);

const names = ["notify", "faults", "traffic"];

// openPanel opens a panel and closes the others; "" closes all.
export function openPanel(name) {
  for (const other of names) {
    $(other).hidden = other !== name;
    $(`show-${other}`).ariaExpanded = String(other === name);
  }
  document.body.classList.toggle("with-panel", name !== "");
  // In a small window it covers the button that has the focus.
  if (name && getComputedStyle($(name)).position === "fixed") $(`${name}-close`).focus();
  drawSoon();
}

function close(name) {
  openPanel("");
  $(`show-${name}`).focus();
}

for (const name of names) {
  $(`show-${name}`).addEventListener("click", () => openPanel($(name).hidden ? name : ""));
  $(`${name}-close`).addEventListener("click", () => close(name));
  $(name).addEventListener("keydown", (event) => event.key === "Escape" && close(name));
}
