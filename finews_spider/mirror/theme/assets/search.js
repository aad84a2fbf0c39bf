// Searches the static index in search/data, which the exporter writes; docs/site.md describes its format.
// Nothing is loaded before the first query, and then only the files that the query needs.

const PAGE = 30; // results shown at a time
const AHEAD = 4; // segments searched at once
const CHUNK = 100; // rows in a file
const LATIN = /^[a-z0-9]/;
const RUNS =
  /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\u{20000}-\u{3ffff}]+|[a-z0-9]+/gu;

const form = document.getElementById("search");
const results = document.getElementById("results");
const more = document.getElementById("more");
const status = document.getElementById("status");
const strings = form.dataset;

// Split a text into runs of Chinese characters, and of Latin letters and digits.
const normalize = (text) => text.normalize("NFKC").toLowerCase();
const runsOf = (text) => [...new Set(normalize(text).match(RUNS))];

// Return the terms of a run: all its pairs of characters. A Latin word or a single character is the start of a term.
function termsOf(run) {
  const letters = [...run];
  if (LATIN.test(run) || letters.length === 1) return [{ text: run, whole: false }];
  return letters.slice(1).map((letter, index) => ({ text: letters[index] + letter, whole: true }));
}

class Search {
  constructor(query) {
    this.runs = runsOf(query);
    this.terms = this.runs.flatMap(termsOf);
    this.found = this.failed = this.shown = 0;
    this.reached = "";
    this.control = new AbortController();
    this.files = new Map();
    this.hits = this.walk();
  }

  async fetch(path) {
    const response = await fetch(`${strings.root}search/data/${path}`, { signal: this.control.signal });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  }

  // Return a file of the index, or a substitute if it can't be fetched; then the search continues without it.
  load(path, substitute) {
    if (!this.files.has(path)) {
      const useSubstitute = () => {
        this.control.signal.throwIfAborted();
        this.failed += 1;
        return substitute;
      };
      this.files.set(path, this.fetch(path).catch(useSubstitute));
    }
    return this.files.get(path);
  }

  // Give the rows of all hits, newest first.
  async *walk() {
    const { segments } = await this.fetch("index.json");
    for (let start = 0; start < segments.length; start += AHEAD) {
      const next = segments.slice(start, start + AHEAD);
      const hits = await Promise.all(next.map((segment) => this.hitsIn(segment)));
      for (const [index, segment] of next.entries()) {
        this.found += hits[index].length;
        this.reached = segment.name.slice(0, 10);
        yield* this.rows(segment, hits[index].reverse());
      }
      showProgress(this);
    }
  }

  // Return the numbers of a segment's articles that have all the terms, oldest first.
  async hitsIn(segment) {
    const lists = await Promise.all(this.terms.map((term) => this.numbersOf(term, segment)));
    lists.sort((one, other) => one.size - other.size);
    const [rarest, ...others] = lists;
    return [...rarest].filter((number) => others.every((list) => list.has(number))).sort((a, b) => a - b);
  }

  async numbersOf({ text, whole }, segment) {
    const shard = await this.load(`${segment.name}/${text.codePointAt(0) % segment.shards}.json`, {});
    if (whole) return new Set(decode(shard[text] ?? ""));
    const beginning = Object.keys(shard).filter((term) => term.startsWith(text));
    return new Set(beginning.flatMap((term) => decode(shard[term])));
  }

  async *rows(segment, numbers) {
    for (const number of numbers) {
      const chunk = await this.load(`${segment.name}/rows-${Math.floor(number / CHUNK)}.json`, []);
      const row = chunk[number % CHUNK];
      if (row) yield row;
    }
  }
}

// Return the article numbers of a postings string: each character is the distance from the number before.
function decode(postings) {
  let number = -1;
  return Array.from(postings, (letter) => {
    const code = letter.codePointAt(0);
    number += code - 0x22 - (code < 0xe000 ? 0 : 0x800);
    return number;
  });
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

function fillMarked(element, text, runs) {
  let last = null;
  for (const [letter, marked] of lettersOf(text, runs)) {
    if (!last || last.marked !== marked) {
      const node = marked ? document.createElement("mark") : document.createTextNode("");
      last = { node, marked };
      element.append(node);
    }
    last.node.textContent += letter;
  }
}

function itemOf([time, url, title, media], runs) {
  const item = document.getElementById("row").content.cloneNode(true).firstElementChild;
  const [when, source, link] = item.children;
  when.textContent = time.slice(0, 16).replace("T", " ");
  source.textContent = media;
  link.href = strings.root + url.slice(1);
  fillMarked(link, title || url, runs);
  return item;
}

// Show how many articles were found, and how far back the search is.
function showProgress(search, done = false) {
  if (search !== current) return;
  const text = (done ? strings.done : strings.found)
    .replace("%found", search.found)
    .replace("%date", search.reached);
  const failed = search.failed ? ` ${strings.failed.replace("%failed", search.failed)}` : "";
  status.textContent = text + failed;
}

// Show the next page of results. One more row is fetched, to know whether there are more results.
async function show(search) {
  more.disabled = true;
  const first = results.children.length;
  for (let count = 0; count < PAGE && !search.next?.done; count += 1) {
    search.next ??= await search.hits.next();
    if (search !== current || search.next.done) break;
    results.append(itemOf(search.next.value, search.runs));
    search.next = undefined;
  }
  search.next ??= await search.hits.next();
  if (search !== current) return;
  showProgress(search, search.next.done);
  more.disabled = false;
  more.hidden = search.next.done;
  if (first) results.children[first]?.querySelector("a").focus();
}

let current = null;

async function start(query) {
  current?.control.abort();
  const search = (current = new Search(query));
  results.replaceChildren();
  more.hidden = true;
  status.textContent = search.terms.length ? strings.searching : strings.empty;
  if (search.terms.length) await run(search);
}

async function run(search) {
  try {
    await show(search);
  } catch (error) {
    if (search !== current) return;
    console.error(error);
    status.textContent = strings.broken;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const query = form.elements.q.value.trim();
  history.replaceState(null, "", `?q=${encodeURIComponent(query)}`);
  start(query);
});
more.addEventListener("click", () => run(current));

const initialQuery = new URLSearchParams(location.search).get("q");
if (initialQuery) {
  form.elements.q.value = initialQuery;
  start(initialQuery);
}
