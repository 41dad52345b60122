import { histogram } from './facet-bins.ts';
import { type Tally, unitOf } from './facet-tally.ts';
import { decisionNames, verdictNames } from './filter-ast.ts';
import { printPath, printValue } from './filter-spelling.ts';

/** A part of the list: what it is called, the filter that leaves it, its rows in the list and in the whole file. */
export interface FacetValue {
  readonly label: string;
  readonly term: string;
  readonly matched: number;
  readonly total: number;
}

/** What the list consists of in one respect. */
export type Facet =
  | { readonly kind: 'values'; readonly name: string; readonly values: readonly FacetValue[] }
  | {
      readonly kind: 'histogram';
      readonly name: string;
      /** How a filter names the number. */
      readonly subject: string;
      readonly bars: readonly FacetBar[];
    };

export interface FacetBar extends FacetValue {
  readonly from: number;
  /** Null for an open end. */
  readonly to: number | null;
}

/** Rows by name, of the list and of the whole file. */
export type NamedCounts = ReadonlyMap<string, { readonly matched: number; readonly total: number }>;

/** What a scan counts beside the fields of rows, by the name it has there. */
export const scannedFacets = ['problems', 'segments', 'words', 'images'] as const;
export type ScannedFacet = (typeof scannedFacets)[number];

/** Tallies by the name of a facet: one of `scannedFacets`, or `field(path)`. */
export type Tallies = ReadonlyMap<string, Tally>;

type Numbers = Extract<Tally, { kind: 'numbers' }>;

/** So few different numbers need no histogram, unless they measure something. */
const fewNumbers = 6;
/** So few texts are shown even when none comes twice. */
const fewTexts = 5;

/** Facets of what is known of all rows without reading them; names that no row has are left out. */
export function columnFacets(verdicts: NamedCounts, decisions: NamedCounts): Facet[] {
  const facet = (name: string, names: readonly string[], counts: NamedCounts): Facet[] => {
    const values = names.flatMap((label) => {
      const found = counts.get(label);
      return found && found.total > 0 ? [{ label, term: `${name}:${label}`, ...found }] : [];
    });
    return values.length === 0 ? [] : [{ kind: 'values', name, values }];
  };
  return [...facet('verdict', verdictNames, verdicts), ...facet('decision', decisionNames, decisions)];
}

/** Facets of what a scan has counted, in a fixed order; `fields` are names of fields that rows have. */
export function scannedFacetsOf(total: Tallies, matched: Tallies, fields: readonly string[]): Facet[] {
  const fieldNames = [...total.keys()].filter((name) => fieldOf(name) !== null);
  return [...scannedFacets, ...fieldNames].flatMap((name) => {
    const all = total.get(name);
    if (!all) return [];
    const facet =
      all.kind === 'texts'
        ? textFacet(name, all, matched.get(name), fields)
        : numberFacet(name, all, matched.get(name));
    return facet ? [facet] : [];
  });
}

function textFacet(
  name: string,
  { counts }: Extract<Tally, { kind: 'texts' }>,
  matched: Tally | undefined,
  fields: readonly string[],
): Facet | null {
  const some = matched?.kind === 'texts' ? matched.counts : new Map<string, number>();
  if (fieldOf(name) !== null && !isCategory(counts)) return null;
  const labels = [...counts.keys()];
  const values = [...counts].map(([label, total]) => ({
    label,
    term: textTerm(name, label, labels, fields),
    matched: some.get(label) ?? 0,
    total,
  }));
  values.sort((a, b) => b.total - a.total || (a.label < b.label ? -1 : 1));
  return values.length === 0 ? null : { kind: 'values', name: facetTitle(name), values };
}

/** Ids and prompts of a small file are as few as categories, but do not come again. */
function isCategory(counts: ReadonlyMap<string, number>): boolean {
  const rows = [...counts.values()].reduce((sum, one) => sum + one, 0);
  return counts.size <= fewTexts || rows >= 2 * counts.size;
}

/** What a person would type: `:` finds texts that contain another, so where one value contains another it is `=`. */
function textTerm(name: string, label: string, labels: readonly string[], fields: readonly string[]): string {
  if (name === 'segments') return fields.includes(label) ? `count(${label})>0` : `has:${label}`;
  const wanted = label.toLowerCase();
  const isContained = labels.some((other) => other !== label && other.toLowerCase().includes(wanted));
  const path = fieldOf(name);
  const subject = path === null ? 'problem' : printPath(path);
  return `${subject}${isContained ? '=' : ':'}${printValue(label)}`;
}

function numberFacet(name: string, tally: Numbers, matched: Tally | undefined): Facet | null {
  const path = fieldOf(name);
  const subject = path === null ? name : printPath(path);
  const few = name === 'words' ? 1 : fewNumbers;
  if (tally.counts.size <= few && unitOf(1, tally.digits) === 0)
    return { kind: 'values', name: facetTitle(name), values: fewValues(subject, tally, matched) };
  const bins = histogram(tally, matched?.kind === 'numbers' ? matched : null);
  if (bins.length === 0) return null;
  const bars = bins.map((bin) => {
    const single = tally.whole && bin.to === bin.from + 1;
    return {
      ...bin,
      label: single ? `${bin.from}` : rangeLabel(bin),
      term: rangeTerm(subject, bin.from, bin.to, single),
    };
  });
  return { kind: 'histogram', name: facetTitle(name), subject, bars };
}

/** Numbers that stand for categories, ascending: how many images, a grade. */
function fewValues(subject: string, { counts }: Numbers, matched: Tally | undefined): FacetValue[] {
  const some = matched?.kind === 'numbers' ? matched.counts : new Map<number, number>();
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([number, total]) => ({
      label: `${number}`,
      term: rangeTerm(subject, number, null, true),
      matched: some.get(number) ?? 0,
      total,
    }));
}

function rangeLabel({ from, to }: { readonly from: number; readonly to: number | null }): string {
  return to === null ? `${from} or more` : `${from} to below ${to}`;
}

/** The filter that leaves numbers from `from` up to, not with, `to`; `single` when that is one whole number. */
export function rangeTerm(subject: string, from: number, to: number | null, single = false): string {
  if (single) return `${subject}=${from}`;
  return to === null ? `${subject}>=${from}` : `${subject}>=${from} ${subject}<${to}`;
}

/** The name of a facet as a person reads it: that of a field, unless another facet is called so. */
function facetTitle(name: string): string {
  const path = fieldOf(name);
  return path === null || otherFacets.has(path) ? name : path;
}

const otherFacets: ReadonlySet<string> = new Set(['verdict', 'decision', ...scannedFacets]);

/** The path of a field's facet; null for any other facet. */
export function fieldOf(name: string): string | null {
  return /^field\((.+)\)$/s.exec(name)?.[1] ?? null;
}
