import { z } from 'zod';
import type { Transport } from '../host/transport.ts';

export const viewStateVersion = 1;

export const tabs = ['overview', 'rollouts', 'checkpoints', 'evaluation', 'log', 'config'] as const;
export type Tab = (typeof tabs)[number];

export const orders = ['file', 'worst', 'best', 'widest', 'uniform'] as const;
export type Order = (typeof orders)[number];

const flipSides = ['either', 'a', 'b'] as const;
export type FlipSide = (typeof flipSides)[number];

/** What runs are laid over each other by. */
export const axes = ['step', 'time'] as const;
export type Axis = (typeof axes)[number];

/** Two evaluations by their ids, a against b. */
const pairSchema = z.object({ a: z.string(), b: z.string() });
export type Pair = z.infer<typeof pairSchema>;

export const viewStateSchema = z.object({
  /** The run folder, by which a reloaded window finds the run again; empty before the first reading. */
  folder: z.string(),
  tab: z.enum(tabs),
  /** Step whose rollouts are shown; null follows the newest. */
  step: z.int().nullable(),
  /** Group shown, by its number in the step; null shows the first of the list. */
  group: z.int().nullable(),
  order: z.enum(orders),
  search: z.string(),
  source: z.boolean(),
  diff: z.boolean(),
  listWidth: z.number(),
  /** Charts of the lesser metrics are shown, too. */
  allMetrics: z.boolean(),
  /** The log chosen by a person; null follows the run: what failed shows its errors. */
  logStream: z.enum(['stdout', 'stderr']).nullable().default(null),
  /** Name of what evaluations are compared with; null for the usual one. */
  against: z.string().nullable().default(null),
  /** The evaluations whose rows are compared; null shows all evaluations. */
  pair: pairSchema.nullable().default(null),
  /** Which of the two answers the rows that are listed. */
  flipSide: z.enum(flipSides).default('either'),
  /** Row shown of a pair; null shows the first of the list. */
  flip: z.int().nullable().default(null),
  /** Runs drawn over this one, by id, each with its colour and dash, which it keeps when others go. */
  compared: z.array(z.object({ run: z.string(), look: z.int() })).default([]),
  axis: z.enum(axes).default('step'),
  /** The settings in which compared runs differ are folded away. */
  settingsFolded: z.boolean().default(false),
  /** Rollouts promoted from here, the last 200. */
  promoted: z.array(z.object({ step: z.int(), group: z.int(), index: z.int(), dataset: z.string() })),
});
export type ViewState = z.infer<typeof viewStateSchema>;

/** The state of a first visit in a window of `width` px. */
export const firstViewState = (width: number): ViewState => ({
  folder: '',
  tab: 'overview',
  step: null,
  group: null,
  order: 'file',
  search: '',
  source: false,
  diff: false,
  listWidth: Math.round(Math.min(340, Math.max(240, width * 0.26))),
  allMetrics: false,
  logStream: null,
  against: null,
  pair: null,
  flipSide: 'either',
  flip: null,
  compared: [],
  axis: 'step',
  settingsFolded: false,
  promoted: [],
});

/** A transport whose stored state is one flat object, as the host needs it: it reads `folder` to restore the panel. */
export const flatState = (transport: Transport): Transport => ({
  post: (message) => transport.post(message),
  listen: (listener) => transport.listen(listener),
  readState() {
    const stored = transport.readState();
    if (typeof stored !== 'object' || stored === null) return undefined;
    const { version, ...state } = stored as { version?: unknown };
    return { version, state };
  },
  writeState(next) {
    const { version, state } = next as { version: number; state: object };
    transport.writeState({ version, ...state });
  },
});
