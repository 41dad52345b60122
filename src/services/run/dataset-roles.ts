import { join } from 'node:path';
import { listEvaluations } from './evaluations.ts';
import { runIds } from './run-folder.ts';
import { readRunRecord } from './run-record.ts';

/** What runs use a dataset for. */
export interface DatasetRoles {
  /** Names of the runs that were trained on it, newest first. */
  readonly trained: readonly string[];
  /** True when models were measured on it, or a run spec names it as evaluation set. */
  readonly isHeldOut: boolean;
}

const none: DatasetRoles = { trained: [], isHeldOut: false };

/** The roles of datasets, by absolute path, in the runs of a folder and the evaluations beside them. */
export async function datasetRoles(runsFolder: string): Promise<(path: string) => DatasetRoles> {
  const roles = new Map<string, DatasetRoles>();
  const add = (path: string, change: (role: DatasetRoles) => DatasetRoles): void => {
    roles.set(path, change(roles.get(path) ?? none));
  };
  const measured = (path: string): void => add(path, (role) => ({ ...role, isHeldOut: true }));
  const ids = await runIds(runsFolder);
  const records = await Promise.all(ids.map((id) => readRunRecord(join(runsFolder, id)).catch(() => null)));
  for (const record of records) {
    if (!record) continue;
    const { name, dataset, spec } = record;
    add(dataset.path, (role) => ({ ...role, trained: [...new Set([...role.trained, name])] }));
    if (spec.evaluation) measured(spec.evaluation.path);
  }
  for (const { dataset } of await listEvaluations(runsFolder)) measured(dataset);
  return (path) => roles.get(path) ?? none;
}
