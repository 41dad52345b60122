import { columnName } from '../../core/dataset/columns.ts';
import { FacetTally, type Tally } from '../../core/dataset/facet-tally.ts';
import { fieldOf, scannedFacets, type Tallies } from '../../core/dataset/facets.ts';
import { isWritablePath } from '../../core/dataset/filter-spelling.ts';
import { isObject } from '../../core/trace/lenses/draft.ts';
import type { Json } from '../../core/trace/trace.ts';

/** Fields of rows that are shown, and those that are looked at to find them. */
const mostFields = 20;
const mostCandidates = 200;
/** Keys without end are data: no more of them are known in one object. */
const mostPlaces = 2000;
/** Objects inside objects beyond this depth are data, not fields. */
const deepestPath = 3;
/** Elements of a list of texts; a longer list is no set of tags. */
const longestList = 20;

export type FacetValues = readonly (string | number)[];

/** Counts rows by one facet: of the list, and of the whole file unless that is known. */
class FacetCounter {
  readonly #total: FacetTally | null;
  readonly #matched = new FacetTally();
  #row = -1;

  constructor(withTotal: boolean) {
    this.#total = withTotal ? new FacetTally() : null;
  }

  get total(): Tally | null {
    return this.#total?.tally ?? null;
  }

  get matched(): Tally | null {
    return this.#matched.tally;
  }

  /** Counts row `row` as what it is, once; null is a value that makes this no facet. */
  add(row: number, values: FacetValues | null, isListed: boolean): void {
    if (row === this.#row) return;
    this.#row = row;
    for (const tally of [this.#total, isListed ? this.#matched : null]) {
      if (!tally || tally.isGivenUp) continue;
      if (values === null) tally.giveUp();
      else for (const value of values) tally.add(value);
    }
  }
}

/** A place in rows, found by the keys that lead to it: naming it again costs no text. */
interface Place {
  readonly path: string;
  readonly counter: FacetCounter | null;
  readonly inside: Map<string, Place>;
}

/** The counters of one scan: those of `names`, or of what rows turn out to have. */
export class FacetCounters {
  readonly #counters = new Map<string, FacetCounter>();
  readonly #first = new Map<string, Place>();
  /** Keys with dots, which come before paths into objects of the same name, as in filters. */
  readonly #dotted: string[] = [];

  constructor(private readonly names: readonly string[] | null) {
    for (const name of names ?? scannedFacets) this.#counters.set(name, new FacetCounter(names === null));
  }

  /** The counter of a facet; null when nobody asked for it, or there are too many. */
  of(name: string): FacetCounter | null {
    const known = this.#counters.get(name);
    if (known || this.names || this.#counters.size >= mostCandidates) return known ?? null;
    const counter = new FacetCounter(true);
    this.#counters.set(name, counter);
    return counter;
  }

  /** Counts the fields of a row. */
  addFields(row: number, object: { readonly [key: string]: Json }, isListed: boolean): void {
    for (const key in object) if (!this.#first.has(key) && this.#first.size < mostPlaces) this.#open(key);
    for (const key of this.#dotted)
      if (Object.hasOwn(object, key))
        this.#first.get(key)?.counter?.add(row, fieldValues(object[key]), isListed);
    this.#addInside(row, object, this.#first, '', 1, isListed);
  }

  #open(key: string): void {
    this.#first.set(key, this.#place(key));
    if (key.includes('.')) this.#dotted.push(key);
  }

  #addInside(
    row: number,
    object: { readonly [key: string]: Json },
    places: Map<string, Place>,
    before: string,
    depth: number,
    isListed: boolean,
  ): void {
    for (const key in object) {
      let place = places.get(key);
      if (!place) {
        if (places.size >= mostPlaces) continue;
        place = this.#place(before + key);
        places.set(key, place);
      }
      const value = object[key];
      place.counter?.add(row, fieldValues(value), isListed);
      if (depth < deepestPath && isObject(value))
        this.#addInside(row, value, place.inside, `${place.path}.`, depth + 1, isListed);
    }
  }

  #place(path: string): Place {
    const counter = isWritablePath(path) ? this.of(columnName({ kind: 'field', path })) : null;
    return { path, counter, inside: new Map() };
  }

  /** What was counted of the whole file; null when only the list is. */
  total(): Tallies | null {
    return this.names ? null : this.#tallies((counter) => counter.total);
  }

  matched(): Tallies {
    return this.#tallies((counter) => counter.matched);
  }

  #tallies(of: (counter: FacetCounter) => Tally | null): Tallies {
    const found = new Map<string, Tally>();
    let fields = 0;
    for (const [name, counter] of this.#counters) {
      if (!this.names && !counter.total) continue;
      if (fieldOf(name) !== null && ++fields > mostFields) break;
      const tally = of(counter);
      if (tally) found.set(name, tally);
    }
    return found;
  }
}

/** What a facet counts a value as: what filters see, so that counts agree; null for what makes it none. */
function fieldValues(value: Json | undefined): FacetValues | null {
  switch (typeof value) {
    case 'undefined':
      return [];
    case 'number':
      return [value];
    case 'boolean':
      return [String(value)];
    case 'string':
      return value === '' ? [] : [value];
    default: {
      if (value === null) return [];
      if (!Array.isArray(value) || value.length > longestList) return null;
      const texts = value.filter((item) => typeof item === 'string' && item !== '');
      return texts.length === value.length ? [...new Set(texts as string[])] : null;
    }
  }
}
