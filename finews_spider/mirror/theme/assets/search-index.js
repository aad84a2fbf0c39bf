// Reads the static index in search/data, which the exporter writes; docs/site.md describes its format.

const ROWS = 20; // rows in a file
const BLOCK = 4096; // articles in a block of long postings
const LONGEST_WORD = 40;
const AHEAD = 10; // rows fetched at once
const MOST_MONTHS = 12; // months searched at once
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
    this.counts = new Map(terms.map((term) => [term, 0])); // articles with the term, where that is known
  }

  // Give the rows of all hits, newest first.
  async *hits() {
    const months = (await this.index.months()).filter(
      ({ month }) => month >= this.from.slice(0, 7) && (!this.to || month <= this.to.slice(0, 7)),
    );
    let searched = 0;
    let found = 0;
    for (let next = 0; next < months.length; ) {
      // One month says how frequent the hits are; then as many months are searched at once as seem to be needed.
      let ahead = searched < FEW ? 1 : Math.ceil(45 / Math.max(found, 1));
      ahead = Math.min(ahead, MOST_MONTHS);
      const walks = months.slice(next, next + ahead).map(({ month, parts }) => {
        const rows = this.inMonth(parts);
        return { month, parts, rows, first: rows.next() };
      });
      for (const { month, parts, rows, first } of walks) {
        for (let row = await first; !row.done; row = await rows.next()) {
          found += 1;
          this.reached = row.value[0].slice(0, 10);
          yield row.value;
        }
        this.reached = `${month}-01`;
        searched += parts.reduce((sum, { articles }) => sum + articles, 0);
      }
      next += ahead;
    }
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
    long.sort((one, other) => this.counts.get(one) - this.counts.get(other));
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
    const terms = [...this.terms].sort((one, other) => this.counts.get(one) - this.counts.get(other));
    const shard = (term) => this.index.load(`${segment.name}/${hashOf(term) % segment.shards}.json`, {});
    if (!this.ranked) await Promise.all(terms.map(shard));
    const long = [];
    let rest;
    for (const term of terms) {
      const postings = (await shard(term))[term] ?? "";
      const numbers = typeof postings === "string" && decode(postings);
      this.counts.set(term, this.counts.get(term) + (numbers ? numbers.length : postings));
      if (!numbers) {
        long.push(term);
      } else {
        const having = rest && new Set(rest);
        rest = having ? numbers.filter((number) => having.has(number)) : numbers;
        if (!rest.length) return { rest: undefined, long: [] };
      }
    }
    this.ranked = true;
    return { rest, long };
  }

  async inBlock(segment, block, term) {
    const name = `block-${block}-${hashOf(term) % segment.block_shards}`;
    const shard = await this.index.load(`${segment.name}/${name}.json`, {});
    return decode(shard[term] ?? "", block * BLOCK);
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
