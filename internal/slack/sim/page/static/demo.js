// The program around the workspace: a short conversation, things that can be broken, and notes.

import { el, show } from "./dom.js";
import { attempt, post, tryTo } from "./server.js";
import { drawSoon, place, publicChannels, workspace, go } from "./state.js";

const $ = (id) => document.getElementById(id);

const calm = matchMedia("(prefers-reduced-motion: reduce)");

// play has two people talk with the bot in the first channel. Without the pauses it is over at
// once, for people who do not want things to move.
function play() {
  go(place().me, publicChannels()[0]);
  return post("/api/tour/play", { paced: !calm.matches });
}

// greet begins the conversation for the first page that is opened, if nobody has said anything.
export function greet() {
  const { tour } = workspace.demo;
  if (tour?.auto && !tour.playing && workspace.messages.size === 0) tryTo(play);
}

export function drawDemo() {
  const { tour, publishes, faults, notes } = workspace.demo;
  $("publish").hidden = !publishes;
  $("play").hidden = !tour.available || tour.playing;
  if (!tour.playing && $("tour").contains(document.activeElement)) $("text").focus();
  $("tour").hidden = !tour.playing;
  $("notes").hidden = notes.length === 0;
  show($("notes").querySelector("ul"), notes.map((note) => el("li", {}, note)));
  $("show-faults").hidden = faults.length === 0;
  if (!$("faults").hidden) show($("faults-list"), faults.map(fault));
}

const left = (ends) => Math.max(0, Math.ceil((Date.parse(ends) - Date.now()) / 1000));

let ticking = 0;

function fault({ id, title, about, stop, ends, status }) {
  if (ends) {
    clearTimeout(ticking);
    ticking = setTimeout(drawSoon, 1000);
  }
  return el("li", { "data-key": id, "data-fault": id, class: ends && "active" },
    el("button", { type: "button", class: ends ? "press" : "press danger", "data-does": ends ? "end" : "begin", "aria-describedby": `about-${id}` }, ends ? stop : title),
    el("p", { id: `about-${id}` }, about),
    ends && el("p", { class: "left" }, `Ends by itself in ${left(ends)} s.`),
    el("p", { class: "status", role: "status" }, status),
  );
}

$("faults-list").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  const { fault: id } = button.closest("li").dataset;
  const { me, channel } = place();
  attempt(button, () => post(`/api/fault/${button.dataset.does}`, { as: me.id, channel: channel.id, fault: id }));
});

$("play").addEventListener("click", ({ currentTarget }) => attempt(currentTarget, play));
$("tour-stop").addEventListener("click", ({ currentTarget }) => attempt(currentTarget, () => post("/api/tour/stop", {})));

// What is announced is announced in the first channel.
$("publish").addEventListener("click", ({ currentTarget }) =>
  attempt(currentTarget, async () => {
    await post("/api/publish", {});
    go(place().me, publicChannels()[0]);
  }),
);
