import { basename } from 'node:path';
import { AppError } from '../../core/errors.ts';

/** The system code of a failure (`ENOENT`), or an empty text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The AppError that says what a failed read or write of `path` means for the person's file. */
export function fileError(error: unknown, path: string, doing: 'read' | 'write'): AppError {
  if (error instanceof AppError) return error;
  const name = basename(path);
  const cause = { cause: error };
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new AppError('file-not-found', `There is no file ${path}.`, 'Check the path.', cause);
    case 'EISDIR':
      return new AppError('file-unreadable', `${path} is a folder.`, 'Name a file in it.', cause);
    case 'EEXIST':
      return new AppError(
        'file-exists',
        `${path} exists already.`,
        'Choose another name, or replace it (--force on the command line).',
        cause,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(name, error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AppError(
        'file-unreadable',
        `No permission to ${doing} ${path}.`,
        doing === 'write' ? 'Nothing was changed; save under another name.' : 'Check its permissions.',
        cause,
      );
    default: {
      const why = error instanceof Error ? error.message : String(error);
      return new AppError('file-unreadable', `Could not ${doing} ${path}: ${why}.`, '', cause);
    }
  }
}

/** The AppError of a file for which there was no room. */
export function diskFull(name: string, cause?: unknown): AppError {
  return new AppError(
    'disk-full',
    `Could not write ${name}: the disk is full.`,
    'The file on disk is as it was, and your edits are kept. Free some space and save again.',
    { cause },
  );
}
