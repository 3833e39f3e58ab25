// The ways to the text box, and what explains them.

import { place } from "./state.js";

const $ = (id) => document.getElementById(id);

// toText goes to the text box, or to the bot's home where that is open instead.
function toText(event) {
  if (document.querySelector("dialog[open]")) return;
  event.preventDefault(); // the address says where we are
  (place().home ? $("tab-home") : $("text")).focus();
}

$("skip").addEventListener("click", toText);

// Alt makes it a shortcut that nobody types by accident, also with speech input. On a Mac
// Option + M types another letter, but it is the same key.
document.addEventListener("keydown", (event) => {
  if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyM") toText(event);
});

$("about-open").addEventListener("click", () => $("about").showModal());
$("about-close").addEventListener("click", () => $("about").close());
$("about").addEventListener("close", () => {
  if (!$("about-open").checkVisibility()) $("menu").focus(); // the side is closed
});
