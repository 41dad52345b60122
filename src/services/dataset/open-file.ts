import { type FileHandle, open } from 'node:fs/promises';
import { fileError } from '../files/file-errors.ts';

/** A file opened for reading; AppError file-not-found or file-unreadable. The caller closes it. */
export async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}
