"use strict";
// The page: header, blocks, and moving between pages.

const report = JSON.parse(document.getElementById("report").textContent);
const picker = document.getElementById("business");
const links = document.getElementById("pages");
const heading = document.getElementById("heading");
const freshness = document.getElementById("freshness");
const blocks = document.getElementById("blocks");
// The style sheet has the same width.
const TWO_COLUMNS = window.matchMedia("(min-width: 1100px)");
let shown = {};

function drawBlock(block, height, {business, page}, chosen) {
  const section = element("section", null, {"aria-labelledby": `b-${block.key}`});
  const fileName = `${business.id}-${page.key}-${block.key}`;
  section.append(element("h2", block.title, {id: `b-${block.key}`}));
  if (block.text) section.append(element("p", block.text));
  if (block.cards) section.append(cards(block));
  if (block.numbers) {
    const list = element("dl", null, {class: "numbers"});
    for (const [name, value] of block.numbers) {
      const pair = element("div");
      pair.append(element("dt", name), element("dd", value));
      list.append(pair);
    }
    section.append(list);
  }
  if (block.spec) {
    const made = picture(block, height, chosen);
    section.append(made.place, rowsOf(made, fileName));
  }
  if (block.rows) section.append(table(block, block.title, fileName));
  return section;
}

// Words and few numbers beside a chart, or a chart with a table beside one without,
// would leave a hole. They take the whole row.
function isWide(block) {
  return block.wide || (block.columns || []).length > 6
    || !(block.spec || block.rows || block.cards) || Boolean(block.spec && block.rows);
}

// Charts of which one needs more than twice the height of the other do not share a row.
function areAlike(...both) {
  const heights = both.map(one => one.spec && one.spec.height);
  return !heights.every(height => typeof height === "number")
    || Math.max(...heights) <= 2 * Math.min(...heights);
}

// For each block the one that shares its row, or null: those are wide, because a block
// alone in its row takes the whole row. So the page has no holes.
function neighbours(all) {
  const found = all.map(() => null);
  let alone = null;
  all.forEach((block, at) => {
    if (isWide(block)) {
      alone = null;
    } else if (alone === null || !areAlike(all[alone], block)) {
      alone = at;
    } else {
      [found[at], found[alone]] = [all[alone], block];
      alone = null;
    }
  });
  return found;
}

// Charts of a row are equally high.
function heightIn(block, other) {
  const [own, its] = [block, other].map(one => one && one.spec && one.spec.height);
  return typeof own === "number" && typeof its === "number" && TWO_COLUMNS.matches
    ? Math.max(own, its) : own;
}

function show() {
  const {business, page, query} = place();
  if (!business) return showNothing();
  const isNew = business !== shown.business || page !== shown.page;
  const filters = filtersOf(page);
  const chosen = chosenOf(query, filters);
  showHeader(business, page, query);
  drawFilters(filters, chosen, pairs => {
    location.hash = linkTo(business, page, new URLSearchParams(pairs));
  });
  tellFilters(chosen);
  if (isNew) {
    shown = {business, page};
    forgetPictures();
    const beside = neighbours(page.blocks);
    const sections = page.blocks.map((block, at) => {
      const section = drawBlock(block, heightIn(block, beside[at]), shown, chosen);
      section.classList.toggle("wide", !beside[at]);
      return section;
    });
    blocks.replaceChildren(...sections);
    drawPictures();
    window.scrollTo(0, 0);
    document.body.dataset.page = page.key;
  }
  for (const one of pictures) filterPicture(one, chosen).then(one.showRows);
  tellUnfiltered(page, chosen);
}

function showHeader(business, page, query) {
  picker.value = business.id;
  links.replaceChildren(...business.pages.map(other => {
    const link = element("a", other.title, {href: linkTo(business, other, query)});
    if (other === page) link.setAttribute("aria-current", "page");
    return link;
  }));
  heading.textContent = `${business.name}: ${page.title.toLowerCase()}`;
  document.title = `${heading.textContent} – Retail Marts`;
  freshness.textContent = (business.until ? `Data until ${business.until}. ` : "")
    + report.footer;
}

// Figures that ignore the chosen filters say so.
function tellUnfiltered(page, chosen) {
  blocks.querySelectorAll(".note").forEach(note => note.remove());
  page.blocks.forEach((block, at) => {
    const signals = block.spec ? signalsOf(block.spec, chosen) : {};
    const hasFigures = block.spec || block.rows || block.numbers || block.cards;
    const isFiltered = Object.values(signals).some(value => value !== null);
    if (!chosen.isAny || !hasFigures || isFiltered) return;
    blocks.children[at].append(
      element("p", "The filters do not apply to this part.", {class: "note"}));
  });
}

// No business was published, or the list of businesses with a file each.
function showNothing() {
  picker.parentElement.hidden = true;
  freshness.textContent = report.footer;
  if (!report.list) {
    blocks.replaceChildren(element("p", "No business has been published yet."));
    return;
  }
  heading.textContent = "Businesses";
  const section = element("section", null, {"aria-labelledby": "heading"});
  section.classList.add("wide");
  section.append(table(report.list, "Businesses", "businesses"));
  blocks.replaceChildren(section);
}

for (const {id, name} of report.businesses) {
  picker.append(element("option", name, {value: id}));
}
picker.addEventListener("change", () => {
  const business = report.businesses.find(b => b.id === picker.value);
  location.hash = linkTo(business, place().page);
});
document.querySelector(".skip").addEventListener("click", event => {
  // The hash names the page, so the link must not change it.
  event.preventDefault();
  document.getElementById("content").focus();
});
document.getElementById("home").hidden = !report.home;
picker.parentElement.hidden = Boolean(report.home);
window.addEventListener("hashchange", show);
show();
