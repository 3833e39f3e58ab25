// The journey of a message through the bot.

import { el } from "./dom.js";

// journey draws the steps so far, as a bar of their shares of the time and as a list. It is not
// announced: five announcements for each message would drown the conversation.
export function journey({ steps, outcome, notes }, ts) {
  const total = steps.reduce((sum, step) => sum + step.ms, 0);
  const over = outcome || steps.some((step) => step.name === "handled");
  return el("div", { class: over ? "journey" : "journey under-way", role: "group", "aria-label": "Journey through the bot", "aria-live": "off" },
    el("div", { class: "bar", "aria-hidden": "true" },
      steps.map((step) => el("span", { class: `step-${step.name}`, style: `flex-grow: ${step.ms * 1000}` })),
    ),
    el("p", { class: "total" }, el("span", { class: "unseen" }, "Total: "), steps.length > 0 ? duration(total) : "…"),
    el("ol", { class: "steps" },
      steps.map((step) => el("li", { class: `step-${step.name}`, "data-step": step.name },
        el("span", {}, step.name), " ", el("b", {}, duration(step.ms)),
      )),
      (notes ?? []).map((note) => el("li", { class: "note" }, note)),
      outcome && el("li", { class: /^(dropped|refused)/.test(outcome) ? "outcome bad" : "outcome" }, outcome),
    ),
    el("button", { type: "button", class: "quiet", "data-traffic-of": ts }, "Raw traffic"),
  );
}

function duration(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 100) return `${Math.round(ms)} ms`;
  if (ms > 0 && ms < 0.05) return "<0.1 ms";
  return `${ms.toFixed(1)} ms`;
}
