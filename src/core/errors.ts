/** Every way in which Coldstart can tell a person that something did not work. */
export const errorCodes = [
  'file-not-found',
  'file-unreadable',
  'file-changed-on-disk',
  'file-exists',
  'disk-full',
  'encoding-unsupported',
  'shape-unknown',
  'row-unreadable',
  'filter-invalid',
  'selection-empty',
  'image-refused',
  'spec-invalid',
  'model-not-found',
  'python-missing',
  'python-too-old',
  'environment-incomplete',
  'install-failed',
  'network-unreachable',
  'reward-invalid',
  'run-not-found',
  'run-already-active',
  'run-not-active',
  'run-not-resumable',
  'run-failed',
  'workspace-untrusted',
  'request-invalid',
  'cancelled',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** The one error that crosses a boundary: what happened to the person's thing, and what to do next. */
export class AppError extends Error {
  override readonly name = 'AppError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint = '',
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
