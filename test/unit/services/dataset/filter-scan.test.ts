import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileFilter } from '../../../../src/core/dataset/filter-evaluate.ts';
import { parseFilter } from '../../../../src/core/dataset/filter-parse.ts';
import { statusCodes } from '../../../../src/core/dataset/row-codes.ts';
import type { RowBlock } from '../../../../src/core/dataset/row-index.ts';
import { rowScanner } from '../../../../src/core/dataset/row-scanner.ts';
import { LazyFilterRow } from '../../../../src/services/dataset/filter-row.ts';
import { scanFilter } from '../../../../src/services/dataset/filter-scan.ts';
import { readRow, readRowText, rowHash } from '../../../../src/services/dataset/row-reading.ts';
import { RowReader } from '../../../../src/services/dataset/row-view.ts';
import { filters, noises, row, values, written } from './odd-rows.ts';
import { testFolder } from './open-dataset.ts';

interface Scan {
  readonly path: string;
  readonly rows: RowBlock;
  readonly bytes: readonly Buffer[];
  readonly statuses: Uint8Array;
  readonly edits: ReadonlyMap<number, string>;
  readonly shape: string;
}

/** Every row read and looked at, and nothing else: what a filter means. */
function plainly({ bytes, edits, shape }: Scan, text: string): number[] {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`);
  const passes = compileFilter(parsed.filter);
  const reader = new RowReader({ shape }, 'boxed');
  return bytes.flatMap((one, index) => {
    const edited = edits.get(index);
    const row = new LazyFilterRow({
      index,
      line: index + 1,
      decision: null,
      edited: edited !== undefined,
      verdict: null,
      reader,
      view: () =>
        reader.view(edited === undefined ? readRow(one) : readRowText(edited), {
          index,
          line: index + 1,
          hash: rowHash(one),
        }),
    });
    return !row.isBlank && passes(row) ? [index] : [];
  });
}

function scanned({ path, rows, statuses, edits, shape }: Scan, text: string): number[] {
  const hits: number[] = [];
  const count = rows.starts.length;
  const codes = { decisions: new Uint8Array(count), verdicts: new Uint8Array(count), statuses };
  const lens = { lens: { shape }, extraction: 'boxed', folders: [] } as const;
  scanFilter({ kind: 'filter', scan: 1, path, rows, edits, text, from: 0, ...codes, ...lens }, (message) => {
    if (message.kind === 'hits') hits.push(...message.hits);
  });
  return hits;
}

/** A file of these rows, as the index finds them. */
function scanOf(lines: readonly Buffer[], more: { end?: string; mark?: boolean; surveyed?: boolean } = {}) {
  const { end = '\n', mark = false, surveyed = false } = more;
  const data = Buffer.concat(lines.flatMap((line) => [line, Buffer.from(end)]));
  const file = mark ? Buffer.concat([Buffer.from('\ufeff'), data]) : data;
  const path = join(testFolder(), 'rows.jsonl');
  writeFileSync(path, file);
  const scanner = rowScanner('jsonl', mark ? 3 : 0);
  scanner.push(file);
  scanner.finish();
  const rows = scanner.take();
  const bytes = [...rows.starts].map((start, at) => file.subarray(start, start + (rows.lengths[at] ?? 0)));
  const statuses = Uint8Array.from(bytes, (one) => (surveyed ? statusCodes[readRow(one).status] : 0));
  return { path, rows, bytes, statuses };
}

const chat = (...content: unknown[]) =>
  JSON.stringify({
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: 'c' },
    ],
  });
const called = (call: string) =>
  `{"messages":[{"role":"user","content":"p"},{"role":"assistant","content":"c","tool_calls":[${call}]}]}`;
const said = '"value" : [{"type":"text","value":"wa"},{"type":"text","value":"it"}]';
const large = JSON.stringify({ problem: 'x'.repeat(80_000) });

/** Rows, a filter, and which rows it finds: each a way in which bytes are not what a person sees. */
const cases: readonly (readonly [string, readonly string[], string, readonly number[]])[] = [
  ['escape', ['{"problem":"w\\u0061it"}', '{"problem":"w\\u0041IT"}', '{"problem":"w"}'], 'wait', [0, 1]],
  ['case', ['{"problem":"WAIT"}', '{"problem":"w\u212ait"}'], 'wait', [0]],
  ['line end before', ['{"problem":"so\\nwait"}', '{"problem":"nowait"}'], '~"\\bwait"', [0]],
  ['escaped bar', ['{"problem":"wait"}', '{"problem":"wait|no"}'], '~"wait\\|no"', [1]],
  ['two parts', [chat({ type: 'text', text: 'wa' }, { type: 'text', text: 'it' }), chat('no')], 'wait', [0]],
  ['two texts', [chat('wa', 'it'), chat('wa it')], 'prompt:wait', [0]],
  ['two values', [`{"conversations":[{"from":"human",${said}}]}`, '{"problem":"p"}'], 'wait', [0]],
  ['three texts', [chat('w', '', 'AI', 't'), chat('w', 'a', 't'), chat('no wai', 't')], 'wait', [0, 2]],
  ['long word', [chat('x'.repeat(45), 'x'.repeat(20)), chat('xx')], `prompt:${'x'.repeat(60)}`, [0]],
  ['added tag', [called('{"a":1}'), '{"problem":"p","output":"c"}'], 'completion:tool_call', [0]],
  ['placeholder', [chat({ type: 'image' }), chat('p')], 'image', [0]],
  ['call as text', [called('{"name":"f", "n":1.50}'), called('{}')], 'completion:1.5', [0]],
  ['number as text', ['{"problem":"p","ground_truth":1e3}'], 'truth:1000', [0]],
  ['infinite', ['{"problem":"p","ground_truth":1e999}'], 'truth:infinity', [0]],
  ['no number', [called('{"n":1e999}')], 'completion:null', [0]],
  ['id from a number', ['{"problem":"p","id":1E+21}'], 'id:1e', [0]],
  ['id from the bytes', ['{"problem":"p14"}', '{"problem":"p"}'], 'id:da3', [0]],
  ['problem by code', ['{"problem":""}', '{"problem":"p"}'], 'problem:prompt', [0]],
  ['key twice', ['{"rate":0,"rate":1}', '{"rate":1,"rate":0}', '{"rate":1,"rate":[0]}'], 'rate>0.5', [0]],
  ['nested key', ['{"a":{"rate":1},"rate":0}', '{"a":"\\"rate\\":1"}', '{"rate":{"rate":1}}'], 'rate>0', []],
  ['escaped key', ['{"r\\u0061te":1}', '{"rate\\"":1}'], 'rate>0', [0]],
  ['list', ['{"rate":[0,1]}', '{"rate":["1"]}', '{"rate":[]}'], 'rate=1', [0, 1]],
  ['not ASCII', ['{"rate":"été"}', '{"rate":"ete"}'], 'rate:É', [0]],
  ['broken', ['{"rate":1} x', '{"rate":1,"a', '{"rate":', '1}', '{"rate":1}'], 'rate=1', [4]],
  ['broken, not', ['{"rate":1', '{"rate":1}'], '-rate=1', [0]],
  ['blank', ['', ' ', '{}', '\t'], '-wait', [2]],
  ['no object', ['["rate"]', '"wait"', ' {"rate":1}'], 'rate=1', [2]],
  ['second read', [large, '{"problem":"wait"}', large, '{"problem":"wait"}'], 'line!=3 wait', [1, 3]],
  ['third read', ['{"problem":"p"}', large, '{"problem":"wait"}'], 'line!=2 wait', [2]],
];

for (const surveyed of [false, true])
  test.each(cases)(`%s${surveyed ? ', with states known' : ''}`, (_, lines, text, expected) => {
    const scan = {
      ...scanOf(
        lines.map((line) => Buffer.from(line)),
        { surveyed },
      ),
      edits: new Map(),
      shape: 'traces',
    };
    expect([scanned(scan, text), plainly(scan, text)]).toEqual([expected, expected]);
    const edits = new Map([[0, '{"problem":"neither"}']]);
    expect(scanned({ ...scan, edits, statuses: scan.statuses.fill(0, 0, 1) }, text)).toEqual(
      plainly({ ...scan, edits }, text),
    );
  });

const files = fc.record({
  rows: fc.array(fc.tuple(values, noises), { minLength: 1, maxLength: 12 }),
  end: fc.constantFrom('\n', '\r\n'),
  mark: fc.boolean(),
  edit: fc.option(fc.tuple(fc.nat(11), values, noises)),
  surveyed: fc.boolean(),
  shape: fc.constantFrom('traces', 'ms-swift', 'openai-messages', 'alpaca', 'trl-grpo'),
});

test('a filter finds the rows that it finds by reading every one', () => {
  let found = 0;
  const check = fc.property(files, fc.array(filters, { minLength: 8, maxLength: 8 }), (file, asked) => {
    const scan = scanOf(
      file.rows.map(([value, noise]) => row(value, noise)),
      file,
    );
    const edits = new Map<number, string>();
    if (file.edit && file.edit[0] < scan.bytes.length)
      edits.set(
        file.edit[0],
        written(file.edit[1], () => file.edit?.[2][0] ?? 0),
      );
    for (const index of edits.keys()) scan.statuses[index] = 0;
    for (const text of asked) {
      const all = { ...scan, edits, shape: file.shape };
      const expected = plainly(all, text);
      found += expected.length;
      expect([text, scanned(all, text)]).toEqual([text, expected]);
    }
  });
  fc.assert(check, {
    numRuns: Number(process.env.COLDSTART_FUZZ_RUNS ?? 300),
    seed: Number(process.env.COLDSTART_FUZZ_SEED ?? 1),
  });
  expect(found).toBeGreaterThan(300);
});
