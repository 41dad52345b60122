import type { RunHost } from '../services/run/views.ts';
import type { CliContext } from './context.ts';

/** The host of run services for one command. */
export function runHost(
  context: CliContext,
  flags: { readonly runs?: string | undefined },
  show?: (text: string) => void,
): RunHost {
  return {
    settings: context.settings(flags.runs === undefined ? {} : { runs: flags.runs }),
    assets: context.assets,
    workspace: context.cwd,
    log: context.log,
    ...(show ? { progress: { report: (message: string) => show(message) } } : {}),
  };
}
