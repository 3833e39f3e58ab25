// A menu that opens at a button.
// Source: https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/

import { el } from "./dom.js";

let menu = null;

// openMenu opens a menu at a button. Each item has a label, a hint if it needs one, and act.
export function openMenu(button, label, items, className = "") {
  menu?.remove();
  menu = el("div", { class: `menu ${className}`, popover: "auto", role: "menu", "aria-label": label },
    items.map(({ label: text, hint, id }, i) =>
      el("button", { type: "button", role: "menuitem", tabindex: "-1", "data-item": String(i), "data-id": id }, text, hint && el("small", {}, hint))),
  );
  const mine = menu;
  // What is outside of an open dialog cannot be used, and what is outside of the landmarks is hard to find.
  (button.closest("dialog, main") ?? document.body).append(mine);
  const close = () => {
    mine.hidePopover();
    button.focus();
  };
  mine.addEventListener("click", (event) => {
    const item = event.target.closest("[data-item]");
    if (!item) return;
    close();
    items[item.dataset.item].act();
  });
  mine.addEventListener("keydown", (event) => {
    const all = [...mine.children];
    const at = all.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (next !== undefined) all.at(next % all.length).focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.preventDefault();
  });
  mine.addEventListener("toggle", ({ newState }) => newState === "closed" && mine.remove());
  mine.showPopover();
  put(mine, button.getBoundingClientRect());
  mine.firstElementChild?.focus();
}

// put places a menu beside a rectangle, within the window.
function put(node, { left, top, bottom }) {
  const { width, height } = node.getBoundingClientRect();
  const below = bottom + height + 8 < innerHeight;
  node.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  node.style.top = `${Math.max(8, below ? bottom + 4 : top - height - 4)}px`;
}
