import type { WireError } from '../../src/protocol/rpc.ts';

/** An answer of the host that says no: `message` is what happened, `hint` what to do next. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: WireError['code'];
  readonly hint: string;
  constructor(error: WireError) {
    super(error.message);
    this.code = error.code;
    this.hint = error.hint;
  }
}

/** What happened and what to do next, as a surface shows it. */
export interface Problem {
  readonly message: string;
  readonly hint: string;
}

/** Message and hint of anything that was thrown. */
export function describeError(error: unknown): Problem {
  if (error instanceof HostError) return { message: error.message, hint: error.hint };
  return { message: error instanceof Error ? error.message : String(error), hint: '' };
}

/** True for a call that was given up, by us or by the host; nobody needs to hear of it. */
export function isAbort(error: unknown): boolean {
  if (error instanceof HostError) return error.code === 'cancelled';
  return error instanceof DOMException && error.name === 'AbortError';
}
