// Renders the page from its state. These functions store and fetch nothing.

import { chart } from "./chart.js";
import { el } from "./dom.js";
import { duration, name, number, table, when } from "./parts.js";

// The reasons why events were not answered: the field and its label.
const reasons = [["refused", "refused"], ["too_old", "too old"]];

// The states in which an attempt at a message ends, and the outcomes of a callback rule's run:
// the field, its label, and whether any are bad.
const states = [
  ["sent", "Sent"], ["retrying", "Retried"], ["failed", "Failed", true], ["unknown", "Unknown", true], ["expired", "Expired", true],
  ["superseded", "Superseded"], ["suppressed", "Suppressed"],
];
const outcomes = [
  ["ok", "OK"], ["error", "Error", true], ["timeout", "Timeout", true], ["panic", "Panic", true], ["refused", "Refused", true],
  ["postponed", "Postponed"], ["stopped", "Stopped"],
];

export function summary({ latest, gateways, consumers, unanswered, notifications, jobs }) {
  const sum = (field) => (latest ? latest.types.reduce((total, type) => total + type[field], 0) : 0);
  const tile = (title, value, bad) => el("div", { class: bad ? "bad" : null }, el("dt", {}, title), el("dd", {}, value));
  return [
    tile("On the queue", number(sum("depth"))),
    tile("Being handled", number(sum("pending"))),
    tile("Waiting for a retry", number(sum("delayed"))),
    tile("Dead letters", number(sum("dead")), sum("dead") > 0),
    ...reasons.map(([field, reason]) => {
      const n = unanswered.reduce((total, of) => total + of[field], 0);
      return tile(`Unanswered in 24 h: ${reason}`, number(n), n > 0);
    }),
    ...notPostedTile(notifications, tile),
    tile("Handled per minute", number(sum("handled"))),
    ...socketTile(gateways, tile),
    tile("Consumers", number(consumers.length), consumers.length === 0),
    tile("bgtasks leader", jobs.leader || "none", !jobs.leader),
  ];
}

// notPostedTile sums up the messages that were not posted. It is left out without a notification API.
function notPostedTile(notifications, tile) {
  if (!notifications) return [];
  const bad = states.filter(([, , bad]) => bad).map(([state]) => state);
  const n = notifications.bots.reduce((total, of) => bad.reduce((sum, state) => sum + (of.states[state] ?? 0), total), 0);
  return [tile("Messages not posted in 24 h", number(n), n > 0)];
}

// socketTile sums up the sockets of all gateways. It is left out if they have none.
function socketTile(gateways, tile) {
  const sockets = gateways.map((gateway) => gateway.sockets).filter(Boolean);
  if (sockets.length === 0) return [];
  const sum = (field) => sockets.reduce((total, of) => total + of[field], 0);
  return [tile("Sockets open", `${number(sum("open"))} of ${number(sum("wanted"))}`, sum("open") < sum("wanted"))];
}

// queue shows the events of the type that is the i-th of each sample.
export function queue(type, i, { samples, unanswered, now, gap, cursor }) {
  const series = (label, field) => ({ name: label, points: samples.map((sample) => [sample.at, sample.types[i][field] ?? null]) });
  const draw = (title, format, ...list) => chart({ title, series: list, now, gap, format, cursor });
  const latest = samples.at(-1)?.types[i];
  const missed = unanswered.find((of) => of.type === type);
  const facts = latest && [
    `${number(latest.pending)} being handled`,
    `${number(latest.delayed)} waiting for a retry`,
    latest.oldest_ms > 0 && `oldest: ${duration(latest.oldest_ms)}`,
    ...reasons.map(([field, reason]) => missed?.[field] > 0 && el("b", { class: "bad" }, `${number(missed[field])} ${reason} in 24 h`)),
    latest.dead > 0 && el("b", { class: "bad" }, `${number(latest.dead)} dead`),
    latest.dropped > 0 && el("b", { class: "bad" }, `${number(latest.dropped)} dead letters dropped`),
  ];
  return el(
    "article",
    { "data-key": type, "data-type": type },
    el("h3", {}, name(type)),
    el("ul", { class: "facts" }, facts?.filter(Boolean).map((fact) => el("li", {}, fact))),
    el(
      "div",
      { class: "charts" },
      draw("depth", number, series("depth", "depth")),
      draw("handled", (n) => `${number(n)}/min`, series("handled", "handled")),
      draw("waited", duration, series("p50", "p50_ms"), series("p99", "p99_ms")),
    ),
  );
}

export const failures = ({ failures, now }) => [
  table(
    ["When", "Type", "Event", "Attempt", "Error"],
    failures.map((f) => [when(f.at, now), name(f.type), el("code", {}, f.event_id), number(f.attempt), f.error]),
    "No failures in the last week.",
  ),
];

// counted returns the cells of counts, in the order of fields.
const counted = (fields, counts) =>
  fields.map(([field, , bad]) => {
    const n = counts[field] ?? 0;
    return bad && n > 0 ? el("b", { class: "bad" }, number(n)) : number(n);
  });

// waited shows a time from queueing to posting. The gateway measures up to five minutes.
const waited = (ms) => (ms == null ? "–" : ms >= 300_000 ? "over 5 min" : duration(ms));

export const sends = ({ bots }) => [
  table(
    ["Bot", ...states.map(([, label]) => label), "Posted in: p50", "Posted in: p99"],
    bots.map((of) => [of.bot, ...counted(states, of.states), waited(of.p50_ms), waited(of.p99_ms)]),
    "No messages in the last 24 hours.",
  ),
];

export const unsent = ({ unsent, now }) => [
  table(
    ["When", "State", "Request", "Chat", "Key", "Code", "Error"],
    unsent.map((of) => [when(of.at, now), of.state, el("code", {}, of.request_id), of.chat, of.key_name, el("code", {}, of.code || "–"), of.error || "–"]),
    "None in the last week.",
  ),
];

export const rules = ({ rules }) => [
  table(
    ["Rule", ...outcomes.map(([, label]) => label)],
    rules.map((of) => [of.rule, ...counted(outcomes, of.outcomes)]),
    "No runs in the last 24 hours.",
  ),
];

// build shows the commit of a process. Processes of a deployment differ during a deploy.
const build = (commit) => (commit ? el("code", { title: commit }, commit.slice(0, 12)) : "–");

// reads describes a platform that one gateway reads for all.
function reads(source, feed) {
  if (!feed.leads) return el("span", {}, `${source}: stands by `);
  const text = `${source}: ${number(feed.channels)} channels, ${number(feed.open)} of ${number(feed.wanted)} sockets`;
  return el("span", { class: feed.problem ? "bad" : null }, `${text}${feed.problem ? `; ${feed.problem}` : ""} `);
}

export const gateways = ({ gateways, now }) => {
  const read = gateways.some(({ feeds }) => feeds);
  return [
    table(
      ["Gateway", "Commit", "Uptime", "Sockets open", "Sockets of the app", ...(read ? ["Reads"] : [])],
      gateways.map(({ name, commit, started, sockets, feeds }) => [
        el("code", {}, name), build(commit), duration(now - new Date(started).getTime()),
        sockets ? el("span", { class: sockets.open < sockets.wanted ? "bad" : null }, `${number(sockets.open)} of ${number(sockets.wanted)}`) : feeds ? "none" : "none: HTTP",
        sockets?.connections > 0 ? number(sockets.connections) : "–",
        ...(read ? [el("span", {}, ...Object.entries(feeds ?? {}).map(([source, feed]) => reads(source, feed)))] : []),
      ]),
      "No gateway is registered.",
    ),
  ];
};

export const consumers = ({ consumers, now }) => [
  table(
    ["Consumer", "Commit", "Uptime", "Last report", "Handled", "Retried", "Dead", "Reclaimed"],
    consumers.map((c) => [
      el("code", {}, c.name), build(c.commit), duration(now - new Date(c.started).getTime()), when(c.at, now), number(c.acked), number(c.retried), number(c.dead), number(c.reclaimed),
    ]),
    "No consumer is running.",
  ),
];

export const jobs = ({ jobs, now }) => [
  table(
    ["Job", "Last run", "Result", "Next run", "Runs", "Failed"],
    (jobs.jobs ?? []).map((j) => [
      j.name, when(j.last, now), el("span", { class: j.failing > 0 ? "bad" : null }, j.failing > 1 ? `${j.result} (${number(j.failing)} in a row)` : j.result || "–"),
      when(j.next, now), number(j.runs), number(j.failures),
    ]),
    "No bgtasks process has led yet.",
  ),
];
