import { AppError } from '../../core/errors.ts';
import { errorCode, fileError } from '../files/file-errors.ts';

/** The AppError that says why nothing could be written for a run in `folder`, and where else it could be kept. */
export function runFolderError(error: unknown, folder: string): AppError {
  const elsewhere = 'keep runs elsewhere (--runs, or the setting coldstart.runs.folder).';
  const cause = { cause: error };
  switch (error instanceof AppError ? '' : errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError(
        'disk-full',
        `The disk of ${folder} is full.`,
        `Free some space, or ${elsewhere}`,
        cause,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AppError(
        'file-unreadable',
        `Nothing may be written to ${folder}.`,
        `Change its permissions, or ${elsewhere}`,
        cause,
      );
    case 'ENOENT':
      return new AppError(
        'file-not-found',
        `${folder} cannot be made or is gone.`,
        `Check the path and its permissions, or ${elsewhere}`,
        cause,
      );
    case 'EEXIST':
    case 'ENOTDIR':
      return new AppError(
        'file-unreadable',
        `${folder} is not a folder.`,
        `Remove the file that is in the way, or ${elsewhere}`,
        cause,
      );
    default:
      return fileError(error, folder, 'write');
  }
}
