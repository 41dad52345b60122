import { z } from 'zod';
import { originSchema } from '../core/run/origin.ts';

export const decisionSchema = z.enum(['keep', 'drop', 'flag']);

const verdictSchema = z.object({
  state: z.enum(['correct', 'incorrect', 'unparsed']),
  extracted: z.string().nullable(),
  /** Where the extracted answer stands in the completion, UTF-16 units. */
  range: z.tuple([z.int(), z.int()]).nullable(),
  groundTruth: z.string(),
  rule: z.string(),
});

const problemSchema = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  message: z.string(),
  field: z.string().optional(),
});

/** An image as a surface shows it; `ready` images are fetched by `image-read`. */
export const imageViewSchema = z.object({
  source: z.string(),
  status: z.enum(['ready', 'missing', 'outside', 'remote', 'too-large', 'unsupported', 'unreadable']),
  /** What a chip says when the image is not ready. */
  message: z.string(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  /** Estimated image tokens (28-pixel grid after smart resize), null when the size is unknown. */
  tokens: z.int().nullable(),
});
export type ImageView = z.infer<typeof imageViewSchema>;

export const imageSizeSchema = z.enum(['thumbnail', 'full']);

/** The reply of `image-read`: `full` is the picture at its own pixels up to 2048 on the long side, `thumbnail` at most 256. */
export const imageReplySchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('ready'),
    mime: z.string(),
    /** Binary all the way: text of this size would stop the page while it is turned into bytes. */
    bytes: z.custom<Uint8Array<ArrayBuffer>>((value) => value instanceof Uint8Array),
    width: z.int(),
    height: z.int(),
  }),
  z.object({ status: z.literal('refused'), message: z.string() }),
]);
export type ImageReply = z.infer<typeof imageReplySchema>;

export const segmentSchema = z.object({
  kind: z.string(),
  start: z.int(),
  end: z.int(),
  contentStart: z.int(),
  contentEnd: z.int(),
  tag: z.string().nullable(),
  closed: z.boolean(),
});
export type SegmentView = z.infer<typeof segmentSchema>;

/** One line of the list. `broken` and `blank` rows are shown, never hidden. */
export const rowSummarySchema = z.object({
  index: z.int(),
  line: z.int(),
  status: z.enum(['ok', 'broken', 'blank']),
  /** First words of the prompt, or the error of a broken row. */
  preview: z.string(),
  images: z.int(),
  verdict: z.enum(['correct', 'incorrect', 'unparsed', 'none']),
  decision: decisionSchema.nullable(),
  edited: z.boolean(),
  problems: z.int(),
  /** Images that cannot be used, as far as that is seen without opening them. */
  imageFaults: z.array(
    z.object({
      image: z.int(),
      status: imageViewSchema.shape.status.exclude(['ready']),
      message: z.string(),
    }),
  ),
  /** Further columns of the table view, as far as the host gives them. */
  groundTruth: z.string().nullish(),
  words: z.int().nullish(),
  /** Of the columns that were asked for, in their order; null for none. */
  cells: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).default([]),
});
export type RowSummary = z.infer<typeof rowSummarySchema>;

const turnSchema = z.object({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  parts: z.array(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('text'), text: z.string(), editable: z.boolean(), truncated: z.boolean() }),
      z.object({ kind: z.literal('image'), image: z.int().nullable() }),
    ]),
  ),
});

/** One trace, whole. Text over 256 KiB is cut and says so. */
export const traceViewSchema = z.object({
  index: z.int(),
  line: z.int(),
  revision: z.int(),
  status: z.enum(['ok', 'broken', 'blank']),
  id: z.string(),
  shape: z.string(),
  turns: z.array(turnSchema),
  images: z.array(imageViewSchema),
  completion: z
    .object({
      text: z.string(),
      length: z.int(),
      editable: z.boolean(),
      truncated: z.boolean(),
      segments: z.array(segmentSchema),
      words: z.int(),
      /** Ranges of reflection words, UTF-16 units. */
      reflections: z.array(z.tuple([z.int(), z.int()])),
    })
    .nullable(),
  groundTruth: z.object({ text: z.string(), editable: z.boolean() }).nullable(),
  verdict: verdictSchema.nullable(),
  decision: decisionSchema.nullable(),
  problems: z.array(problemSchema),
  meta: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** The rollout that a promoted trace was. */
  origin: originSchema
    .pick({ run: true, name: true, step: true, group: true, index: true, reward: true, model: true })
    .nullable(),
  edited: z.boolean(),
  /** The row's own text, cut at 64 KiB. */
  raw: z.object({ text: z.string(), truncated: z.boolean() }),
});
export type TraceView = z.infer<typeof traceViewSchema>;
