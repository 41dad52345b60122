/** What is known of a run, by evidence only (run folder and live processes); never stored. */
export type RunStatus =
  | { readonly kind: 'preparing' }
  | {
      readonly kind: 'running';
      readonly phase: string;
      readonly done: number | null;
      readonly total: number | null;
    }
  /** Alive, but without a sign of life for longer than its phase explains. Never killed by us. */
  | { readonly kind: 'stalled'; readonly phase: string; readonly silentSeconds: number }
  | { readonly kind: 'stopping'; readonly save: boolean }
  /** The trainer lives without its supervisor. */
  | { readonly kind: 'unsupervised' }
  | { readonly kind: 'completed' }
  | { readonly kind: 'stopped'; readonly resumable: boolean }
  | { readonly kind: 'failed'; readonly error: RunError; readonly resumable: boolean }
  /** Processes are gone and no exit record was written. */
  | { readonly kind: 'died'; readonly reason: string; readonly resumable: boolean }
  /** The folder belongs to another machine or container: read only. */
  | { readonly kind: 'elsewhere'; readonly host: string }
  | { readonly kind: 'missing' };

export interface RunError {
  readonly type: string;
  readonly message: string;
  readonly traceback: string;
  readonly hint: string;
}
