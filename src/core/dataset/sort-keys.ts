/** What a row is sorted by; null when it has no such value. */
export type SortKey = number | string | null;

/** Of a text its beginning is compared. */
const longestText = 64;
/** Characters that the texts of one list may take together; a list of many millions of rows compares less of each. */
const mostCharacters = 256 << 20;

const plainNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const groupedNumber = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;

/** The key of a JSON value. A text that is a number counts as one, as in filters; lists and objects count as their JSON. */
export function sortKey(value: unknown): SortKey {
  switch (typeof value) {
    case 'number':
      return value;
    case 'string':
      return textKey(value.trim());
    case 'boolean':
      return String(value);
    default:
      if (value === null || value === undefined) return null;
      return Array.isArray(value) && value.length === 0 ? null : JSON.stringify(value);
  }
}

function textKey(text: string): SortKey {
  if (text === '') return null;
  if (text.length > 40) return text;
  if (plainNumber.test(text)) return Number(text);
  return groupedNumber.test(text) ? Number(text.replaceAll(',', '')) : text;
}

const none = 0;
const number = 1;
const text = 2;

/**
 * The keys of one list, and its order by them. Nothing of a row is kept but its key: 9 bytes a row, 8 more while they
 * are sorted, and for texts their first 64 characters once for each that differs (about 200 bytes; in all at most
 * 512 MB).
 */
export class SortKeys {
  readonly #kinds: Uint8Array;
  /** A number itself, or which of `#texts`. */
  readonly #keys: Float64Array;
  readonly #texts = new Map<string, number>();
  readonly #longest: number;

  constructor(count: number) {
    this.#kinds = new Uint8Array(count);
    this.#keys = new Float64Array(count);
    this.#longest = Math.max(8, Math.min(longestText, Math.floor(mostCharacters / Math.max(1, count))));
  }

  set(position: number, key: SortKey): void {
    if (key === null || Number.isNaN(key)) return;
    if (typeof key === 'number') {
      this.#kinds[position] = number;
      this.#keys[position] = key;
      return;
    }
    this.#kinds[position] = text;
    this.#keys[position] = this.#codeOf(key.length > this.#longest ? key.slice(0, this.#longest) : key);
  }

  /**
   * Positions in the order of their keys: numbers, then texts as people order them (`a2` before `a10`); descending the
   * other way round. Positions without a key come last, and equal ones keep their order, both ways.
   */
  order(descending: boolean): Uint32Array {
    this.#rankTexts();
    const [keys, numbers, texts] = [this.#keys, this.#of(number), this.#of(text)];
    const ascending = (a: number, b: number): number => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b;
    const compare = descending
      ? (a: number, b: number): number => (keys[b] ?? 0) - (keys[a] ?? 0) || a - b
      : ascending;
    numbers.sort(compare);
    texts.sort(compare);
    const order = new Uint32Array(this.#kinds.length);
    const [first, second] = descending ? [texts, numbers] : [numbers, texts];
    order.set(first);
    order.set(second, first.length);
    order.set(this.#of(none), first.length + second.length);
    return order;
  }

  #codeOf(key: string): number {
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const code = this.#texts.size;
    this.#texts.set(ownCopy(key), code);
    return code;
  }

  #of(kind: number): Uint32Array {
    let count = 0;
    for (const one of this.#kinds) if (one === kind) count++;
    const positions = new Uint32Array(count);
    for (let at = 0, position = 0; position < this.#kinds.length; position++)
      if (this.#kinds[position] === kind) positions[at++] = position;
    return positions;
  }

  /** Puts the rank of each text in the place of its code; texts that collate alike share one. */
  #rankTexts(): void {
    if (this.#texts.size === 0) return;
    const { compare } = new Intl.Collator('en', { numeric: true });
    const sorted = [...this.#texts.keys()].sort(compare);
    const ranks = new Uint32Array(sorted.length);
    let rank = 0;
    for (const [at, key] of sorted.entries()) {
      if (at > 0 && compare(sorted[at - 1] ?? '', key) !== 0) rank = at;
      ranks[this.#texts.get(key) ?? 0] = rank;
    }
    for (let position = 0; position < this.#kinds.length; position++)
      if (this.#kinds[position] === text) this.#keys[position] = ranks[this.#keys[position] ?? 0] ?? 0;
    this.#texts.clear();
  }
}

/** A slice keeps the whole text that it was cut from in memory; this copy does not. */
function ownCopy(key: string): string {
  return JSON.parse(JSON.stringify(key)) as string;
}
