// The panel about notifications: a command that works, and an alert to fire and resolve.

import { attempt, post } from "./server.js";
import { go, place, publicChannels, workspace } from "./state.js";

const $ = (id) => document.getElementById(id);

export function drawNotify() {
  const { notify } = workspace.demo;
  $("show-notify").hidden = !notify;
  if (!notify) return;
  if ($("curl").textContent !== notify.curl) $("curl").textContent = notify.curl;
  $("notify-docs").href = notify.docs;
  $("alert").textContent = notify.firing ? "Resolve the alert" : "Fire an alert";
  $("alert").dataset.does = notify.firing ? "resolve" : "fire";
  if ($("alert-status").textContent !== notify.status) $("alert-status").textContent = notify.status;
}

// What is posted appears in the channel of notifications.
function goThere() {
  const channel = publicChannels().find(({ name }) => name === workspace.demo.notify.channel);
  if (channel) go(place().me, channel);
}

$("alert").addEventListener("click", ({ currentTarget: button }) =>
  attempt(button, async () => {
    await post("/api/alert", { fire: button.dataset.does === "fire" });
    goThere();
  }),
);

// A browser that does not let pages copy has the command selected instead.
$("copy-curl").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText($("curl").textContent);
    $("copied").textContent = "Copied. Paste it into a terminal on this computer.";
  } catch {
    getSelection().selectAllChildren($("curl"));
    $("copied").textContent = "Selected: copy it with the keyboard.";
  }
  goThere();
});
