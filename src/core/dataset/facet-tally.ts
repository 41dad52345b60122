/** What a facet has counted, as plain data that can cross threads. */
export type Tally =
  /** Rows by value. */
  | { readonly kind: 'texts'; readonly counts: ReadonlyMap<string, number> }
  /** Rows by number; once there are too many different ones, cut (towards −∞) to so many significant digits. */
  | {
      readonly kind: 'numbers';
      readonly counts: ReadonlyMap<number, number>;
      readonly digits: number;
      /** Whether all are whole numbers. */
      readonly whole: boolean;
    };

/** More different texts than these are no categories. */
const mostTexts = 50;
/** Longer texts are sentences, no categories. */
const longestText = 60;
/** Different numbers that are told apart. */
const mostNumbers = 1024;
/** As many digits as no double has: nothing is cut. */
const allDigits = 17;

/**
 * Counts rows by the values of one facet in bounded memory: at most 50 texts, or about a thousand numbers. A facet with
 * more texts, or with values of several kinds, is given up.
 */
export class FacetTally {
  #kind: 'empty' | 'texts' | 'numbers' | 'none' = 'empty';
  readonly #texts = new Map<string, number>();
  #numbers = new Map<number, number>();
  #digits = allDigits;
  #whole = true;

  /** What was counted so far; null when there is nothing to show. */
  get tally(): Tally | null {
    if (this.#kind === 'texts') return { kind: 'texts', counts: this.#texts };
    if (this.#kind !== 'numbers') return null;
    return { kind: 'numbers', counts: this.#numbers, digits: this.#digits, whole: this.#whole };
  }

  /** Whether values of another kind, or too many, made this no facet. */
  get isGivenUp(): boolean {
    return this.#kind === 'none';
  }

  giveUp(): void {
    this.#kind = 'none';
    this.#texts.clear();
    this.#numbers.clear();
  }

  /** One more row with this value. */
  add(value: string | number): void {
    if (this.#kind === 'none') return;
    const kind = typeof value === 'string' ? 'texts' : 'numbers';
    if (this.#kind === 'empty') this.#kind = kind;
    if (this.#kind !== kind) this.giveUp();
    else if (typeof value === 'string') this.#addText(value);
    else if (Number.isFinite(value)) this.#addNumber(value);
  }

  #addText(value: string): void {
    const before = this.#texts.get(value);
    if (before === undefined && (this.#texts.size >= mostTexts || value.length > longestText)) this.giveUp();
    else this.#texts.set(value, (before ?? 0) + 1);
  }

  #addNumber(value: number): void {
    this.#whole &&= Number.isInteger(value);
    const key = cutTo(value, this.#digits);
    this.#numbers.set(key, (this.#numbers.get(key) ?? 0) + 1);
    while (this.#numbers.size > mostNumbers && this.#digits > 1) this.#cut();
  }

  #cut(): void {
    this.#digits = Math.min(this.#digits - 1, 12);
    const cut = new Map<number, number>();
    for (const [number, count] of this.#numbers) {
      const key = cutTo(number, this.#digits);
      cut.set(key, (cut.get(key) ?? 0) + count);
    }
    this.#numbers = cut;
  }
}

/** The width of what is told apart around a number: 10 for 1,234 at three digits. */
export function unitOf(value: number, digits: number): number {
  if (digits >= allDigits || value === 0) return 0;
  return 10 ** (Math.floor(Math.log10(Math.abs(value))) - digits + 1);
}

function cutTo(value: number, digits: number): number {
  const unit = unitOf(value, digits);
  if (unit === 0) return value + 0;
  if (Number.isSafeInteger(value) && unit >= 1) return Math.floor(value / unit) * unit + 0;
  const key = Number((Math.floor(Number((value / unit).toPrecision(12))) * unit).toPrecision(12));
  return key > value ? Number((key - unit).toPrecision(12)) : key;
}
