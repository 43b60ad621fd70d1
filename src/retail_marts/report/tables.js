"use strict";
// Tables: sort, search, save as CSV. Texts are set as text, never as HTML.

const MISSING = "–";
// Beyond this number of rows, a table has a search field.
const FEW_ROWS = 8;
// As many cards a phone shows at first; the style sheet has the same number.
const FEW_CARDS = 4;
// Columns with longer texts get more width.
const LONG_TEXT = 40;
const ROWS_DRAWN = 1000;
const TALLEST_TABLE = 640;
const inOrder = new Intl.Collator("en", {numeric: true}).compare;

function element(tag, text, attributes) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = text;
  for (const [name, value] of Object.entries(attributes || {})) {
    made.setAttribute(name, value);
  }
  return made;
}

// A table with its tools. `data` has columns, rows (texts as shown), values (for each
// column of numbers the numbers, else null) and perhaps links (of the first column).
function table(data, caption, fileName) {
  const {columns, rows, values} = data;
  const valueOf = (row, at) => values[at] ? values[at][row]
    : rows[row][at] === MISSING ? null : rows[row][at];
  const kinds = columns.map((_, at) => values[at] ? "n"
    : rows.some(row => row[at].length > LONG_TEXT) ? "long" : "");
  const head = element("tr", null, {role: "row"});
  const body = element("tbody", null, {role: "rowgroup"});
  const told = element("p", null, {role: "status"});
  const lines = [];
  let order = rows.map((_, row) => row);
  let sought = "";

  function line(row) {
    if (lines[row]) return lines[row];
    lines[row] = element("tr", null, {role: "row"});
    columns.forEach((heading, at) => {
      const cell = element("td", null, {
        role: "cell", class: kinds[at], "data-heading": heading,
      });
      const isLink = at === 0 && data.links;
      cell.append(isLink
        ? element("a", rows[row][at], {href: data.links[row]})
        : element("span", rows[row][at]));
      lines[row].append(cell);
    });
    return lines[row];
  }

  function found() {
    return order.filter(row =>
      rows[row].some(text => text.toLowerCase().includes(sought)));
  }

  function fill() {
    const shown = found();
    body.replaceChildren(...shown.slice(0, ROWS_DRAWN).map(line));
    const count = shown.length.toLocaleString("en");
    const all = rows.length.toLocaleString("en");
    told.textContent = (sought ? `${count} of ${all} rows`
      : rows.length === 1 ? "1 row" : `${all} rows`)
      + (shown.length > ROWS_DRAWN ? "; the first 1,000 are shown" : "");
  }

  function sortBy(at, isUp) {
    const compare = (one, other) => {
      const [left, right] = [valueOf(one, at), valueOf(other, at)];
      // Rows without a value are last in both directions.
      if (left === null || right === null) return (left === null) - (right === null);
      const difference = values[at] ? left - right : inOrder(left, right);
      return isUp ? difference : -difference;
    };
    order.sort((one, other) => compare(one, other) || one - other);
    [...head.children].forEach((cell, place) => cell.setAttribute(
      "aria-sort", place !== at ? "none" : isUp ? "ascending" : "descending"));
    fill();
  }

  columns.forEach((heading, at) => {
    const cell = element("th", null, {
      role: "columnheader", scope: "col", class: values[at] ? "n" : "",
      "aria-sort": "none",
    });
    const button = element("button", heading, {type: "button"});
    // The largest numbers first, and texts from A.
    button.addEventListener("click", () => sortBy(at, values[at]
      ? cell.getAttribute("aria-sort") === "descending"
      : cell.getAttribute("aria-sort") !== "ascending"));
    cell.append(button);
    head.append(cell);
  });

  const tools = element("div", null, {class: "tools"});
  if (rows.length > FEW_ROWS) {
    const search = element("input", null, {
      type: "search", placeholder: "Search", "aria-label": `Search in: ${caption}`,
    });
    search.addEventListener("input", () => {
      sought = search.value.trim().toLowerCase();
      fill();
    });
    tools.append(search);
  }
  if (rows.length > 1) tools.append(sortPicker(columns, values, caption, sortBy));
  const saver = element("button", "Save as CSV", {
    type: "button", "aria-label": `Save as CSV: ${caption}`,
  });
  saver.addEventListener("click", () => save(`${fileName}.csv`, csv(
    [columns, ...found().map(row => columns.map((_, at) => valueOf(row, at)))])));
  tools.append(told, saver);

  const made = element("table", null, {role: "table"});
  const thead = element("thead", null, {role: "rowgroup"});
  thead.append(head);
  made.append(element("caption", caption, {class: "unseen"}), thead, body);
  const scroll = element("div", null, {
    class: "scroll", tabindex: "0", role: "group", "aria-label": caption,
  });
  scroll.append(made);
  new ResizeObserver(() => fit(scroll, thead)).observe(made);
  fill();
  const all = element("div");
  all.append(tools, scroll);
  if (rows.length > FEW_CARDS) all.append(cardOpener(all, caption));
  return all;
}

// A phone shows the first cards, and the others by a tap.
function cardOpener(all, caption) {
  const opener = element("button", "Show all rows", {
    type: "button", class: "phone", "aria-label": `Show all rows: ${caption}`,
  });
  all.classList.add("short");
  opener.addEventListener("click", () => {
    all.classList.remove("short");
    opener.remove();
  });
  return opener;
}

// Cards on a phone have no headings to click on.
function sortPicker(columns, values, caption, sortBy) {
  const picker = element("select", null, {
    class: "phone", "aria-label": `Sort: ${caption}`,
  });
  picker.append(element("option", "Sort by", {value: ""}));
  columns.forEach((heading, at) =>
    picker.append(element("option", heading, {value: at})));
  picker.addEventListener("change", () => {
    const at = Number(picker.value);
    if (picker.value) sortBy(at, !values[at]);
  });
  return picker;
}

// A long table scrolls, and its visible part ends between two rows.
function fit(scroll, thead) {
  // Cards on a phone have no table head, and do not scroll by themselves.
  if (!thead.offsetHeight) {
    scroll.style.maxHeight = "";
    return;
  }
  const top = scroll.getBoundingClientRect().top - scroll.scrollTop;
  const ends = [...scroll.querySelectorAll("tbody tr")].map(
    row => row.getBoundingClientRect().bottom - top);
  const tallest = Math.max(ends[0] || 0, ...ends.filter(end => end <= TALLEST_TABLE));
  const bar = scroll.offsetHeight - scroll.clientHeight;
  scroll.style.maxHeight = ends.length && ends[ends.length - 1] > tallest
    ? `${tallest + bar}px` : "";
  scroll.style.scrollPaddingTop = `${thead.offsetHeight}px`;
}

function csv(rows) {
  const cell = value => {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    // Else a spreadsheet would run the text as a formula.
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map(row => `${row.map(cell).join(",")}\r\n`).join("");
}

function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], {type: "text/csv;charset=utf-8"}));
  element("a", null, {href: url, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
