// The page's state, the requests that fill it, and the operator's actions.

import { span } from "./chart.js";
import { drawControls, refreshControls } from "./controls.js";
import { show } from "./dom.js";
import { drawEvent } from "./event.js";
import { beginFilter } from "./filter.js";
import { $, announce } from "./forms.js";
import * as operators from "./operators.js";
import { beginQueued, drawQueued } from "./queued.js";
import { ask, Pager } from "./requests.js";
import { beginSpeech } from "./speech.js";
import { drawTail, refreshTail } from "./tail.js";
import * as view from "./view.js";

const state = {
  types: [], samples: [], gateways: [], consumers: [], failures: [], unanswered: [], jobs: { leader: "", jobs: [] },
  notifications: null, // null if the deployment has no notification API
  now: 0, every: 2000, live: false,
  error: "", // why the page is out of date
  actionError: "", // the error of the last click
  dead: new Map(), // type -> {pager, count}, for the types that have had dead letters
  audit: "", // the id of the latest act
  acts: { pager: new Pager(fetchActs), latest: null },
  open: new Set(), // dead letters that are unfolded, by type/id
  texts: new Map(), // whole payloads that the operator has asked for, by type/id
  busy: new Set(),
  confirming: "",
  cursor: 0, // the time that the mouse points at, 0 for none
};

// Requests

async function poll() {
  try {
    const since = state.samples.at(-1)?.at ?? 0;
    const answer = await ask(`state?since=${since}`);
    const { samples, every_ms, ...rest } = answer;
    Object.assign(state, rest, { every: every_ms, live: true });
    if (since === 0) for (const begin of [beginFilter, beginQueued]) begin(answer.types);
    beginSpeech(answer.speaks);
    state.samples = [...state.samples, ...samples].filter(({ at }) => at > state.now - span - every_ms);
    $("app").textContent = document.title = answer.app;
    $("version").textContent = answer.version;
    $("operator").textContent = answer.operator;
    await refreshDead();
    await refreshActs();
    await refreshTail();
  } catch (error) {
    state.live = false;
    state.error = `${error.message} This page is out of date.`;
  }
  draw();
  setTimeout(() => {
    // A hidden page does not poll. It polls at once when it is shown again.
    if (document.hidden) document.addEventListener("visibilitychange", poll, { once: true });
    else poll();
  }, state.every);
}

// refreshDead fetches the dead letters of the types whose number changed.
async function refreshDead() {
  const latest = state.samples.at(-1);
  for (const [i, type] of state.types.entries()) {
    // At the limit, each new dead letter removes the oldest one.
    const { dead = 0, dropped = 0 } = latest?.types[i] ?? {};
    const had = state.dead.get(type);
    if (dead + dropped === (had?.count ?? 0)) continue;
    const of = had ?? { pager: new Pager((after) => fetchDead(type, after)) };
    await of.pager.load();
    state.dead.set(type, Object.assign(of, { count: dead + dropped, dead }));
    forgetGone(type);
  }
}

async function fetchDead(type, after) {
  const { letters, more } = await ask(`dead?${new URLSearchParams({ type, after })}`);
  return { items: letters, more };
}

// forgetGone forgets what was unfolded of dead letters of a type that are no longer shown.
function forgetGone(type) {
  const shown = new Set(state.dead.get(type).pager.items.map(({ id }) => `${type}/${id}`));
  for (const keys of [state.open, state.texts]) {
    for (const key of [...keys.keys()]) {
      if (key.startsWith(`${type}/`) && !shown.has(key)) keys.delete(key);
    }
  }
}

// refreshActs fetches the latest acts of operators if there are new ones, and they are shown.
async function refreshActs() {
  const { pager, latest } = state.acts;
  if (latest === state.audit || pager.number > 1) return;
  await pager.load();
  state.acts.latest = state.audit;
  await refreshControls(); // somebody may have changed one
}

async function fetchActs(before) {
  const { entries, more } = await ask(`audit?${new URLSearchParams({ before })}`);
  return { items: entries, more };
}

// Drawing

let drawing = 0;

function drawSoon() {
  drawing ||= requestAnimationFrame(draw);
}

function draw() {
  drawing = 0;
  $("status").dataset.live = state.live;
  $("status").textContent = state.live ? "live" : "not live";
  $("problem").textContent = [state.error, state.actionError].filter(Boolean).join(" ");
  $("problem").hidden = !$("problem").textContent;
  const gap = Math.max(3 * state.every, 10_000);
  const now = state.now;
  show($("summary"), view.summary({ ...state, latest: state.samples.at(-1) }));
  show($("queues"), state.types.map((type, i) => view.queue(type, i, { ...state, gap })));
  show($("dead"), operators.letters(state));
  show($("failures"), view.failures({ failures: state.failures, now }));
  $("notifications").hidden = !state.notifications;
  if (state.notifications) {
    show($("sends"), view.sends(state.notifications));
    show($("unsent"), view.unsent({ ...state.notifications, now }));
    show($("rules"), view.rules(state.notifications));
  }
  show($("gateways"), view.gateways({ gateways: state.gateways, now }));
  show($("consumers"), view.consumers({ consumers: state.consumers, now }));
  show($("jobs"), view.jobs(state));
  show($("audit"), operators.acts(state));
  drawControls(now);
  drawQueued(now);
  drawEvent(now);
  drawTail();
}

// Actions

const actions = {
  async page(of, list, where) {
    if (list === "acts") {
      await state.acts.pager.turn(where);
      state.acts.latest = null; // the first page is fetched again
      return announce(`Page ${state.acts.pager.number} of what operators did.`);
    }
    const { pager } = state.dead.get(list);
    await pager.turn(where);
    forgetGone(list);
    announce(`Page ${pager.number} of the dead letters of ${list}.`);
  },
  async text(key, type, id) {
    if (state.texts.delete(key)) return;
    const { payload } = await ask(`dead/text?${new URLSearchParams({ type, id })}`);
    state.texts.set(key, payload);
  },
  replay: (key, type, id) => decide("replay", "Replayed.", key, type, id),
  async drop(key, type, id) {
    if (state.confirming !== key) {
      state.confirming = key;
      return;
    }
    await decide("drop", "Dropped.", key, type, id);
  },
};

async function decide(action, done, key, type, id) {
  await ask(`dead/${action}`, { type, id });
  const of = state.dead.get(type);
  await of.pager.load();
  Object.assign(of, { count: of.count - 1, dead: of.dead - 1 });
  forgetGone(type);
  announce(done);
  $("dead-title").focus(); // the focused button was removed
}

document.addEventListener("click", async (event) => {
  const letter = event.target.closest("summary")?.parentElement;
  if (letter) unfold(letter, !letter.open); // the state after the click, which the next drawing needs
  const button = event.target.closest("[data-action]");
  const { action, of } = button?.dataset ?? {};
  if (state.confirming && (action !== "drop" || of !== state.confirming)) state.confirming = "";
  drawSoon();
  if (!button || state.busy.has(of)) return;
  state.busy.add(of);
  state.actionError = "";
  try {
    const [type, id] = of.split("/");
    await actions[action](of, type, id);
  } catch (error) {
    state.actionError = error.message;
  }
  state.busy.delete(of);
  drawSoon();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !state.confirming) return;
  state.confirming = "";
  drawSoon();
});

const unfold = (letter, open) => state.open[open ? "add" : "delete"](letter.dataset.letter);

// The browser unfolds an element in which it finds a text. The toggle event does not bubble, so
// it is captured.
document.addEventListener("toggle", ({ target }) => target.dataset?.letter && unfold(target, target.open), true);

// All charts show their values at the time under the mouse.
$("queues").addEventListener("pointermove", (event) => {
  const box = event.target.closest("svg")?.getBoundingClientRect();
  state.cursor = box ? state.now - span * (1 - (event.clientX - box.left) / box.width) : 0;
  drawSoon();
});
$("queues").addEventListener("pointerleave", () => {
  state.cursor = 0;
  drawSoon();
});

poll();
