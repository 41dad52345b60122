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
import { AppError } from '../../core/errors.ts';
import type { RunSpec } from '../../core/run/spec.ts';
import { many } from '../../core/text/plural.ts';
import { fileError } from '../files/file-errors.ts';
import { type Fault, readableSpec, type SpecPath, validateSpec } from './spec-faults.ts';
import type { SpecProblem } from './views.ts';

export interface ParsedSpec {
  /** Null when there is a problem. */
  readonly spec: RunSpec | null;
  readonly problems: SpecProblem[];
  /** The spec, or what can still be read of one with mistakes; null when that is too little. */
  readonly readable: RunSpec | null;
}

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
    return { spec: null, problems: [problem], readable: null };
  }
  const value: unknown = getNodeValue(tree);
  const result = validateSpec(value);
  const problems = result.faults.map((fault): SpecProblem => {
    const { offset, length } = spanOf(tree, fault);
    const edit = editOf(tree, fault);
    const { code, message, fix } = fault;
    return { code, message, fix, ...place(offset, length), ...(edit ? { edit } : {}) };
  });
  return { spec: result.spec, problems, readable: result.spec ?? readableSpec(value, result.faults) };
}

/**
 * Where the setting of a path stands in a run spec: line and column from 1. A reward is named or counted; a setting
 * that is not there is looked for by what would hold it.
 */
export function placeInSpec(
  text: string,
  path: SpecPath,
): Pick<SpecProblem, 'line' | 'column' | 'offset' | 'length'> {
  const source = text.replace(/^\uFEFF/, ' ');
  const tree = parseTree(source, [], { allowTrailingComma: true });
  const { offset, length } = tree ? lineSpan(tree, path) : { offset: 0, length: 1 };
  return placer(source)(offset, length);
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
  const [first] = problems;
  const place = ({ line, column, message }: SpecProblem) => `Line ${line}, column ${column}: ${message}`;
  if (problems.length === 1 && first)
    return new AppError('spec-invalid', `${name} has a mistake. ${place(first)}`, first.fix);
  const list = problems.map((problem) => `${place(problem)} ${problem.fix}`);
  return new AppError('spec-invalid', `${name} has ${many(problems.length, 'mistake')}. ${list.join(' ')}`);
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

/** The dotted path before the first `=` of a change; null when there is none that a spec can have. */
export function changedKeys(change: string): string[] | null {
  const keys = change.slice(0, Math.max(0, change.indexOf('='))).split('.');
  return keys.some((key) => ['', '__proto__', 'constructor'].includes(key.trim())) ? null : keys;
}

function setValue(target: unknown, change: string): void {
  const keys = changedKeys(change);
  if (keys === null)
    throw new AppError(
      'spec-invalid',
      `"${change}" is not key=value.`,
      'Write for example --set max_steps=20.',
    );
  const text = change.slice(change.indexOf('=') + 1);
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

/** A reward may be named instead of counted. */
function counted(tree: Node, path: SpecPath): SpecPath {
  const [first, name, ...rest] = path;
  if (first !== 'rewards' || typeof name !== 'string') return path;
  const list: unknown = getNodeValue(findNodeAtLocation(tree, ['rewards']) ?? tree);
  const isIt = (entry: { name?: unknown } | null) =>
    typeof entry?.name === 'string' && (entry.name === name || entry.name.endsWith(`:${name}`));
  const index = Array.isArray(list) ? list.findIndex(isIt) : -1;
  return index < 0 ? [first] : [first, index, ...rest];
}

/** A short stretch that stands for a setting: its value, or its key when the value takes several lines. */
function lineSpan(tree: Node, given: SpecPath): { offset: number; length: number } {
  const path = counted(tree, given);
  for (let depth = path.length; depth > 0; depth--) {
    const node = findNodeAtLocation(tree, path.slice(0, depth));
    if (!node) continue;
    if (node.type !== 'object' && node.type !== 'array') return node;
    const key =
      node.parent?.type === 'property' ? node.parent.children?.[0] : findNodeAtLocation(node, ['name']);
    return key ?? { offset: node.offset, length: 1 };
  }
  return { offset: tree.offset, length: 1 };
}

/** The change of the text that a fault proposes. */
function editOf(tree: Node, fault: Fault): SpecProblem['edit'] {
  const node = findNodeAtLocation(tree, [...fault.path]);
  if (!node) return undefined;
  if (fault.add) {
    const text = `${JSON.stringify(fault.add.key)}: ${JSON.stringify(fault.add.value)}`;
    return { title: `Add ${text}`, offset: node.offset + node.length, length: 0, text: `, ${text}` };
  }
  const { meant } = fault;
  const target = fault.atKey ? node.parent?.children?.[0] : node;
  if (meant === undefined || !target) return undefined;
  const text = JSON.stringify(meant);
  return { title: `Change to ${text}`, offset: target.offset, length: target.length, text };
}
