import { z } from 'zod';

export const viewStateVersion = 1;

const firstColumns = ['decision', 'verdict', 'prompt', 'truth', 'words', 'images', 'problems'] as const;

/** Width of a pane that was never opened, px. */
const facetsWidth = 232;

export const viewStateSchema = z.object({
  /** Row shown, by its index in the file. */
  index: z.int().min(0).nullable(),
  filter: z.string(),
  view: z.enum(['focus', 'grid', 'table']),
  /** Columns of the table after the number of the row. */
  columns: z
    .array(z.string())
    .min(1)
    .default([...firstColumns]),
  /** The order of the list; null for that of the file. */
  sort: z.object({ column: z.string(), descending: z.boolean() }).nullable().default(null),
  source: z.boolean(),
  facets: z.object({ open: z.boolean(), width: z.number() }).default({ open: false, width: facetsWidth }),
  list: z.object({ open: z.boolean(), width: z.number() }),
  details: z.object({ open: z.boolean(), width: z.number() }),
  /** Segments folded on every trace, as `kind#n` with n counting that kind from 0. */
  folds: z.array(z.string()),
  /** A text typed and not yet committed. */
  draft: z.object({ index: z.int(), revision: z.int(), target: z.string(), text: z.string() }).nullable(),
});
export type ViewState = z.infer<typeof viewStateSchema>;

/** The state of a first visit in a window of `width` px: the trace keeps at least half of it. */
export const firstViewState = (width: number): ViewState => ({
  index: null,
  filter: '',
  view: 'focus',
  columns: [...firstColumns],
  sort: null,
  source: false,
  facets: { open: false, width: facetsWidth },
  list: { open: true, width: Math.round(Math.min(280, Math.max(180, width * 0.24))) },
  details: { open: true, width: Math.round(Math.min(272, Math.max(200, width * 0.26))) },
  folds: [],
  draft: null,
});
