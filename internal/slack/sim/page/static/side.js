// The side: in small windows it is closed, and #menu opens it above the messages.

const $ = (id) => document.getElementById(id);

const isOpen = () => document.body.classList.contains("with-side");

function open(shown) {
  document.body.classList.toggle("with-side", shown);
  $("menu").ariaExpanded = String(shown);
}

function close() {
  if (!isOpen()) return;
  open(false);
  $("menu").focus();
}

$("menu").addEventListener("click", () => {
  open(true);
  $("who").focus();
});
$("side-close").addEventListener("click", close);
$("side").addEventListener("keydown", (event) => event.key === "Escape" && close());
$("side").addEventListener("click", ({ target }) => target.closest("nav button, .joins button") && close());

// Whoever goes elsewhere, with a pointer or the keyboard, is done with it.
document.addEventListener("pointerdown", ({ target }) => target.closest("#side, #menu") || open(false));
$("side").addEventListener("focusout", ({ relatedTarget: next }) => next && !$("side").contains(next) && open(false));
