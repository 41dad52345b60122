import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { parseEventLine, type RunEvent, type UnknownEvent } from '../core/run/events.ts';
import { failureWords, rewardErrorWords } from '../core/run/failure-words.ts';
import { many } from '../core/text/plural.ts';
import { EventTail } from '../services/run/event-tail.ts';
import { isActive, readStatus } from '../services/run/evidence.ts';
import { findRun } from '../services/run/run-folder.ts';
import { readRunRecord } from '../services/run/run-record.ts';
import type { CliContext } from './context.ts';
import { wholeNumber } from './numbers.ts';
import { exit, note, print, record } from './output.ts';
import { runHost } from './run-host.ts';
import { short } from './run-progress.ts';

const pollMs = 300;

/** `run tail RUN [--from step]`: events as they come, until the run ends. */
export function registerTailCommand(
  command: (usage: string, description: string) => Command,
  context: CliContext,
): void {
  command('tail <run>', 'Events of a run as they come, until it ends.')
    .option('--from <step>', 'leave out events of earlier steps', wholeNumber, 0)
    .addHelpText('after', '\nExample:\n  $ coldstart run tail sft-rl --from 10')
    .action(async (reference: string, flags: { json?: boolean; runs?: string; from: number }) => {
      const folder = await findRun(runHost(context, flags).settings.runsFolder, reference);
      const ended = await tailRun(folder, flags.from, flags.json === true, context);
      if (ended) return;
      note('The run goes on.');
      process.exitCode = exit.interrupted;
    });
}

/** Prints events from a step on until the run ends (true) or the command is interrupted (false). */
export async function tailRun(
  folder: string,
  from: number,
  asJson: boolean,
  context: CliContext,
): Promise<boolean> {
  const { run } = await readRunRecord(folder);
  const tail = new EventTail(join(folder, 'events.jsonl'));
  const seen = new Set<string>();
  const take = (line: string) => {
    const parsed = parseEventLine(line);
    if (!parsed.ok || parsed.event.run !== run) return;
    const { event } = parsed;
    const key = `${event.restart}/${event.seq}`;
    if (seen.has(key)) return;
    seen.add(key);
    if ('step' in event && typeof event.step === 'number' && event.step < from) return;
    if (asJson) record(JSON.parse(line));
    else {
      const text = textOf(event);
      if (text) print(text);
    }
  };
  for (;;) {
    // The state first: what was written before the run ended is then read after it.
    const hasEnded = !isActive(await readStatus(folder));
    await tail.read(take, context.signal);
    if (hasEnded) return true;
    if (context.signal.aborted) return false;
    await delay(pollMs, undefined, { signal: context.signal }).catch(() => undefined);
  }
}

/** One event for people; null for those that only matter to programs. */
function textOf(event: RunEvent | UnknownEvent): string | null {
  const at = 'step' in event && typeof event.step === 'number' ? `step ${event.step}` : '';
  switch (event.type) {
    case 'run_start':
      return `start ${event.restart}: ${event.stage}, ${event.max_steps == null ? '? steps' : many(event.max_steps, 'step')}${event.resume ? `, from ${event.resume.from}` : ''}`;
    case 'metrics': {
      const shown = Object.entries(event.values).filter(([, value]) => value !== null);
      return `${at} ${event.split}: ${shown.map(([name, value]) => `${name} ${short(value)}`).join(', ')}`;
    }
    case 'rollout_batch':
      return `${at}: ${many(event.groups, 'group')}, ${many(event.rollouts, 'rollout')}, mean reward ${short(event.stats.mean)}`;
    case 'checkpoint':
      return `${at}: ${event.kind} checkpoint ${event.path}`;
    case 'reward_error':
      return `${at}: ${rewardErrorWords(event)}`;
    case 'diag':
      return `${at} ${event.level} ${event.code}: ${typeof event.detail === 'string' ? event.detail : JSON.stringify(event.detail)}`;
    case 'gap':
      return `${many(event.dropped, 'event')} lost (${event.errno})`;
    case 'log':
      return `${event.level}: ${event.text}`;
    case 'stop_ack':
      return `stopping at step ${event.at_step} (${event.mode})`;
    case 'run_end':
      return `${event.status} at step ${event.step}${event.error ? `: ${failureWords(event.error)}` : ''}`;
    case 'phase':
    case 'eval_completion':
    case 'recovered':
    case 'heartbeat':
    case 'unknown':
      return null;
  }
}
