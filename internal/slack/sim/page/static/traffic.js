// The log of the raw traffic to and from the bot.

import { el } from "./dom.js";
import { openPanel } from "./panels.js";
import { drawSoon, workspace } from "./state.js";

const $ = (id) => document.getElementById(id);

let drawn = []; // the entries in the list, the oldest first
let about = ""; // ts of the message whose traffic is shown, "" for all
let filtered = "";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });

// drawTraffic adds what is new. What is in the list never changes, so that it may be unfolded.
export function drawTraffic() {
  if ($("traffic").hidden) return;
  const { traffic } = workspace;
  const from = drawn.length > 0 ? traffic.indexOf(drawn.at(-1)) + 1 : 0;
  if (from === 0) $("traffic-list").replaceChildren();
  const atEnd = nearEnd();
  $("traffic-list").append(...traffic.slice(from).map(entry));
  while ($("traffic-list").childElementCount > traffic.length) $("traffic-list").firstElementChild.remove();
  drawn = traffic;
  filter();
  if (atEnd) $("traffic-log").scrollTop = $("traffic-log").scrollHeight;
}

const nearEnd = () => {
  const { scrollHeight, scrollTop, clientHeight } = $("traffic-log");
  return scrollHeight - scrollTop - clientHeight < 40;
};

const ways = { socket: "socket", http: "HTTP", api: "Web API", response_url: "response URL", mcp: "MCP", rest: "REST" };

function entry(traffic) {
  const { at, way, from_app: fromApp, status } = traffic;
  const node = el("li", { "data-way": way, "data-from": fromApp ? "bot" : workspace.can.platform.toLowerCase() },
    el("details", {},
      el("summary", {},
        el("time", { datetime: at }, clock.format(new Date(at))), " ",
        el("span", { class: "way" }, `${fromApp ? `bot → ${workspace.can.platform}` : `${workspace.can.platform} → bot`}, ${ways[way] ?? way}`), " ",
        el("strong", {}, title(traffic)),
        status > 0 && ` ${status}`,
      ),
      el("pre", { tabindex: "0" }),
    ),
  );
  node.traffic = traffic;
  node.firstElementChild.addEventListener("toggle", ({ newState }) => {
    node.querySelector("pre").textContent = pretty(traffic.body);
    if (newState === "open") node.scrollIntoView({ block: "nearest" });
  });
  return node;
}

function parsed(body) {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}

// title names what a body is about: the type of an event or an interaction, or the method.
function title({ way, name, body }) {
  const frame = parsed(body);
  const inside = frame.payload ?? frame;
  const kind = inside.event?.type ?? inside.command ?? inside.type;
  if (way === "socket") return frame.type ? [frame.type, kind !== frame.type && kind].filter(Boolean).join(" ") : "acknowledgement";
  return way === "http" ? [name, kind].filter(Boolean).join(" ") : name;
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body || "(empty)";
  }
}

// filter hides what is not about the message that is chosen: it names neither its timestamp nor
// its event.
function filter() {
  const message = about && [...workspace.messages.values()].find(({ ts }) => ts === about);
  const marks = [about, message?.journey?.event_id].filter(Boolean);
  for (const node of $("traffic-list").children) {
    node.hidden = marks.length > 0 && node.traffic.about !== about && !marks.some((mark) => node.traffic.body.includes(mark));
  }
  $("traffic-filter").hidden = !about;
  if (filtered !== about) {
    filtered = about;
    $("traffic-log").scrollTop = about ? 0 : $("traffic-log").scrollHeight;
  }
}

export function showTrafficOf(ts) {
  about = ts;
  openPanel("traffic");
}

$("show-traffic").addEventListener("click", () => (about = ""));
$("traffic-all").addEventListener("click", () => {
  about = "";
  drawSoon();
});
