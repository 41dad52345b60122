import { z } from 'zod';
import {
  datasetRefSchema,
  fieldMapSchema,
  loraSchema,
  type RunSpec,
  rewardSchema,
  runSpecSchema,
} from '../../core/run/spec.ts';
import { nearestWord } from '../../core/text/did-you-mean.ts';
import type { SpecProblem } from './views.ts';

/** Where a setting stands in a run spec, such as `['rewards', 0, 'name']`. */
export type SpecPath = readonly (string | number)[];

/** Rewards that need no file. */
const builtInRewards = ['answer', 'format'];

/** A mistake in the value of a run spec. */
export interface Fault {
  readonly code: SpecProblem['code'];
  readonly path: SpecPath;
  /** Points at the key of the last path element instead of its value. */
  readonly atKey: boolean;
  readonly message: string;
  readonly fix: string;
  /** What was probably meant: the key when `atKey`, else the value. */
  readonly meant?: string;
  /** A property to add after this one. */
  readonly add?: { readonly key: string; readonly value: string };
}

/** The spec with its defaults, or every mistake in it. */
export function validateSpec(value: unknown): { spec: RunSpec | null; faults: Fault[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = 'A run spec is a JSON object.';
    return { spec: null, faults: [{ code: 'value', path: [], atKey: false, message, fix: 'Write { … }.' }] };
  }
  const parsed = runSpecSchema.safeParse(value, { reportInput: true });
  // Rewards that can be read are judged whatever else is wrong.
  const rewards = runSpecSchema.shape.rewards.safeParse('rewards' in value ? value.rewards : undefined);
  const faults = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(faultsOf)),
    ...(rewards.success ? rewardFaults(rewards.data) : []),
  ];
  return { spec: parsed.success && faults.length === 0 ? parsed.data : null, faults };
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.filter((key): key is string | number => typeof key !== 'symbol');
  const name = nameOf(path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = keysAt(path);
      const meant = nearestWord(key, known);
      return {
        code: 'unknown-key',
        path: [...path, key],
        atKey: true,
        message: `Unknown setting "${nameOf([...path, key])}".`,
        fix: meant ? `Did you mean "${meant}"?` : `Known settings: ${known.join(', ')}.`,
        ...(meant ? { meant } : {}),
      };
    });
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    const message = `"${name}" is missing.`;
    return [{ code: 'missing', path, atKey: true, message, fix: `Add "${String(path.at(-1))}".` }];
  }
  if (issue.code === 'invalid_value') {
    const known = issue.values.map(String);
    const meant = typeof issue.input === 'string' ? nearestWord(issue.input, known) : null;
    const fix = meant ? `Did you mean "${meant}"?` : `Use one of: ${known.join(', ')}.`;
    const message = `"${name}" is ${show(issue.input)}, which is not one of ${known.join(', ')}.`;
    return [{ code: 'value', path, atKey: false, message, fix, ...(meant ? { meant } : {}) }];
  }
  const why =
    issue.code === 'invalid_union'
      ? unionMessage(issue)
      : issue.message.replace(/^Invalid (?:input|string): /, '');
  const message = `"${name}" is ${show(issue.input)}: ${why}.`;
  return [{ code: 'value', path, atKey: false, message, fix: descriptionOf(path) || `Correct "${name}".` }];
}

function unionMessage(issue: z.core.$ZodIssueInvalidUnion): string {
  const reasons = issue.errors.flatMap((branch) =>
    branch.map((inner) =>
      inner.code === 'invalid_value' ? `one of ${inner.values.join(', ')}` : inner.message,
    ),
  );
  return `expected ${[...new Set(reasons)].join(', or ')}`;
}

function rewardFaults(rewards: RunSpec['rewards']): Fault[] {
  const seen = new Set<string>();
  return rewards.flatMap((reward, index): Fault[] => {
    const path = ['rewards', index, 'name'];
    const fault = (message: string, fix: string, help: Pick<Fault, 'meant' | 'add'> = {}): Fault[] => [
      { code: 'value', path, atKey: false, message, fix, ...help },
    ];
    if (seen.has(reward.name))
      return fault(`Two rewards are called "${reward.name}".`, 'Rename one of them.');
    seen.add(reward.name);
    if (reward.file || builtInRewards.includes(reward.name)) return [];
    const meant = nearestWord(reward.name, builtInRewards);
    return fault(
      `There is no built-in reward "${reward.name}".`,
      meant
        ? `Did you mean "${meant}"? Your own needs "file": "rewards.py:function".`
        : `Put a function ${reward.name} into a Python file and name it: "file": "rewards.py:${reward.name}".`,
      meant ? { meant } : { add: { key: 'file', value: `rewards.py:${reward.name}` } },
    );
  });
}

const keysOf = (schema: { shape: Record<string, unknown> }) => Object.keys(schema.shape);

function keysAt(path: SpecPath): string[] {
  const [first, second] = path;
  switch (first) {
    case undefined:
      return keysOf(runSpecSchema).filter((key) => key !== '$schema');
    case 'dataset':
      return keysOf(second === 'map' ? fieldMapSchema : datasetRefSchema);
    case 'evaluation':
      return second === 'map' ? keysOf(fieldMapSchema) : [...keysOf(datasetRefSchema), 'every_steps'];
    case 'rewards':
      return keysOf(rewardSchema);
    case 'lora':
      return keysOf(loraSchema);
    case 'prompt':
      return ['system', 'template'];
    default:
      return [];
  }
}

/** What the schema says of a setting; empty when it says nothing. */
function descriptionOf([first, second, ...more]: SpecPath): string {
  const [third] = more;
  const ofReward: Record<string, z.ZodType> = rewardSchema.shape;
  if (first === 'rewards' && typeof third === 'string') return ofReward[third]?.description ?? '';
  if (more.length > 0) return '';
  const isDataset = first === 'dataset' || first === 'evaluation';
  const key = isDataset ? second : second === undefined ? first : undefined;
  const shape: Record<string, z.ZodType> = isDataset ? datasetRefSchema.shape : runSpecSchema.shape;
  const schema = typeof key === 'string' ? shape[key] : undefined;
  // A default wraps the schema that has the words.
  return (
    schema?.description ??
    (schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType).description : '') ??
    ''
  );
}

const nameOf = (path: SpecPath): string =>
  path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('') ||
  'spec';

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/**
 * What can still be read of a spec with mistakes, so that a check can go on: what was probably meant in place of it,
 * defaults for the rest, rewards with mistakes left out. Null when something needed is missing.
 */
export function readableSpec(value: unknown, faults: readonly Fault[]): RunSpec | null {
  const copy = structuredClone(value);
  let left = faults;
  for (let round = 0; left.length > 0 && round < 4; round++) {
    const parts = new Set<string>();
    // From the last, so that what is left out of a list moves nothing that is still to be left out.
    for (const fault of [...left].reverse()) {
      const [first, second] = fault.path;
      const path = first === 'rewards' && second !== undefined && !fault.atKey ? [first, second] : fault.path;
      const key = JSON.stringify(path);
      if (!parts.has(key)) mend(copy, path, path === fault.path ? fault : null);
      parts.add(key);
    }
    const next = validateSpec(copy);
    if (next.spec) return next.spec;
    left = next.faults;
  }
  return null;
}

/** Leaves a part out, or puts what was meant. */
function mend(root: unknown, path: SpecPath, fault: Fault | null): void {
  const last = path.at(-1);
  const holder = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], root);
  if (last === undefined || typeof holder !== 'object' || holder === null) return;
  if (Array.isArray(holder)) {
    holder.splice(Number(last), 1);
    return;
  }
  const object = holder as Record<string, unknown>;
  const had = object[last];
  delete object[last];
  const meant = fault?.meant;
  if (meant === undefined) return;
  if (!fault?.atKey) object[last] = meant;
  else if (!Object.hasOwn(object, meant)) object[meant] = had;
}
