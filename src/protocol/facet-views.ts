import { z } from 'zod';

const part = z.object({
  label: z.string(),
  /** The filter that leaves these rows. */
  term: z.string(),
  /** Rows of the list, and of the whole file. */
  matched: z.int(),
  total: z.int(),
});

const facetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('values'), name: z.string(), values: z.array(part).readonly() }),
  z.object({
    kind: z.literal('histogram'),
    name: z.string(),
    /** How a filter names the number. */
    subject: z.string(),
    /** Numbers from `from` up to, not with, `to`; null for an open end. */
    bars: z.array(part.extend({ from: z.number(), to: z.number().nullable() })).readonly(),
  }),
]);
export type FacetView = z.infer<typeof facetSchema>;
export type HistogramView = Extract<FacetView, { kind: 'histogram' }>;

/** What the filtered list consists of; partial while it is counted. */
export const facetsViewSchema = z.object({
  facets: z.array(facetSchema).readonly(),
  progress: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('counting'), rows: z.int(), of: z.int() }),
    z.object({ kind: z.literal('complete') }),
    z.object({ kind: z.literal('failed'), message: z.string() }),
  ]),
});
export type FacetsView = z.infer<typeof facetsViewSchema>;
