// The completion of slash commands in the composer.

import { el, show } from "./dom.js";
import { workspace } from "./state.js";

const $ = (id) => document.getElementById(id);

let active = 0; // number of the chosen command
let closed = ""; // the text for which the list was closed

// typedCommand splits a text into the name and the text of a slash command, undefined for others.
export function typedCommand(text) {
  const [, name, rest] = text.match(/^(\/\S+)\s*([^]*)$/) ?? [];
  return name && { name, text: rest.trim() };
}

function matches() {
  const text = $("text").value;
  if (text === closed || !/^\/\S*$/.test(text)) return [];
  return workspace.commands.filter(({ command }) => command.startsWith(text.toLowerCase()));
}

// drawCompletion draws the commands that begin as the text does, or how to use the one that is typed.
export function drawCompletion() {
  const found = matches();
  active = Math.min(active, Math.max(0, found.length - 1));
  const open = found.length > 0;
  const typed = typedCommand($("text").value);
  const known = !open && workspace.commands.find(({ command }) => command === typed?.name);
  $("completion").hidden = !open;
  show($("completion"), found.map((one, i) =>
    el("li", { role: "option", id: `command-${i}`, "data-key": one.command, "data-command": one.command, "aria-selected": String(i === active) },
      el("strong", {}, one.command), " ", el("code", {}, one.usage_hint), el("small", {}, one.description)),
  ));
  $("usage").textContent = known ? `${known.command} ${known.usage_hint}: ${known.description}` : "";
  if (open) $("text").setAttribute("aria-activedescendant", `command-${active}`);
  else $("text").removeAttribute("aria-activedescendant");
}

function complete(command) {
  $("text").value = `${command} `;
  $("text").focus();
  drawCompletion();
}

// completeKey handles a key in the composer, and returns whether it was for the completion.
export function completeKey(event) {
  const found = matches();
  if (found.length === 0) return false;
  switch (event.key) {
    case "ArrowDown":
    case "ArrowUp":
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      break;
    case "Enter":
      if (event.shiftKey || $("text").value === found[active].command) return false; // it is complete
      complete(found[active].command);
      break;
    case "Tab":
      if (event.shiftKey) return false;
      complete(found[active].command);
      break;
    case "Escape":
      closed = $("text").value;
      break;
    default:
      return false;
  }
  event.preventDefault();
  drawCompletion();
  return true;
}

$("text").addEventListener("input", () => {
  active = 0;
  closed = "";
  drawCompletion();
});

$("completion").addEventListener("mousedown", (event) => event.preventDefault()); // the text keeps the focus
$("completion").addEventListener("click", ({ target }) => {
  const item = target.closest("[data-command]");
  if (item) complete(item.dataset.command);
});
