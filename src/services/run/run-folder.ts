import type { RunListing } from './views.ts';

/** All runs of a folder, newest first. */
export async function listRuns(_runsFolder: string): Promise<RunListing[]> {
  throw new Error('under construction');
}

/** The folder of a run by id, unambiguous prefix, display name, `last`, or folder. */
export async function findRun(_runsFolder: string, _reference: string): Promise<string> {
  throw new Error('under construction');
}

/** Moves nothing to a bin: removes the folder of a run that is not alive. */
export async function deleteRun(_folder: string): Promise<void> {
  throw new Error('under construction');
}
