// Charts as plain SVG: lines over the last ten minutes, as wide as their container.

import { el } from "./dom.js";

export const span = 600_000; // ms

const width = 300;
const height = 70;

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// chart draws series, each {name, points}, with points [time, value] in order; a null value is a
// gap. The time axis ends at now. format returns the text of a value.
export function chart({ title, series, now, gap, format, cursor }) {
  const values = series.flatMap(({ points }) => points.map(([, value]) => value).filter((value) => value != null));
  const top = ceiling(Math.max(0, ...values));
  const x = (at) => (width * (at - now + span)) / span;
  const y = (value) => height - 2 - ((height - 6) * value) / top;
  const texts = series.map(({ name, points }) => {
    const value = cursor ? nearest(points, cursor) : points.at(-1)?.[1];
    return { name, text: value == null ? "–" : format(value) };
  });
  const lines = series.map(({ name, points }) =>
    svg("path", { class: `line ${name}`, "data-series": name, d: path(points, x, y, gap), "vector-effect": "non-scaling-stroke" }),
  );
  const marks = cursor
    ? [svg("line", { class: "cursor", x1: x(cursor), x2: x(cursor), y1: 0, y2: height, "vector-effect": "non-scaling-stroke" })]
    : [];
  const label = `${title}: ${texts.map(({ name, text }) => `${name} ${text}`).join(", ")}; the scale ends at ${format(top)}`;
  return el(
    "figure",
    { "data-figure": title },
    el(
      "figcaption",
      {},
      el("span", { class: "title" }, title),
      texts.map(({ name, text }) =>
        el("span", { class: `value ${name}` }, series.length > 1 && el("i", {}, `${name} `), el("b", {}, text)),
      ),
      el("span", { class: "top", "aria-hidden": "true" }, format(top)),
    ),
    svg(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
      svg("line", { class: "base", x1: 0, x2: width, y1: height - 2, y2: height - 2, "vector-effect": "non-scaling-stroke" }),
      ...lines,
      ...marks,
    ),
  );
}

// path connects points, except across a gap.
function path(points, x, y, gap) {
  let d = "";
  let last = null;
  for (const [at, value] of points) {
    if (value == null) {
      last = null;
      continue;
    }
    d += `${last != null && at - last <= gap ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    if (last == null || at - last > gap) d += "h0.1"; // makes a single point visible
    last = at;
  }
  return d;
}

// nearest returns the value of the point that is nearest to a time.
function nearest(points, at) {
  let best = null;
  for (const point of points) {
    if (!best || Math.abs(point[0] - at) < Math.abs(best[0] - at)) best = point;
  }
  return best?.[1];
}

// ceiling rounds up to 1, 2 or 5 times a power of ten, so that the scale seldom changes.
function ceiling(value) {
  let step = 1;
  while (true) {
    for (const factor of [1, 2, 5]) {
      if (value <= factor * step) return factor * step;
    }
    step *= 10;
  }
}
