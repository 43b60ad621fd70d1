"use strict";
// Draws the cards of a block: a value, its changes, a small line of its history, the
// first few things that it counts, what it is based on, and a link to the detail.

// The parser knows the namespace of pictures.
const SVG = new DOMParser().parseFromString("<svg>", "text/html")
  .querySelector("svg").namespaceURI;

function svgElement(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  return made;
}

// One line from the first point to the last, on a scale that includes zero. The viewBox
// is stretched to the width of the card, but not the width of its strokes.
function sparkline(points, label) {
  const width = 100;
  const height = 28;
  const known = points.filter(point => point !== null);
  const low = Math.min(0, ...known);
  const span = Math.max(0, ...known) - low || 1;
  const step = width / Math.max(1, points.length - 1);
  const at = place => (place * step).toFixed(2);
  const up = point => (height - (point - low) * height / span).toFixed(2);
  const svg = svgElement("svg", {
    class: "sparkline", viewBox: "-2 -3 104 34", preserveAspectRatio: "none",
    role: "img", "aria-label": label,
  });
  const line = (path, name) => svg.append(
    svgElement("path", {d: path, class: name, "vector-effect": "non-scaling-stroke"}));
  line(`M0 ${up(0)}H${width}`, "zero");
  let path = "";
  let pen = "M";
  points.forEach((point, place) => {
    if (point !== null) path += `${pen}${at(place)} ${up(point)}`;
    pen = point === null ? "M" : "L";
  });
  line(path, "line");
  const last = points.length - 1;
  // A line of no length with round ends is a dot that does not stretch.
  if (points[last] !== null) line(`M${at(last)} ${up(points[last])}h0`, "dot");
  return svg;
}

function cards(block) {
  const isLarge = block.cards.some(card => card.items || card.basis);
  const list = document.createElement("ul");
  list.className = isLarge ? "cards large" : "cards";
  const add = (parent, tag, text, name = "") => {
    const made = document.createElement(tag);
    made.textContent = text || "";
    made.className = name;
    if (text) parent.append(made);
    return made;
  };
  for (const card of block.cards) {
    const item = document.createElement("li");
    add(item, "h3", card.label);
    add(item, "p", card.value, "value");
    for (const [text, direction] of card.changes || []) {
      add(item, "p", text, `change ${direction}`);
    }
    if (card.points) item.append(sparkline(card.points, card.sentence || card.label));
    else add(item, "p", card.sentence, "sentence");
    if (card.items) {
      const few = document.createElement("ol");
      for (const text of card.items) add(few, "li", text);
      item.append(few);
    }
    add(item, "p", card.basis, "basis");
    const business = encodeURIComponent(document.getElementById("business").value);
    add(item, "a", card.link_text).href = `#${business}/${card.link}`;
    list.append(item);
  }
  return list;
}
