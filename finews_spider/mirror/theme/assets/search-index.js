// Reads the static index in search/data, which the exporter writes; docs/site.md describes its format.

const ROWS = 50; // rows in a file
const LONGEST_WORD = 40;
const ENOUGH = 45; // hits that fill the first page, most likely
const FIRST_TERMS = [0, 1, 0.5, 0.25, 0.75]; // where in a query the terms lie that are looked up first
const FEW = 12; // so few rows are fetched before it is certain that they are hits
const FIRST_ARTICLES = 100000; // articles whose years are searched at once, before anything is known about the hits
const MOST_YEARS = 4; // years searched at once
const MOST_WINDOWS = 6; // parts of a segment whose chunks are fetched at once
const LATIN = /^[a-z0-9]/;
const RUNS =
  /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\u{20000}-\u{3ffff}]+|[a-z0-9]+/gu;

export const normalize = (text) => text.normalize("NFKC").toLowerCase();

// Split a text into runs of Chinese characters, and of Latin letters and digits.
export const runsOf = (text) => [...new Set(normalize(text).match(RUNS))];

// Return the terms of a run: all its pairs of characters, a single character, or a Latin word.
export function termsOf(run) {
  const letters = [...run];
  if (LATIN.test(run) || letters.length === 1) return [run.slice(0, LONGEST_WORD)];
  return letters.slice(1).map((letter, index) => letters[index] + letter);
}

// The CRC-32 of a term's UTF-8 bytes.
function hashOf(term) {
  let crc = -1;
  for (const byte of new TextEncoder().encode(term)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ -1) >>> 0;
}

// Return the article numbers of a postings string: each character is the distance from the number before.
function decode(postings, start = 0) {
  let number = start - 1;
  return Array.from(postings, (letter) => {
    const code = letter.codePointAt(0);
    number += code - 0x22 - (code < 0xe000 ? 0 : 0x800);
    return number;
  });
}

// The place of a day in a segment's list of days: each month has 31.
const placeOf = (day) => (Number(day.slice(5, 7)) - 1) * 31 + Number(day.slice(8, 10)) - 1;

// The files of the index. Each is fetched once, when a query needs it. By HTTP/1.1, a browser asks for six at a time. The
// others wait here, so that urgent ones pass them, and those that nothing needs any more are left out.
export class Index {
  constructor(folder) {
    const { nextHopProtocol } = performance.getEntriesByType("navigation")[0];
    this.folder = folder;
    this.files = new Map();
    this.failed = new Set();
    this.free = nextHopProtocol.startsWith("http/1") ? 6 : Infinity; // requests that may begin
    this.waiting = [];
    this.channel = new MessageChannel();
    this.channel.port1.onmessage = () => this.goOn();
  }

  // Wait until a request may begin; urgency 0 comes first.
  turn(urgency) {
    return new Promise((begin) => {
      this.waiting.push({ urgency, begin });
      this.wake();
    });
  }

  // Go on in a new task: until then, whoever waited for a file has asked for what it needs next.
  wake() {
    this.channel.port2.postMessage(null);
  }

  goOn() {
    if (!this.free || !this.waiting.length) return;
    this.waiting.sort((one, other) => one.urgency - other.urgency);
    this.waiting.shift().begin();
    this.wake();
  }

  async fetch(path) {
    const response = await fetch(this.folder + path);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  }

  // Return a file, or a substitute if it can't be fetched or isn't needed any more; then the search continues without it.
  async load(path, substitute, urgency = 0, isNeeded = () => true) {
    if (!this.files.has(path)) await this.turn(urgency);
    if (!this.files.has(path) && isNeeded()) this.files.set(path, this.loadNow(path, substitute));
    return this.files.get(path) ?? substitute;
  }

  async loadNow(path, substitute) {
    this.free -= 1;
    try {
      return await this.fetch(path);
    } catch {
      this.failed.add(path);
      return substitute;
    } finally {
      this.free += 1;
      this.wake();
    }
  }

  // Let the next query fetch again what failed.
  retry() {
    for (const path of this.failed) this.files.delete(path);
    this.failed.clear();
  }

  // Return the years of the index, newest first, each with its segments.
  async years() {
    this.segments ??= this.fetch("index.json");
    const { format, segments } = await this.segments.catch((error) => {
      this.segments = undefined;
      throw error;
    });
    if (format !== 3) throw new Error(`index.json: format ${format}`);
    const years = new Map();
    for (const segment of segments) {
      const year = segment.name.slice(0, 4);
      years.set(year, [...(years.get(year) ?? []), segment]);
    }
    return [...years.values()];
  }

  // Return the row of an article: time, URL, title and publication; null if it can't be fetched.
  async row({ name }, number, urgency, isNeeded) {
    const rows = await this.load(`${name}/rows-${Math.floor(number / ROWS)}.json`, [], urgency, isNeeded);
    return rows[number % ROWS] ?? null;
  }

  // Return the postings of a term in a segment, as its shard has them: a string, or a list that names their chunks.
  async postings({ name, shards }, term, urgency, isNeeded) {
    const shard = await this.load(`${name}/${hashOf(term) % shards}.json`, {}, urgency, isNeeded);
    return shard[term] ?? "";
  }

  // Return the article numbers in a chunk of a term's postings.
  async chunk({ name }, { term, number, before }, urgency) {
    const { [term]: postings } = await this.load(`${name}/chunk-${number}.json`, {}, urgency);
    return decode(postings ?? "", before + 1);
  }

  // Fetch what every query needs.
  prepare() {
    this.years().catch(() => {});
    this.load("stocks.json", { shards: 0 });
  }

  // Return the stocks whose name or code has one of the runs: [code, name, folder] each, the best first.
  async stocks(runs) {
    const { shards } = await this.load("stocks.json", { shards: 0 });
    if (!shards) return [];
    const term = (run) => termsOf(run).slice(-1)[0];
    const urgency = 2.5; // as much as to know what the newest segments have
    const lists = await Promise.all(
      runs.map(async (run) => (await this.load(`stocks-${hashOf(term(run)) % shards}.json`, {}, urgency))[term(run)]),
    );
    const found = new Map(lists.flatMap((list) => list ?? []).map((stock) => [stock[2], stock]));
    const worth = ([code, name]) => {
      const parts = [normalize(code), normalize(name)];
      const has = (run) => parts[0].startsWith(run) || parts[1].includes(run);
      const is = (run) => parts.includes(run);
      if (!runs.every(has) && !runs.some(is)) return 0;
      return runs.filter(has).length + 2 * runs.filter(is).length;
    };
    const ranked = [...found.values()].map((stock) => [worth(stock), stock]);
    return ranked
      .filter(([value]) => value)
      .sort(([one], [other]) => other - one)
      .map(([, stock]) => stock);
  }
}

const isIn = (numbers) => Set.prototype.has.bind(new Set(numbers));

// How many of the next years to search at once, as some articles had so many hits.
function yearsNeeded(years, { articles, found }) {
  let [count, ahead] = [0, 0];
  const isEnough = () => (articles ? (found / articles) * ahead >= ENOUGH : ahead >= FIRST_ARTICLES);
  while (count < Math.min(years.length, MOST_YEARS) && (!count || !isEnough())) {
    for (const { articles: more } of years[count]) ahead += more;
    count += 1;
  }
  return count;
}

// The articles of a segment that have all terms of a query, newest first.
class Walk {
  constructor(index, segment, [terms, otherTerms], from, to) {
    Object.assign(this, { index, segment, terms, otherTerms });
    this.starts = [0]; // for each day, the number of its first article
    for (const count of segment.days) this.starts.push(this.starts.at(-1) + count);
    const isWithin = (day) => day.startsWith(segment.name.slice(0, 4));
    this.first = isWithin(from) ? this.starts[placeOf(from)] : 0;
    this.end = isWithin(to) ? this.starts[placeOf(to) + 1] : segment.articles;
    this.rest = undefined; // articles that have all terms without chunks; undefined where all have chunks
    this.long = []; // terms with chunks: these, and the share of the articles that have the term
    this.density = undefined; // the share of the articles that are hits, as far as can be expected
    this.numbers = []; // hits that are known and weren't given yet
    this.last = this.end - 1; // every other hit has this number or a smaller one
    this.loaded = new Map(); // chunks
    this.lists = this.inLists();
  }

  // The place of the day of the next hit; where that isn't known, of the newest day on which it may be.
  get day() {
    const number = this.numbers[0] ?? this.last;
    let [low, high] = [0, this.starts.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle] <= number) low = middle;
      else high = middle;
    }
    return low;
  }

  // Look terms up, until nothing can have them all. The first two most often tell.
  async lookUp(terms, firstUrgency = this.urgency) {
    const { articles } = this.segment;
    const isOpen = () => this.rest?.length !== 0;
    const lookUp = async (term, at) => {
      const postings = await this.index.postings(this.segment, term, at < 2 ? firstUrgency : this.urgency, isOpen);
      if (typeof postings === "string") {
        const numbers = decode(postings);
        this.rest = this.rest ? this.rest.filter(isIn(numbers)) : numbers;
      } else {
        const [first, count, ...befores] = postings;
        const chunks = befores.map((before, number) => ({ term, number: first + number, before }));
        this.long.push({ chunks, share: count / articles });
      }
    };
    await Promise.all(terms.map(lookUp));
    const start = (this.rest?.length ?? articles) / articles;
    this.density = this.long.reduce((density, { share }) => density * share, start);
  }

  // The number of articles that may be hits.
  get size() {
    return this.end - this.first;
  }

  // Begin to fetch what the newest hits need.
  begin() {
    this.coming ??= this.lists.next();
  }

  // Wait for the next hits.
  async advance() {
    this.begin();
    const { value, done } = await this.coming;
    this.coming = undefined;
    this.isDone = done;
    if (!done) [this.numbers, this.last] = value;
  }

  // Give lists of hits, and the number that all later hits have at most.
  async *inLists() {
    await this.isBegun;
    if (!this.rest) this.long.forEach(({ chunks }) => this.load(chunks[0]));
    await this.lookUp(this.otherTerms);
    this.onLookUp();
    const windows = this.windows();
    for (const [at, window] of windows.entries()) {
      window.chunks.forEach((chunk) => this.load(chunk));
      let expected = 0;
      for (const next of windows.slice(at, at + MOST_WINDOWS)) {
        if (expected < ENOUGH) this.loadAhead(next);
        expected += this.density * (next.end - next.first);
      }
      yield [await this.hitsIn(window), window.first - 1];
    }
  }

  // Return the parts of the segment, newest first, in each of which every long term has one chunk.
  windows() {
    const windows = [];
    const gone = new Set(this.segment.gone);
    let rest = this.rest?.filter((number) => !gone.has(number) && number >= this.first && number < this.end);
    for (let end = this.end; end > this.first; ) {
      if (rest) {
        rest = rest.filter((number) => number < end);
        if (!rest.length) break;
        end = rest.at(-1) + 1;
      }
      const chunks = this.long.map(({ chunks }) => chunks.find(({ before }) => before < end - 1));
      const first = Math.max(this.first, ...chunks.map(({ before }) => before + 1));
      windows.push({ first, end, chunks, rest });
      end = first;
    }
    return windows;
  }

  async hitsIn({ first, end, chunks, rest }) {
    const sets = await Promise.all(chunks.map((chunk) => this.load(chunk)));
    sets.sort((one, other) => one.size - other.size);
    const gone = new Set(this.segment.gone);
    const isHit = (number) =>
      number >= first && number < end && !gone.has(number) && sets.every((set) => set.has(number));
    return (rest ?? [...sets[0]]).filter(isHit).reverse();
  }

  // Fetch the chunks of a part, and its rows if few may be hits.
  loadAhead({ first, chunks, rest }) {
    const urgency = this.urgency + 0.5;
    chunks.forEach((chunk) => this.load(chunk, urgency));
    const isOpen = (number) => number <= this.last || this.numbers.includes(number);
    for (const number of rest?.length <= FEW ? rest.filter((each) => each >= first).reverse() : []) {
      this.index.row(this.segment, number, urgency, () => isOpen(number));
    }
  }

  // Return the numbers in a chunk.
  load(chunk, urgency = this.urgency) {
    const load = async () => new Set(await this.index.chunk(this.segment, chunk, urgency));
    if (!this.loaded.has(chunk.number)) this.loaded.set(chunk.number, load());
    return this.loaded.get(chunk.number);
  }
}

// A query: terms that an article must all have, and the days (ISO 8601, or empty) between which it must lie.
export class Search {
  constructor(index, terms, from = "", to = "") {
    Object.assign(this, { index, terms, from, to });
    this.reached = "";
    this.places = this.inOrder();
  }

  // Give the rows of the next hits, newest first. They are fetched at once.
  async *rows(count) {
    const coming = Array.from({ length: count }, () => this.next());
    while (coming.length) {
      const { row, done } = await coming.shift();
      if (done) return;
      if (row) {
        this.reached = row[0].slice(0, 10);
        yield row;
      } else {
        coming.push(this.next()); // that one couldn't be fetched
      }
    }
  }

  // Whether there are no more hits.
  async isDone() {
    this.peeked ??= this.places.next();
    return (await this.peeked).done;
  }

  async next() {
    const place = this.peeked ?? this.places.next();
    this.peeked = undefined;
    const { value, done } = await place;
    return { row: done ? undefined : await this.index.row(...value), done };
  }

  // Give the segment and the number of each hit, newest first.
  async *inOrder() {
    const [from, to] = [this.from.slice(0, 4), this.to.slice(0, 4) || "9999"];
    const years = (await this.index.years()).filter(([{ name }]) => name >= from && name.slice(0, 4) <= to);
    const walked = { articles: 0, found: 0 };
    while (years.length) {
      const next = years.splice(0, yearsNeeded(years, walked)).map((segments) => this.walksIn(segments));
      this.begin(next);
      for (const walks of next) {
        for await (const place of this.merged(walks)) {
          walked.found += 1;
          yield place;
        }
        for (const { segment } of walks) walked.articles += segment.articles;
      }
    }
  }

  // Return the walks through a year's segments, the newest first.
  walksIn(segments) {
    const walks = segments.map((segment) => new Walk(this.index, segment, this.groups(), this.from, this.to));
    const isNewer = (one, other) => other.day - one.day || one.segment.articles - other.segment.articles;
    return walks.filter(({ first, end }) => first < end).sort(isNewer);
  }

  // Return the terms that are looked up first, which lie far from each other, and those that are only looked up where
  // these are found.
  groups() {
    const first = [...new Set(FIRST_TERMS.map((part) => this.terms[Math.round(part * (this.terms.length - 1))]))];
    return [first, this.terms.filter((term) => !first.includes(term))];
  }

  // Look the first terms up in all segments of some years at once; most urgent is which of the small ones have nothing. Go
  // on in those before which there are too few hits, and in more of them when more is known.
  begin(years) {
    const all = years.flat();
    const goOn = () => {
      for (const walk of all.filter(({ density }) => density !== undefined)) {
        // A newer segment that isn't known yet has as many hits among its articles, most likely.
        const newer = all.slice(0, all.indexOf(walk)).map(({ density = walk.density, size }) => density * size);
        if (newer.reduce((sum, hits) => sum + hits, 0) < ENOUGH) walk.begin();
      }
    };
    for (const [at, walk] of all.entries()) {
      const isOldest = years.some((walks) => walks.at(-1) === walk);
      walk.urgency = at + 1;
      walk.onLookUp = goOn;
      walk.isBegun = walk.lookUp(walk.terms, isOldest ? walk.urgency : 0).then(goOn);
    }
  }

  // Give the hits of a year's segments in the order of time.
  async *merged(walks) {
    for (;;) {
      const open = walks.filter(({ isDone }) => !isDone);
      if (!open.length) return;
      const day = Math.max(...open.map((walk) => walk.day));
      const onDay = open.filter((walk) => walk.day === day);
      const unknown = onDay.filter(({ numbers }) => !numbers.length);
      if (unknown.length) {
        await Promise.all(unknown.map((walk) => walk.advance()));
        continue;
      }
      const walk = await this.newestOf(onDay, day);
      yield [walk.segment, walk.numbers.shift()];
    }
  }

  // Return the walk with the newest article, of those that have their next one on the same day.
  async newestOf([walk, ...others], day) {
    if (!others.length) return walk;
    const timeOf = async ({ segment, numbers }) => (await this.index.row(segment, numbers[0]))?.slice(0, 2).join() ?? "";
    const coming = Promise.all([walk, ...others].map(timeOf));
    // Most likely the newest segment's articles are newer than all others: their rows are fetched together.
    const isOnDay = (number) => number >= walk.starts[day];
    for (const number of walk.numbers.slice(0, ENOUGH).filter(isOnDay)) this.index.row(walk.segment, number);
    const times = await coming;
    const newest = times.reduce((best, time, at) => (time > times[best] ? at : best), 0);
    return [walk, ...others][newest];
  }
}
