import { z } from 'zod';
import { errorCodes } from '../core/errors.ts';

/** One resource-shaped call: strict request, tolerant reply. */
export interface Method<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> {
  readonly request: Request;
  readonly reply: Reply;
}

/** The calls a webview may make and the events a host may send, for one surface. */
export interface Contract {
  readonly methods: Readonly<Record<string, Method>>;
  readonly events: Readonly<Record<string, z.ZodType>>;
}

export type RequestOf<C extends Contract, M extends keyof C['methods']> = z.input<C['methods'][M]['request']>;
export type ParsedRequestOf<C extends Contract, M extends keyof C['methods']> = z.output<
  C['methods'][M]['request']
>;
export type ReplyOf<C extends Contract, M extends keyof C['methods']> = z.output<C['methods'][M]['reply']>;
export type EventOf<C extends Contract, E extends keyof C['events']> = z.output<C['events'][E]>;

const wireErrorSchema = z.object({ code: z.enum(errorCodes), message: z.string(), hint: z.string() });
export type WireError = z.infer<typeof wireErrorSchema>;

/**
 * What a webview posts. `ready` is the first word of a page and ends the calls of the one before; every `call` of a page
 * gets exactly one `reply`; `cancel` aborts a call that is under way.
 */
export const toHostSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('call'),
    id: z.int().positive(),
    method: z.string().max(64),
    params: z.unknown(),
  }),
  z.strictObject({ type: z.literal('cancel'), id: z.int().positive() }),
  z.strictObject({ type: z.literal('ready') }),
]);
export type ToHost = z.infer<typeof toHostSchema>;

/** What a host posts. */
export const toWebviewSchema = z.discriminatedUnion('type', [
  z.discriminatedUnion('ok', [
    z.object({ type: z.literal('reply'), id: z.int().positive(), ok: z.literal(true), result: z.unknown() }),
    z.object({
      type: z.literal('reply'),
      id: z.int().positive(),
      ok: z.literal(false),
      error: wireErrorSchema,
    }),
  ]),
  z.object({ type: z.literal('event'), event: z.string(), data: z.unknown() }),
]);
export type ToWebview = z.infer<typeof toWebviewSchema>;
