// The search page: what a reader types becomes terms of the index, and the rows that it gives become a list.
// Nothing is loaded before a reader types, and then only the files that the query needs.

const PAGE = 30; // results shown at a time
const BEFORE = 24; // characters of a snippet before its match
const SNIPPET = 90; // characters of a snippet
const MOST_SUGGESTIONS = 3;
const MOST_TRIED = 12; // shorter queries that are tried
const MOST_ROWS = 10; // rows in which the names of publications are looked for
const MOST_STOCKS = 5;
const FILTERS = ["media", "stock", "from", "to", "title"];

const form = document.getElementById("search");
const filters = document.getElementById("filters");
const stocks = document.getElementById("stocks");
const results = document.getElementById("results");
const more = document.getElementById("more");
const status = document.getElementById("status");
const suggestions = document.getElementById("suggestions");
const strings = form.dataset;
const { Index, Search, normalize, runsOf, termsOf } = await import(strings.reader);
const index = new Index(`${strings.root}search/data/`);

// Return the terms of a query, of which those of a title, a publication and a stock have a mark.
function termsIn({ q, media, stock, title }) {
  const marked = (text, mark) => runsOf(text).flatMap(termsOf).map((term) => mark + term);
  return [...new Set([...marked(q, title ? "^" : ""), ...marked(media, "@"), ...marked(stock, "$")])];
}

function searchOf(query) {
  return new Search(index, termsIn(query), query.from, query.to);
}

// Return a text's letters, each with whether it belongs to one of the runs; case and width don't matter.
function lettersOf(text, runs) {
  const letters = [...text];
  const folded = letters.map(normalize);
  const whole = folded.join("");
  const starts = []; // for each code unit of the folded text, the number of its letter
  folded.forEach((part, number) => starts.push(...Array(part.length).fill(number)));
  const marked = new Set();
  for (const run of runs) {
    for (let at = whole.indexOf(run); at >= 0; at = whole.indexOf(run, at + 1)) {
      for (let unit = at; unit < at + run.length; unit += 1) marked.add(starts[unit]);
    }
  }
  return letters.map((letter, number) => [letter, marked.has(number)]);
}

function fillMarked(element, letters) {
  let last = null;
  for (const [letter, marked] of letters) {
    if (!last || last.marked !== marked) {
      const node = marked ? document.createElement("mark") : document.createTextNode("");
      last = { node, marked };
      element.append(node);
    }
    last.node.textContent += letter;
  }
}

// Results on the screen get a snippet of their article, from its page.
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    showSnippet(target, current.runs).catch(console.error);
  }
});

async function showSnippet(item, runs) {
  await index.turn(1000); // after the files that are needed now
  const response = await fetch(item.querySelector("a").href, { priority: "low" });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  // Every post ends with its source and a link back.
  for (const end of page.querySelectorAll(".body > p:nth-last-child(-n+2)")) end.remove();
  const text = page.querySelector(".body")?.textContent.replace(/\s+/g, " ").trim() ?? "";
  const letters = lettersOf(text, runs);
  const match = letters.findIndex(([, marked]) => marked);
  const start = Math.max(match - BEFORE, 0);
  const part = letters.slice(start, start + SNIPPET);
  if (start) part.unshift(["…", false]);
  if (start + SNIPPET < letters.length) part.push(["…", false]);
  fillMarked(item.querySelector("p"), part);
}

function itemOf([time, url, title, media], runs) {
  const item = document.getElementById("row").content.cloneNode(true).firstElementChild;
  const [when, source, link] = item.children;
  when.textContent = time.slice(0, 16).replace("T", " ");
  source.textContent = media;
  link.href = strings.root + url.slice(1);
  fillMarked(link, lettersOf(title || url, runs));
  seen.observe(item);
  return item;
}

// Show how many articles were found, and how far back the search is.
function showProgress(found, done) {
  const text = (done ? strings.done : strings.found)
    .replace("%found", found)
    .replace("%date", current.search.reached);
  const failed = index.failed.size ? ` ${strings.failed.replace("%failed", index.failed.size)}` : "";
  status.textContent = text + failed;
}

// Show the next page of results, each as soon as those before it are there.
async function show(query) {
  more.disabled = true;
  const first = results.children.length;
  for await (const row of query.search.rows(PAGE)) {
    if (query !== current) return;
    results.append(itemOf(row, query.runs));
  }
  if (query === current) showProgress(results.children.length, false);
  const done = await query.search.isDone();
  if (query !== current) return;
  showProgress(results.children.length, done);
  more.disabled = false;
  more.hidden = done;
  if (first) results.children[first]?.querySelector("a").focus();
  if (!results.children.length) await suggest(query);
}

// Show the stocks that the query may mean, each as a link to its page.
async function showStocks(query) {
  const found = await index.stocks(runsOf(query.values.q));
  if (query !== current) return;
  const items = found.slice(0, MOST_STOCKS).map(([code, name, folder]) => {
    const link = document.createElement("a");
    link.href = `${strings.root}stock/${encodeURIComponent(folder)}/`;
    link.textContent = `${name} ${code} →`.trim();
    const item = document.createElement("li");
    item.append(link);
    return item;
  });
  stocks.replaceChildren(...items);
  stocks.hidden = !items.length;
}

// Give the parts of a word, the longest first.
function* partsOf(word) {
  const letters = [...word];
  for (let length = letters.length - 1; length > 1; length -= 1) {
    for (let start = 0; start + length <= letters.length; start += 1) yield letters.slice(start, start + length).join("");
  }
}

// Give queries that ask for less: without the filters, without one of the words, for a shorter part of a word.
function* shorter(values) {
  const words = values.q.split(/\s+/u).filter(Boolean);
  if (FILTERS.some((name) => values[name])) {
    values = { ...values, ...Object.fromEntries(FILTERS.map((name) => [name, ""])) };
    yield values;
  }
  for (const word of words.length > 1 ? words : []) {
    yield { ...values, q: words.filter((other) => other !== word).join(" ") };
  }
  for (const part of words.length === 1 ? partsOf(words[0]) : []) yield { ...values, q: part };
}

// Return shorter queries that find something.
async function findShorter(query) {
  const found = [];
  let tried = 0;
  for (const values of shorter(query.values)) {
    if (found.some(({ q }) => q.includes(values.q)) || !termsIn(values).length) continue;
    if (found.length === MOST_SUGGESTIONS || (tried += 1) > MOST_TRIED || query !== current) break;
    if (!(await searchOf(values).isDone())) found.push(values);
  }
  return found;
}

// Return the query for each publication whose name has a part of the one that was asked for, by a filter or as the words.
async function findPublications(query) {
  const { q, media } = query.values;
  const found = new Map();
  let tried = 0;
  for (const part of partsOf(media || q)) {
    if (found.size >= MOST_SUGGESTIONS || (tried += 1) > MOST_TRIED || query !== current) break;
    if ([...found.keys()].some((name) => normalize(name).includes(normalize(part)))) continue;
    const values = { ...query.values, q: media ? q : "", media: part };
    for await (const [, , , name] of searchOf(values).rows(MOST_ROWS)) found.set(name, { ...values, media: name });
  }
  return [...found.values()].slice(0, MOST_SUGGESTIONS);
}

async function suggest(query) {
  const found = (await Promise.all([findShorter(query), findPublications(query)])).flat();
  if (query !== current || !found.length) return;
  const items = found.map((values) => {
    const link = document.createElement("a");
    link.href = addressOf(values);
    link.textContent = values.q || values.media || values.stock;
    if (values.q && values.media) link.textContent += strings.media.replace("%media", values.media);
    else if (FILTERS.some((name) => query.values[name] && !values[name])) link.textContent += strings.unfiltered;
    const item = document.createElement("li");
    item.append(link);
    return item;
  });
  suggestions.querySelector("ul").replaceChildren(...items);
  suggestions.hidden = false;
}

function addressOf(values) {
  const given = Object.entries(values).filter(([, value]) => value);
  return `?${new URLSearchParams(given)}`;
}

let current = null;

async function start(values) {
  const search = searchOf(values);
  const query = { values, search, runs: runsOf(values.q) };
  current = query;
  index.retry();
  seen.disconnect();
  results.replaceChildren();
  for (const element of [more, stocks, suggestions]) element.hidden = true;
  status.textContent = search.terms.length ? strings.searching : strings.empty;
  if (!search.terms.length) return;
  showStocks(query).catch(console.error);
  await run(query);
}

async function run(query) {
  try {
    await show(query);
  } catch (error) {
    if (query !== current) return;
    console.error(error);
    status.textContent = strings.broken;
  }
}

function valuesOf(given) {
  return Object.fromEntries(["q", ...FILTERS].map((name) => [name, (given.get(name) ?? "").trim()]));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = valuesOf(new FormData(form));
  history.replaceState(null, "", addressOf(values));
  start(values);
});
form.addEventListener("input", () => index.prepare(), { once: true });
more.addEventListener("click", () => run(current));

const initial = valuesOf(new URLSearchParams(location.search));
if (Object.values(initial).some(Boolean)) {
  for (const name of ["q", ...FILTERS]) {
    const field = form.elements[name];
    if (field.type === "checkbox") field.checked = Boolean(initial[name]);
    else field.value = initial[name];
  }
  filters.open ||= FILTERS.some((name) => initial[name]); // a reader may have opened it already
  start(initial);
}
