import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { parseEventLine } from '../../core/run/events.ts';
import { fold } from '../../core/run/fold.ts';
import type { GroupLine } from '../../core/run/group-line.ts';
import { emptyFold, type RunFold } from '../../core/run/run-fold.ts';
import { many } from '../../core/text/plural.ts';
import { EventTail } from './event-tail.ts';
import { placeNow } from './moved-paths.ts';
import { RolloutFiles } from './rollout-files.ts';
import type { RunRecord } from './run-record.ts';

/** Everything the events of a run say at this moment; damaged lines are left out. */
export async function readFold(folder: string, record: RunRecord, signal?: AbortSignal): Promise<RunFold> {
  const state = emptyFold();
  await new EventTail(join(folder, 'events.jsonl')).read((line, crc) => {
    const parsed = parseEventLine(line, crc);
    if (parsed.ok && parsed.event.run === record.run) fold(state, parsed.event);
  }, signal);
  return state;
}

/** One group of a run, read once; AppError request-invalid when the step has no such group. */
export async function readGroup(
  folder: string,
  record: RunRecord,
  step: number,
  group: number,
  signal?: AbortSignal,
): Promise<GroupLine> {
  const state = await readFold(folder, record, signal);
  const files = new RolloutFiles(folder, placeNow(record.home, folder));
  const entries = await files.entries(state.batches.get(step) ?? [], signal);
  const entry = entries.find((one) => one.summary.group === group);
  if (entry) return files.group(entry);
  const hint =
    entries.length > 0
      ? `Step ${step} has ${many(entries.length, 'group')}; list them with: coldstart run rollouts ${record.run} --step ${step}`
      : `List what there is with: coldstart run rollouts ${record.run}`;
  throw new AppError(
    'request-invalid',
    `The run ${record.name} has no group ${group} at step ${step}.`,
    hint,
  );
}
