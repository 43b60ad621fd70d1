"use strict";
// Charts: when they are drawn, filters, and the rows behind them.

const SMALL_SCREEN = 700;
const PAPER_WIDTH = 660;
// The charts of the page: block, place, spec and, once drawn, the promise of a view.
let pictures = [];

function picture(block, height, chosen) {
  const place = element("div", null, {
    class: "chart", role: "figure",
    "aria-label": `${block.title}. The rows behind this chart are in a table below it.`,
  });
  // Room for the chart, so that nothing moves when it is drawn.
  place.style.minHeight = `${height || 0}px`;
  const signals = signalsOf(block.spec, chosen);
  const made = {block, height, place, signals, view: null};
  pictures.push(made);
  return made;
}

// What is on the screen is drawn first, the rest of the page when the browser is idle:
// whoever prints the page then finds all charts.
function drawPictures() {
  const seen = new IntersectionObserver(entries => {
    for (const entry of entries) {
      const one = pictures.find(({place}) => place === entry.target);
      if (entry.isIntersecting && one) drawPicture(one);
    }
  }, {rootMargin: "100px"});
  for (const {place} of pictures) seen.observe(place);
  drawNext();
}

function drawNext() {
  const idle = window.requestIdleCallback || window.setTimeout;
  idle(() => {
    const next = pictures.find(one => !one.view);
    if (next) drawPicture(next).then(drawNext);
  });
}

function drawPicture(one) {
  one.view ||= vegaEmbed(one.place, specOf(one), {
    renderer: "svg",
    actions: {export: true, source: false, compiled: false, editor: false},
    downloadFileName: one.block.key,
  })
    .then(result => {
      const summary = one.place.querySelector("summary");
      summary.setAttribute("aria-label", `Save as a picture: ${one.block.title}`);
      one.place.style.minHeight = "";
      one.finalize = () => result.finalize();
      if (!pictures.includes(one)) one.finalize();
      return result.view;
    })
    .catch(error => {
      one.place.textContent = `This chart could not be drawn: ${error.message}`;
      return null;
    });
  return one.view;
}

function forgetPictures() {
  for (const one of pictures) if (one.finalize) one.finalize();
  pictures = [];
}

// The chart as it suits this screen, with the filters of the page.
function specOf(one) {
  const {datasets, ...rest} = one.block.spec;
  const spec = {...structuredClone(rest), datasets, height: one.height};
  for (const param of spec.params || []) {
    if (param.name in one.signals) param.value = one.signals[param.name];
  }
  if (document.documentElement.clientWidth < SMALL_SCREEN) {
    spec.config.axis = {...spec.config.axis, labelLimit: 135};
    spec.config.legend = {...spec.config.legend, orient: "bottom"};
    for (const unit of unitsOf(spec)) {
      for (const channel of Object.values(unit.encoding || {})) {
        if (channel.legend) channel.legend.columns = 1;
      }
    }
  }
  return spec;
}

function* unitsOf(spec) {
  yield spec;
  const keys = ["layer", "hconcat", "vconcat", "concat", "spec"];
  for (const part of keys.flatMap(key => spec[key] || [])) yield* unitsOf(part);
}

async function filterPicture(one, chosen) {
  const signals = signalsOf(one.block.spec, chosen);
  if (JSON.stringify(signals) === JSON.stringify(one.signals)) return;
  one.signals = signals;
  const view = await one.view;
  if (!view) return;
  for (const [name, value] of Object.entries(signals)) view.signal(name, value);
  await view.runAsync();
}

// The rows that a chart draws, as its tooltips show them. So names and numbers are
// readable, and filters apply. The numbers come from the data, with all their digits.
function rowsBehind(view, spec) {
  const fields = new Map();
  for (const {encoding} of unitsOf(spec)) {
    for (const tip of [(encoding && encoding.tooltip) || []].flat()) {
      const field = numberOf(tip);
      if (field) fields.set(tip.title, [...(fields.get(tip.title) || []), field]);
    }
  }
  const columns = [];
  const found = [];
  const earlier = new Set();
  for (const mark of marksOf(view.scenegraph().root)) {
    const ofMark = [];
    for (const {tooltip, datum} of mark.items) {
      if (!tooltip || typeof tooltip !== "object") continue;
      for (const title of Object.keys(tooltip)) {
        if (!columns.includes(title)) columns.push(title);
      }
      // A line and the points on it show the same rows.
      const key = JSON.stringify(tooltip);
      if (!earlier.has(key)) found.push({tooltip, datum});
      ofMark.push(key);
    }
    ofMark.forEach(key => earlier.add(key));
  }
  const valueOf = ({datum}, title) => {
    const field = fields.get(title).find(name => typeof datum[name] === "number");
    return field === undefined ? null : datum[field];
  };
  return {
    columns,
    rows: found.map(
      ({tooltip}) => columns.map(title => String(tooltip[title] ?? MISSING))),
    values: columns.map(
      title => fields.has(title) ? found.map(row => valueOf(row, title)) : null),
  };
}

// The number that a tooltip shows, perhaps in words: told_amount for amount.
function numberOf({type, field}) {
  if (type === "quantitative") return field;
  return /^told_/.test(field || "") ? field.slice("told_".length) : null;
}

function* marksOf(mark) {
  yield mark;
  const inner = mark.marktype === "group" ? mark.items.flatMap(item => item.items) : [];
  for (const other of inner) yield* marksOf(other);
}

function rowsOf(one, fileName) {
  const details = element("details");
  details.append(element("summary", "The rows behind this chart"));
  one.showRows = async () => {
    if (!details.open) return;
    const view = await drawPicture(one);
    const old = details.querySelector("div");
    if (old) old.remove();
    if (!view) return;
    details.append(
      table(rowsBehind(view, one.block.spec), one.block.title, fileName));
  };
  details.addEventListener("toggle", one.showRows);
  return details;
}

// Paper is narrower than a screen. Drawing awaits nothing but itself, so a browser
// prints after all charts are drawn.
async function preparePaper(one) {
  const view = await drawPicture(one);
  if (view && one.block.spec.width === "container") view.width(PAPER_WIDTH).run();
}

window.addEventListener("beforeprint", () => pictures.forEach(preparePaper));
// Charts fit themselves to the screen again.
window.addEventListener("afterprint", () => window.dispatchEvent(new Event("resize")));
