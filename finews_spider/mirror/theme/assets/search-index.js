// Reads the static index in search/data, which the exporter writes; docs/site.md describes its format.

const ROWS = 20; // rows in a file
const BLOCK = 16384; // articles in a block of long postings
const LONGEST = 512; // articles with a term, above which its postings are in blocks
const LONGEST_WORD = 40;
const AHEAD = 10; // rows fetched at once
const MOST_MONTHS = 12; // months searched at once
const ENOUGH = 45; // hits that fill the first page, most likely
const FEW = 5000; // articles that say nothing yet about how frequent the hits are
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

const isNewer = (one, other) => one[0] > other[0] || (one[0] === other[0] && one[1] > other[1]);

const articlesOf = (segments) => segments.reduce((sum, { articles }) => sum + articles, 0);

// Return how many months to search at once, as some articles had so many hits.
function monthsNeeded({ articles, found }, { parts }) {
  if (articles < FEW) return 1;
  const needed = (ENOUGH * articles) / Math.max(found, 1) / articlesOf(parts);
  return Math.min(Math.ceil(needed), MOST_MONTHS);
}

// The files of the index. Each is fetched once, when a query needs it.
export class Index {
  constructor(folder) {
    this.folder = folder;
    this.files = new Map();
    this.failed = new Set();
  }

  async fetch(path) {
    const response = await fetch(this.folder + path);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  }

  // Return a file, or a substitute if it can't be fetched; then the search continues without it.
  load(path, substitute) {
    if (!this.files.has(path)) {
      const useSubstitute = () => {
        this.files.delete(path); // the next query tries again
        this.failed.add(path);
        return substitute;
      };
      this.files.set(path, this.fetch(path).catch(useSubstitute));
    }
    return this.files.get(path);
  }

  // Return the months of the index, newest first, each with its segments.
  async months() {
    this.segments ??= this.fetch("index.json");
    const { format, segments } = await this.segments.catch((error) => {
      this.segments = undefined;
      throw error;
    });
    if (format !== 2) throw new Error(`index.json: format ${format}`);
    const months = new Map();
    for (const segment of segments) {
      const month = segment.name.slice(0, 7);
      months.set(month, [...(months.get(month) ?? []), segment]);
    }
    return [...months].map(([month, parts]) => ({ month, parts }));
  }

  // Return the stocks whose name or code has one of the runs: [code, name, folder] each, the best first.
  async stocks(runs) {
    const { shards } = await this.load("stocks.json", { shards: 0 });
    if (!shards) return [];
    const term = (run) => termsOf(run).slice(-1)[0];
    const lists = await Promise.all(
      runs.map(async (run) => (await this.load(`stocks-${hashOf(term(run)) % shards}.json`, {}))[term(run)]),
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

// A query: terms that an article must all have, and the days (ISO 8601, or empty) between which it must lie.
export class Search {
  constructor(index, terms, from = "", to = "") {
    Object.assign(this, { index, terms, from, to });
    this.reached = "";
    this.known = new Map(terms.map((term) => [term, { count: 0, articles: 0 }])); // how frequent each term is, so far
  }

  // Give the rows of all hits, newest first.
  async *hits() {
    const months = (await this.index.months()).filter(
      ({ month }) => month >= this.from.slice(0, 7) && (!this.to || month <= this.to.slice(0, 7)),
    );
    let estimate = await this.firstLook(months);
    const walked = { articles: 0, found: 0 };
    for (let next = 0; next < months.length; ) {
      const ahead = monthsNeeded(estimate, months[next]);
      const walks = months.slice(next, next + ahead).map(({ month, parts }) => {
        const rows = this.inMonth(parts);
        return { month, parts, rows, first: rows.next() };
      });
      for (const { month, parts, rows, first } of walks) {
        for (let row = await first; !row.done; row = await rows.next()) {
          walked.found += 1;
          this.reached = row.value[0].slice(0, 10);
          yield row.value;
        }
        this.reached = `${month}-01`;
        walked.articles += articlesOf(parts);
      }
      if (walked.articles >= FEW) estimate = walked;
      next += ahead;
    }
  }

  // Look the terms up in the largest segment of the newest month. Return its number of articles, and how many of them
  // have all terms at most.
  async firstLook([newest]) {
    const [first, ...others] = newest?.parts ?? [];
    if (!first) return { articles: 0, found: 0 };
    if (this.terms.length === 1) others.forEach((segment) => this.inShard(segment, this.terms[0]));
    const lists = await Promise.all(this.terms.map((term) => this.inShard(first, term)));
    const rare = lists.filter(Boolean).map((list) => new Set(list));
    const inAll = [...(rare[0] ?? [])].filter((number) => rare.every((list) => list.has(number)));
    return { articles: first.articles, found: rare.length ? inAll.length : first.articles };
  }

  // Give the rows of a month's hits, newest first: those of its segments are merged by time.
  async *inMonth(segments) {
    const walks = segments.map((segment) => this.inSegment(segment));
    const heads = await Promise.all(walks.map((rows) => rows.next()));
    for (;;) {
      let newest = -1;
      for (const [at, head] of heads.entries()) {
        if (!head.done && (newest < 0 || isNewer(head.value, heads[newest].value))) newest = at;
      }
      if (newest < 0) return;
      yield heads[newest].value;
      heads[newest] = await walks[newest].next();
    }
  }

  async *inSegment(segment) {
    let numbers = [];
    for await (const more of this.numbersIn(segment)) {
      numbers = numbers.concat(more);
      while (numbers.length >= AHEAD) yield* await this.rows(segment, numbers.splice(0, AHEAD));
    }
    yield* await this.rows(segment, numbers);
  }

  async rows({ name }, numbers) {
    const chunks = numbers.map((number) => this.index.load(`${name}/rows-${Math.floor(number / ROWS)}.json`, []));
    const rows = await Promise.all(chunks);
    return numbers.map((number, at) => rows[at][number % ROWS]).filter(Boolean);
  }

  // Give the numbers of a segment's articles that have all terms, newest first, in lists.
  async *numbersIn(segment) {
    const [first, end] = this.range(segment);
    if (first >= end) return;
    const { rest, long } = await this.lookUp(segment);
    if (!rest && !long.length) return;
    const gone = new Set(segment.gone);
    const isWanted = (number) => number >= first && number < end && !gone.has(number);
    if (!long.length) {
      yield rest.filter(isWanted).reverse();
      return;
    }
    for (let block = Math.floor((end - 1) / BLOCK); block >= Math.floor(first / BLOCK); block -= 1) {
      const start = block * BLOCK;
      let numbers = rest?.filter((number) => number >= start && number < start + BLOCK && isWanted(number));
      if (numbers && !numbers.length) continue;
      const lists = await Promise.all(long.map((term) => this.inBlock(segment, block, term)));
      for (const list of lists) {
        const having = new Set(list);
        numbers = numbers?.filter((number) => having.has(number)) ?? list.filter(isWanted);
      }
      yield numbers.reverse();
    }
  }

  // Return the numbers that all rare terms have, and the terms that are frequent in this segment. Terms that were rare
  // so far come first: where nothing has them, the shards of the others aren't fetched.
  async lookUp(segment) {
    const terms = this.ranked();
    const long = [];
    let rest;
    for (const term of terms) {
      if (rest && this.expected(term, segment) > 2 * LONGEST) {
        long.push(term);
        continue;
      }
      const numbers = await this.inShard(segment, term);
      if (!numbers) {
        long.push(term);
      } else {
        const having = rest && new Set(rest);
        rest = having ? numbers.filter((number) => having.has(number)) : numbers;
        if (!rest.length) return { rest: undefined, long: [] };
      }
    }
    return { rest, long };
  }

  // Return the numbers of a segment's articles with a term; undefined where the term is so frequent that blocks have it.
  async inShard(segment, term) {
    const shard = await this.index.load(`${segment.name}/${hashOf(term) % segment.shards}.json`, {});
    const postings = shard[term] ?? "";
    const numbers = typeof postings === "string" ? decode(postings) : undefined;
    const known = this.known.get(term);
    known.count += numbers ? numbers.length : postings;
    known.articles += segment.articles;
    return numbers;
  }

  // Return how many of a segment's articles have a term, as far as can be expected.
  expected(term, segment) {
    const { count, articles } = this.known.get(term);
    return segment.block_shards && articles ? (count / articles) * segment.articles : 0;
  }

  ranked() {
    const share = (term) => this.known.get(term).count / Math.max(this.known.get(term).articles, 1);
    return [...this.terms].sort((one, other) => share(one) - share(other));
  }

  // Return the numbers of a block's articles with a term.
  async inBlock(segment, block, term) {
    const name = `block-${block}-${hashOf(term) % segment.block_shards}`;
    const start = block * BLOCK;
    const { [term]: postings } = await this.index.load(`${segment.name}/${name}.json`, {});
    if (postings) return decode(postings, start);
    const numbers = (await this.inShard(segment, term)) ?? []; // less frequent than expected
    return numbers.filter((number) => number >= start && number < start + BLOCK);
  }

  // Return the first number of a segment within the days of the query, and the number after the last one.
  range({ name, articles, days }) {
    const month = name.slice(0, 7);
    const isWithin = (day) => day.startsWith(month);
    const first = isWithin(this.from) ? days[Number(this.from.slice(8)) - 1] : 0;
    const end = isWithin(this.to) ? (days[Number(this.to.slice(8))] ?? articles) : articles;
    return [first, end];
  }
}
