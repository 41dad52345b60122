import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { Assets, Settings } from '../ports.ts';
import { childEnvironment, trainerVariables } from './child-environment.ts';
import { runChild } from './child-process.ts';
import { interpreterOf } from './environments.ts';
import { lastJsonLine } from './json-line.ts';
import { checkWay } from './ways.ts';

const verdictSchema = z.object({
  state: z.string().optional(),
  extracted: z.string().nullish(),
  error: z.string().optional(),
});
const replySchema = z.object({ mathruler: verdictSchema, math_verify: verdictSchema });

export interface SecondGrade {
  mathruler: { state: string; extracted: string | null };
  mathVerify: { state: string; extracted: string | null };
  agree: boolean;
}

/** The verdicts of mathruler itself and of Math-Verify in the trainer's Python; a grader that failed says `error: …`. */
export async function gradeTwice(
  row: { readonly completion: string; readonly groundTruth: string; readonly extraction: string },
  host: { readonly settings: Settings; readonly assets: Assets },
  signal?: AbortSignal,
): Promise<SecondGrade> {
  const python = await interpreterOf('trl', host.settings);
  const asked = {
    id: 'row',
    completion: row.completion,
    ground_truth: row.groundTruth,
    extraction: row.extraction,
  };
  const lines: string[] = [];
  const { errorLines } = await runChild(python, ['-m', 'coldstart_trainer', 'grade'], {
    env: childEnvironment(trainerVariables(host.assets.trainer, 1)),
    input: `${JSON.stringify(asked)}\n`,
    onLine: (line) => lines.push(line),
    timeoutMs: 180_000,
    signal,
  });
  const said = lastJsonLine(lines, replySchema);
  if (!said)
    throw new AppError(
      'environment-incomplete',
      `The second grader did not answer: ${errorLines.at(-1) ?? 'no output'}`,
      checkWay,
    );
  const view = ({ state, extracted, error }: z.infer<typeof verdictSchema>) => ({
    state: state ?? `error: ${error ?? 'no verdict'}`,
    extracted: extracted ?? null,
  });
  const mathruler = view(said.mathruler);
  const mathVerify = view(said.math_verify);
  return { mathruler, mathVerify, agree: mathruler.state === mathVerify.state };
}
