"use strict";
// Where the reader is, and the filters of the page. The link holds both:
// #business/page?from=2015-01-01&to=2015-12-31&region=West

const PICK = "pick_";
const filterBar = document.getElementById("filters");
const chosenText = document.getElementById("chosen");

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Business, page and query of the link; anything unknown leads to the first page.
function place() {
  const [path, query] = location.hash.slice(1).split("?", 2);
  const [id, key] = path.split("/").map(decoded);
  const business = report.businesses.find(b => b.id === id)
    || report.businesses.find(b => b.id === report.first) || report.businesses[0];
  const page = business
    && (business.pages.find(p => p.key === key) || business.pages[0]);
  return {business, page, query: new URLSearchParams(query || "")};
}

function linkTo(business, page, query) {
  const link = `#${encodeURIComponent(business.id)}/${page ? page.key : ""}`;
  return query && query.size ? `${link}?${query}` : link;
}

// What can be filtered on this page: the union over its charts.
function filtersOf(page) {
  const found = {dates: null, picks: new Map()};
  for (const block of page.blocks) {
    const {dates, picks} = (block.spec && block.spec.usermeta) || {};
    if (dates) {
      const days = [...(found.dates || []), ...dates].sort();
      found.dates = [days[0], days[days.length - 1]];
    }
    for (const [name, values] of Object.entries(picks || {})) {
      found.picks.set(name, new Set([...(found.picks.get(name) || []), ...values]));
    }
  }
  return found;
}

// The filters of the link that this page knows; the others change nothing.
function chosenOf(query, filters) {
  const days = filters.dates ? [query.get("from"), query.get("to")] : [null, null];
  let [from, to] = days.map(day => dayStart(day) === null ? null : day);
  if (from && to && from > to) [from, to] = [to, from];
  const picks = new Map();
  for (const [name, values] of filters.picks) {
    if (values.has(query.get(name))) picks.set(name, query.get(name));
  }
  return {from, to, picks, isAny: Boolean(from || to || picks.size)};
}

// Charts read dates in the zone of the reader, so the day begins there too.
function dayStart(day) {
  const [_, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day || "") || [];
  const made = new Date(year, month - 1, date);
  return made.getDate() === Number(date) ? made.getTime() : null;
}

// The values of a chart's parameters, by name; empty if no filter acts on the chart.
function signalsOf(spec, chosen) {
  const signals = {};
  for (const {name} of spec.params || []) {
    if (name === "date_from") signals[name] = dayStart(chosen.from);
    if (name === "date_to") {
      const start = dayStart(chosen.to);
      signals[name] = start && new Date(start).setHours(23, 59, 59, 999);
    }
    if (name.startsWith(PICK)) {
      signals[name] = chosen.picks.get(name.slice(PICK.length)) ?? null;
    }
  }
  return signals;
}

function words(name) {
  return (name[0].toUpperCase() + name.slice(1)).replaceAll("_", " ");
}

function drawFilters(filters, chosen, changed) {
  const control = (label, made, name, value) => {
    made.name = name;
    made.value = value ?? "";
    const labelled = element("label", label);
    labelled.append(made);
    return labelled;
  };
  const controls = [];
  if (filters.dates) {
    const [min, max] = filters.dates;
    for (const [label, name] of [["From", "from"], ["To", "to"]]) {
      const made = element("input", null, {type: "date", min, max});
      controls.push(control(label, made, name, chosen[name]));
    }
  }
  for (const [name, values] of filters.picks) {
    const made = element("select");
    made.append(element("option", "All", {value: ""}));
    for (const value of values) made.append(element("option", value, {value}));
    controls.push(control(words(name), made, name, chosen.picks.get(name)));
  }
  filterBar.hidden = !controls.length;
  const reset = element("button", "Reset", {type: "reset"});
  filterBar.replaceChildren(...controls, reset);
  filterBar.onsubmit = event => event.preventDefault();
  filterBar.onchange = () => changed(
    [...new FormData(filterBar)].filter(([_, value]) => value));
  filterBar.onreset = event => {
    event.preventDefault();
    changed([]);
  };
}

function tellFilters(chosen) {
  const said = [...chosen.picks].map(([name, value]) => `${words(name)}: ${value}`);
  if (chosen.from) said.unshift(`From ${chosen.from}`);
  if (chosen.to) said.splice(chosen.from ? 1 : 0, 0, `to ${chosen.to}`);
  chosenText.textContent = chosen.isAny ? `Filtered. ${said.join(", ")}.` : "";
  chosenText.hidden = !chosen.isAny;
}
