// Search over the static index in search/data, which the exporter writes; docs/site.md says what stands in it.
// Nothing is loaded before something is asked for, and then only what the words need.

const PAGE = 30; // results shown at a time
const AHEAD = 4; // segments looked into at once
const CHUNK = 100; // rows in a file
const LATIN = /^[a-z0-9]/;
const RUNS =
  /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\u{20000}-\u{3ffff}]+|[a-z0-9]+/gu;

const form = document.getElementById("search");
const results = document.getElementById("results");
const more = document.getElementById("more");
const status = document.getElementById("status");
const words = form.dataset;

// The words of a text as the index has them.
const normal = (text) => text.normalize("NFKC").toLowerCase();
const runsOf = (text) => [...new Set(normal(text).match(RUNS))];

// What to look up for a run: all its pairs of characters; a Latin word or a single character is a term's beginning.
function termsOf(run) {
  const letters = [...run];
  if (LATIN.test(run) || letters.length === 1) return [{ text: run, whole: false }];
  return letters.slice(1).map((letter, place) => ({ text: letters[place] + letter, whole: true }));
}

class Search {
  constructor(question) {
    this.runs = runsOf(question);
    this.terms = this.runs.flatMap(termsOf);
    this.found = this.failed = this.shown = 0;
    this.reached = "";
    this.control = new AbortController();
    this.files = new Map();
    this.hits = this.walk();
  }

  async fetch(path) {
    const answer = await fetch(`${words.root}search/data/${path}`, { signal: this.control.signal });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  // Return a file of the index, or what stands in for one that can't be had: the search goes on without it.
  load(path, substitute) {
    if (!this.files.has(path)) {
      const without = () => {
        this.control.signal.throwIfAborted();
        this.failed += 1;
        return substitute;
      };
      this.files.set(path, this.fetch(path).catch(without));
    }
    return this.files.get(path);
  }

  // Give the rows of all hits, newest first.
  async *walk() {
    const { segments } = await this.fetch("index.json");
    for (let at = 0; at < segments.length; at += AHEAD) {
      const next = segments.slice(at, at + AHEAD);
      const hits = await Promise.all(next.map((segment) => this.hitsIn(segment)));
      for (const [place, segment] of next.entries()) {
        this.found += hits[place].length;
        this.reached = segment.name.slice(0, 10);
        yield* this.rows(segment, hits[place].reverse());
      }
      tell(this);
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

// Return the article numbers of a postings string: each character is the gap to the next; surrogates are left out.
function decode(postings) {
  let number = -1;
  return Array.from(postings, (letter) => {
    const code = letter.codePointAt(0);
    number += code - 0x22 - (code < 0xe000 ? 0 : 0x800);
    return number;
  });
}

// Return a text's letters, each with whether it stands in one of the runs, whatever its case or width.
function lettersOf(text, runs) {
  const letters = [...text];
  const folded = letters.map(normal);
  const whole = folded.join("");
  const starts = []; // of each unit of the folded text, its letter's number
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
  link.href = words.root + url.slice(1);
  fillMarked(link, title || url, runs);
  return item;
}

// Say how far the search is.
function tell(search, done = false) {
  if (search !== current) return;
  const text = (done ? words.done : words.found)
    .replace("%found", search.found)
    .replace("%date", search.reached);
  const failed = search.failed ? ` ${words.failed.replace("%failed", search.failed)}` : "";
  status.textContent = text + failed;
}

// Show the next page of results. One row is asked for beyond it, to know whether there is more.
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
  tell(search, search.next.done);
  more.disabled = false;
  more.hidden = search.next.done;
  if (first) results.children[first]?.querySelector("a").focus();
}

let current = null;

async function begin(question) {
  current?.control.abort();
  const search = (current = new Search(question));
  results.replaceChildren();
  more.hidden = true;
  status.textContent = search.terms.length ? words.searching : words.empty;
  if (search.terms.length) await run(search);
}

async function run(search) {
  try {
    await show(search);
  } catch (error) {
    if (search !== current) return;
    console.error(error);
    status.textContent = words.broken;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = form.elements.q.value.trim();
  history.replaceState(null, "", `?q=${encodeURIComponent(question)}`);
  begin(question);
});
more.addEventListener("click", () => run(current));

const asked = new URLSearchParams(location.search).get("q");
if (asked) {
  form.elements.q.value = asked;
  begin(asked);
}
