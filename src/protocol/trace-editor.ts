import { z } from 'zod';
import { longestColumn } from '../core/dataset/columns.ts';
import { runIdPattern } from '../core/run/run-id.ts';
import { facetsViewSchema } from './facet-views.ts';
import type { Contract } from './rpc.ts';
import {
  decisionSchema,
  imageReplySchema,
  imageSizeSchema,
  rowSummarySchema,
  traceViewSchema,
} from './trace-views.ts';

const index = z.int().min(0);
const revision = z.int().min(0);

/** The name of a column: what every row has, or `field(path)`. */
const column = z.string().min(1).max(longestColumn);
const columns = z.array(column).max(40);
const sortSchema = z.strictObject({ column, descending: z.boolean() });

const documentViewSchema = z.object({
  name: z.string(),
  revision,
  /** `indexing` while the worker still reads: rows grow. */
  state: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('indexing'), bytes: z.int(), totalBytes: z.int() }),
    z.object({ kind: z.literal('ready') }),
    z.object({ kind: z.literal('failed'), message: z.string(), hint: z.string() }),
  ]),
  rows: z.int(),
  /** What the lens recognised, and what else it could be. */
  shape: z.object({
    name: z.string(),
    title: z.string(),
    chosen: z.boolean(),
    /** e.g. `answer` holds the whole completion. */
    note: z.string(),
    choices: z.array(z.object({ name: z.string(), title: z.string() })),
  }),
  extraction: z.string(),
  filter: z.object({
    text: z.string(),
    matched: z.int(),
    /** `scanned` are the rows examined so far; after `failed` the list has the matches found until then. */
    progress: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('filtering'), scanned: z.int() }),
      z.object({ kind: z.literal('filtered') }),
      z.object({ kind: z.literal('failed'), message: z.string() }),
    ]),
    /** `applied`: the list follows the filter all the same, as with a field that no row has. */
    error: z
      .object({ message: z.string(), start: z.int(), end: z.int(), applied: z.literal(true).optional() })
      .nullable(),
  }),
  /** The order of the list; null for that of the file. While it is sorted the list may still stand in the order before. */
  sort: z
    .object({
      column: z.string(),
      descending: z.boolean(),
      progress: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('sorting'), scanned: z.int(), of: z.int() }),
        z.object({ kind: z.literal('sorted') }),
        z.object({ kind: z.literal('failed'), message: z.string() }),
      ]),
    })
    .nullable(),
  verdicts: z.object({
    correct: z.int(),
    incorrect: z.int(),
    unparsed: z.int(),
    none: z.int(),
    /** Rows graded so far. */
    scanned: z.int(),
    /** Why not every row could be looked at. */
    failed: z.string().nullable(),
  }),
  decisions: z.object({ keep: z.int(), drop: z.int(), flag: z.int() }),
  problems: z.array(z.object({ code: z.string(), message: z.string(), count: z.int() })),
  /** Rows with a problem that is more than a remark; images on disk are looked at only when shown or filtered. */
  problemRows: z.int(),
  disk: z.enum(['same', 'changed', 'gone']),
  /** Unsaved edits of rows that the file on disk does not have any more. */
  strays: z.int(),
  /** Changes when rows or their images may be others than before. */
  reading: z.int(),
  trusted: z.boolean(),
  /** The person's setting: keep, drop and flag go on to the next trace. */
  advanceAfterDecision: z.boolean(),
  fields: z.array(z.string()),
  /** Row that another surface asked this view to show and that it has not shown yet. */
  reveal: z.int().nullable().optional(),
});
export type DocumentView = z.infer<typeof documentViewSchema>;

/** A rollout that some run sampled for this trace. */
const rolloutLinkSchema = z.object({
  run: z.string(),
  name: z.string(),
  step: z.int(),
  group: z.int(),
  index: z.int(),
  reward: z.number().nullable(),
  verdict: z.enum(['correct', 'incorrect', 'unparsed', 'none']),
  preview: z.string(),
});

/** Calls and events of the Coldstart Trace Editor. Positions count the filtered list, indexes the file. */
export const traceEditorContract = {
  methods: {
    'document-read': { request: z.strictObject({}), reply: documentViewSchema },
    'rows-read': {
      request: z.strictObject({
        position: z.int().min(0),
        count: z.int().min(1).max(200),
        /** Columns whose cells every row is to bring. */
        columns: columns.default([]),
      }),
      reply: z.object({ revision, matched: z.int(), position: z.int(), rows: z.array(rowSummarySchema) }),
    },
    /** Position in the filtered list of a row, or the nearest match after it; -1 when the list is empty. */
    'position-read': { request: z.strictObject({ index }), reply: z.object({ position: z.int() }) },
    'trace-read': { request: z.strictObject({ index }), reply: traceViewSchema },
    'image-read': {
      request: z.strictObject({ index, image: z.int().min(0), size: imageSizeSchema }),
      reply: imageReplySchema,
    },
    /** Replaces UTF-16 units start..end of the completion; refused when `revision` is not the trace's. */
    'segment-edit': {
      request: z.strictObject({ index, revision, start: index, end: index, text: z.string().max(4_000_000) }),
      reply: traceViewSchema,
    },
    /** Replaces one whole text: the ground truth, or part `part` of turn `turn` of the prompt. */
    'value-edit': {
      request: z.strictObject({
        index,
        revision,
        target: z.discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('ground-truth') }),
          z.strictObject({ kind: z.literal('prompt'), turn: index, part: index }),
        ]),
        text: z.string().max(4_000_000),
      }),
      reply: traceViewSchema,
    },
    /** Saves the file as by Save; the edits made before it are in it. */
    'document-save': { request: z.strictObject({}), reply: z.object({}) },
    'filter-set': { request: z.strictObject({ text: z.string().max(10_000) }), reply: documentViewSchema },
    /** Sorts the filtered list; null goes back to the order of the file. */
    'sort-set': {
      request: z.strictObject({ sort: sortSchema.nullable() }),
      reply: documentViewSchema,
    },
    /** What the filtered list consists of: at once when all is counted, else within 250 ms what is; read on until then. */
    'facets-read': { request: z.strictObject({}), reply: facetsViewSchema },
    /** Asks the person for the columns of the table; those given when that is left. */
    'columns-choose': {
      request: z.strictObject({ columns }),
      reply: z.object({ columns }),
    },
    'filter-complete': {
      request: z.strictObject({ text: z.string().max(10_000), caret: z.int().min(0) }),
      reply: z.array(
        z.object({ label: z.string(), insert: z.string(), from: z.int(), to: z.int(), detail: z.string() }),
      ),
    },
    /** null clears the decision; refused when the file was read anew since `reading`. */
    'decision-set': {
      request: z.strictObject({ index, reading: z.int(), decision: decisionSchema.nullable() }),
      reply: z.object({ decisions: documentViewSchema.shape.decisions }),
    },
    /** Decides every trace of the filtered list; the host asks the person first and says the count. */
    'decisions-set': {
      request: z.strictObject({ decision: decisionSchema.nullable() }),
      reply: z.object({ changed: z.int() }),
    },
    'decision-undo': { request: z.strictObject({}), reply: z.object({ index: z.int().nullable() }) },
    'shape-choose': { request: z.strictObject({}), reply: documentViewSchema },
    'extraction-choose': { request: z.strictObject({}), reply: documentViewSchema },
    /** Reads a file again that changed on disk; unsaved edits follow their rows. */
    'survey-again': { request: z.strictObject({}), reply: z.object({}) },
    'disk-read': { request: z.strictObject({}), reply: z.object({}) },
    /** Opens the texts of the strays in an editor; they stay strays. */
    'strays-open': { request: z.strictObject({}), reply: z.object({}) },
    /** Lets go of the strays, after the person was asked. */
    'strays-drop': { request: z.strictObject({}), reply: z.object({}) },
    'raw-open': { request: z.strictObject({ index }), reply: z.object({}) },
    'export-start': { request: z.strictObject({}), reply: z.object({}) },
    'run-start': { request: z.strictObject({ stage: z.enum(['sft', 'grpo']) }), reply: z.object({}) },
    /** Both graders of the trainer's own Python on one trace. */
    'second-grade': {
      request: z.strictObject({ index }),
      reply: z.object({
        mathruler: z.object({ state: z.string(), extracted: z.string().nullable() }),
        mathVerify: z.object({ state: z.string(), extracted: z.string().nullable() }),
        agree: z.boolean(),
      }),
    },
    'rollouts-read': { request: z.strictObject({ index }), reply: z.array(rolloutLinkSchema) },
    'rollout-open': {
      request: z.strictObject({ run: z.string().regex(runIdPattern), step: index, group: index, index }),
      reply: z.object({}),
    },
    'link-open': { request: z.strictObject({ url: z.url({ protocol: /^https$/ }) }), reply: z.object({}) },
    /** The view tells which trace it shows, for the status bar and for when the view is opened again. */
    'view-report': {
      request: z.strictObject({ index: index.nullable(), position: z.int().optional() }),
      reply: z.object({}),
    },
  },
  events: {
    'document-changed': z.object({ revision }),
    /** A remappable VS Code key binding was pressed. */
    command: z.object({
      name: z.enum([
        'next',
        'previous',
        'keep',
        'drop',
        'flag',
        'skip',
        'undo',
        'edit',
        'filter',
        'zoom',
        'next-segment',
        'previous-segment',
        'toggle-source',
        'toggle-facets',
        'toggle-list',
        'toggle-details',
        'help',
        'focus-view',
        'grid-view',
        'table-view',
      ]),
    }),
    /** Another surface, or an undo, is about this row; `exact` does away with a filter that hides it. */
    reveal: z.object({ index: z.int(), exact: z.boolean() }),
    /** The file was read anew: the row shown, `from`, is the same one at `index`, from this revision on. */
    moved: z.object({ from: z.int(), index: z.int(), revision }),
  },
} satisfies Contract;
