import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import {
  datasetRefSchema,
  fieldMapSchema,
  loraSchema,
  type RunSpec,
  rewardSchema,
  runSpecSchema,
} from '../../core/run/spec.ts';
import { fileError } from '../dataset/file-errors.ts';
import { nearestWord } from './did-you-mean.ts';
import type { Finding, SpecProblem } from './views.ts';

export interface ParsedSpec {
  /** Null when there is a problem. */
  readonly spec: RunSpec | null;
  readonly problems: SpecProblem[];
}

type Path = readonly (string | number)[];

/** Rewards that need no file. */
const builtInRewards = ['answer', 'format'];

/** Reads a run spec as text: the spec with its defaults, or every mistake with its place. Comments are allowed. */
export function parseSpec(text: string): ParsedSpec {
  const errors: ParseError[] = [];
  const source = text.replace(/^\uFEFF/, ' ');
  const tree = parseTree(source, errors, { allowTrailingComma: true });
  const place = placer(source);
  const first = errors[0];
  if (first || !tree) {
    const offset = first?.offset ?? 0;
    const what = first ? wordsOf(printParseErrorCode(first.error)) : 'the file is empty';
    const problem: SpecProblem = {
      code: 'json',
      message: `This is not valid JSON: ${what}.`,
      fix: 'Correct the JSON at this place.',
      ...place(offset, first?.length ?? 0),
    };
    return { spec: null, problems: [problem] };
  }
  const result = validateSpec(getNodeValue(tree));
  const problems = result.faults.map((fault): SpecProblem => {
    const { offset, length } = spanOf(tree, fault);
    return { code: fault.code, message: fault.message, fix: fault.fix, ...place(offset, length) };
  });
  return { spec: result.spec, problems };
}

/** Reads a `*.run.json` with changes from the command line; AppError spec-invalid names every mistake and its place. */
export async function readSpecFile(path: string, changes: readonly string[] = []): Promise<RunSpec> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(error, path, 'read');
  }
  const { spec, problems } = parseSpec(text);
  if (changes.length > 0 && !problems.some((problem) => problem.code === 'json')) {
    const tree = parseTree(text.replace(/^\uFEFF/, ' '), [], { allowTrailingComma: true });
    return changedSpec(tree ? getNodeValue(tree) : {}, changes);
  }
  if (spec) return spec;
  throw specError(basename(path), problems);
}

/** The mistakes of a run spec as findings with their place; a file that cannot be read rejects with an AppError. */
export async function checkSpecFile(path: string): Promise<Finding[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, path, 'read');
  });
  return parseSpec(text).problems.map(({ message, fix, line, column }) => ({
    code: 'spec-invalid',
    severity: 'error',
    message,
    fix,
    line,
    column,
  }));
}

/** The spec after `key=value` changes; keys are dotted paths, values JSON or else plain text. */
export function changedSpec(value: unknown, changes: readonly string[]): RunSpec {
  const copy: unknown = structuredClone(value);
  for (const change of changes) setValue(copy, change);
  const { spec, faults } = validateSpec(copy);
  if (spec) return spec;
  const list = faults.map((fault) => fault.message).join(' ');
  throw new AppError('spec-invalid', `The changed run spec is not valid. ${list}`, faults[0]?.fix ?? '');
}

/** The AppError of a spec with problems. */
function specError(name: string, problems: readonly SpecProblem[]): AppError {
  const list = problems.map(({ line, column, message }) => `Line ${line}, column ${column}: ${message}`);
  const title = problems.length === 1 ? 'has a mistake' : `has ${problems.length} mistakes`;
  return new AppError('spec-invalid', `${name} ${title}. ${list.join(' ')}`, problems[0]?.fix ?? '');
}

interface Fault {
  readonly code: SpecProblem['code'];
  readonly path: Path;
  /** Points at the key of the last path element instead of its value. */
  readonly atKey: boolean;
  readonly message: string;
  readonly fix: string;
}

function validateSpec(value: unknown): { spec: RunSpec | null; faults: Fault[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = 'A run spec is a JSON object.';
    return { spec: null, faults: [{ code: 'value', path: [], atKey: false, message, fix: 'Write { … }.' }] };
  }
  const parsed = runSpecSchema.safeParse(value, { reportInput: true });
  const faults = parsed.success ? rewardFaults(parsed.data) : parsed.error.issues.flatMap(faultsOf);
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
    return [{ code: 'value', path, atKey: false, message, fix }];
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

function rewardFaults(spec: RunSpec): Fault[] {
  const seen = new Set<string>();
  return spec.rewards.flatMap((reward, index): Fault[] => {
    const path = ['rewards', index, 'name'];
    const fault = (message: string, fix: string): Fault[] => [
      { code: 'value', path, atKey: false, message, fix },
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
        : 'Add "file": "rewards.py:function".',
    );
  });
}

const keysOf = (schema: { shape: Record<string, unknown> }) => Object.keys(schema.shape);

function keysAt(path: Path): string[] {
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
function descriptionOf([first, second, ...more]: Path): string {
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

const nameOf = (path: Path): string =>
  path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('') ||
  'spec';

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

const wordsOf = (code: string): string => code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();

/** Where a fault stands in the text: its value, its key, or the nearest object around something missing. */
function spanOf(tree: Node, fault: Fault): { offset: number; length: number } {
  for (let depth = fault.path.length; depth >= 0; depth--) {
    const node = findNodeAtLocation(tree, fault.path.slice(0, depth));
    if (!node) continue;
    const isExact = depth === fault.path.length;
    if (isExact && fault.atKey && node.parent?.type === 'property') {
      const key = node.parent.children?.[0];
      if (key) return key;
    }
    return isExact ? node : { offset: node.offset, length: 1 };
  }
  return { offset: 0, length: 1 };
}

function placer(
  text: string,
): (offset: number, length: number) => Pick<SpecProblem, 'line' | 'column' | 'offset' | 'length'> {
  return (offset, length) => {
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    return { line, column: offset - before.lastIndexOf('\n'), offset, length };
  };
}

function setValue(target: unknown, change: string): void {
  const equals = change.indexOf('=');
  const keys = change.slice(0, equals).split('.');
  if (equals < 1 || keys.some((key) => key === '' || key === '__proto__' || key === 'constructor'))
    throw new AppError(
      'spec-invalid',
      `"${change}" is not key=value.`,
      'Write for example --set max_steps=20.',
    );
  const text = change.slice(equals + 1);
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    // Plain text needs no quotes.
  }
  let holder = target as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) {
    const next = Object.hasOwn(holder, key) ? holder[key] : undefined;
    if (typeof next !== 'object' || next === null) holder[key] = {};
    holder = holder[key] as Record<string, unknown>;
  }
  holder[keys.at(-1) ?? ''] = value;
}
