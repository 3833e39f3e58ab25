// Forms of acts, which the page does not redraw: what an operator types stays.

import { el } from "./dom.js";

export const $ = (id) => document.getElementById(id);

// announce has screen readers read a text.
export const announce = (text) => ($("message").textContent = text);

// act runs something that an operator asked for in a form, and shows its error there. It does
// nothing while the form's last act runs.
const running = new Set();

export async function act(form, work) {
  if (running.has(form)) return;
  running.add(form);
  const problem = form.querySelector("[role=alert]");
  problem.hidden = true;
  try {
    await work();
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
  running.delete(form);
}

// onSubmit runs work when the form is submitted.
export function onSubmit(id, work) {
  $(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act($(id), work);
  });
}

// A button that cannot be undone asks first: the second click on it acts. Any other click, and
// Escape, take the question back. asked is the name of that button, "" for none.
let asked = "";
const redraws = [];

export const isAsked = (button) => asked === button;

// onQuestion has redraw called when a question is asked or taken back.
export const onQuestion = (redraw) => redraws.push(redraw);

function ask(button) {
  if (asked === button) return;
  asked = button;
  for (const redraw of redraws) redraw();
}

// confirmed reports whether this was the second click on a button, and otherwise asks.
export function confirmed(button) {
  const second = isAsked(button);
  ask(second ? "" : button);
  return second;
}

// It comes before the buttons' own listeners.
document.addEventListener("click", ({ target }) => target.closest("[data-asks]")?.dataset.asks !== asked && ask(""), true);
document.addEventListener("keydown", ({ key }) => key === "Escape" && ask(""));

export const options = (names, first) => [first && el("option", { value: "" }, first), ...names.map((value) => el("option", { value }, value))].filter(Boolean);
