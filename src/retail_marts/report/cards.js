"use strict";
// Draws the cards of a block: a value, its changes, a small line of its history, the
// first few things that it counts, what it is based on, and a link to the detail.

// One line from the first point to the last, on a scale that includes zero. The viewBox is
// stretched to the width of the card, but not the width of its strokes.
function sparkline(points, label) {
  const width = 100, height = 28;
  const known = points.filter(point => point !== null);
  const low = Math.min(0, ...known), high = Math.max(0, ...known);
  const x = place => points.length < 2 ? width : place * width / (points.length - 1);
  const y = point => high === low ? height : height - (point - low) * height / (high - low);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "sparkline");
  svg.setAttribute("viewBox", "-2 -3 104 34");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const draw = (path, name) => {
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    line.setAttribute("class", name);
    line.setAttribute("vector-effect", "non-scaling-stroke");
    svg.append(line);
  };
  draw(`M0 ${y(0)}H${width}`, "zero");
  let path = "", pen = "M";
  points.forEach((point, place) => {
    if (point === null) { pen = "M"; return; }
    path += `${pen}${x(place).toFixed(2)} ${y(point).toFixed(2)}`;
    pen = "L";
  });
  draw(path, "line");
  const last = points.length - 1;
  // A line of no length with round ends is a dot that does not stretch.
  if (points[last] !== null) draw(`M${x(last)} ${y(points[last]).toFixed(2)}h0`, "dot");
  return svg;
}

function cards(block) {
  const list = document.createElement("ul");
  list.className = block.cards.some(card => card.items || card.basis) ? "cards large" : "cards";
  const add = (parent, tag, text, name) => {
    if (!text) return null;
    const made = document.createElement(tag);
    made.textContent = text;
    if (name) made.className = name;
    parent.append(made);
    return made;
  };
  for (const card of block.cards) {
    const item = document.createElement("li");
    add(item, "h3", card.label);
    add(item, "p", card.value, "value");
    for (const [text, direction] of card.changes || []) add(item, "p", text, "change " + direction);
    if (card.points) item.append(sparkline(card.points, card.sentence || card.label));
    else add(item, "p", card.sentence, "sentence");
    if (card.items) {
      const few = document.createElement("ol");
      for (const text of card.items) add(few, "li", text);
      item.append(few);
    }
    add(item, "p", card.basis, "basis");
    const link = add(item, "a", card.link && card.link_text);
    if (link) {
      const business = document.getElementById("business").value;
      link.href = "#" + encodeURIComponent(business) + "/" + card.link;
    }
    list.append(item);
  }
  return list;
}
