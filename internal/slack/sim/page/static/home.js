// The bot's home, a tab of the direct messages with it.

import { blocks } from "./blocks.js";
import { el, show } from "./dom.js";
import { attempt, post } from "./server.js";
import { go, namesFor, place, workspace } from "./state.js";

const $ = (id) => document.getElementById(id);

let opened = ""; // whose home is open

export function drawHome(me, channel, home) {
  const direct = channel.kind === "im";
  $("tabs").hidden = !direct;
  $("tab-home").ariaSelected = String(home);
  $("tab-messages").ariaSelected = String(!home);
  $("tab-home").tabIndex = home ? 0 : -1;
  $("tab-messages").tabIndex = home ? -1 : 0;
  $("home").hidden = !home;
  $("log").hidden = home;
  $("composer").hidden = home;
  if (!home) {
    opened = "";
    return;
  }
  if (opened !== me.id) {
    opened = me.id;
    attempt($("tab-home"), () => post("/api/home", { as: me.id }));
  }
  const view = workspace.homes.get(me.id);
  const key = `home-${me.id}`;
  show($("home"), [view
    ? el("div", { "data-key": key, class: "blocks" }, blocks(view.content.blocks, { key, names: namesFor(me), state: view.state, errors: view.errors }))
    : el("p", { class: "empty" }, "The bot has published nothing here yet.")]);
}

const open = (home) => {
  const { me, channel } = place();
  go(me, channel, home);
};

$("tab-home").addEventListener("click", () => open(true));
$("tab-messages").addEventListener("click", () => open(false));
$("tabs").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const other = event.target === $("tab-home") ? $("tab-messages") : $("tab-home");
  other.focus();
  other.click();
});
