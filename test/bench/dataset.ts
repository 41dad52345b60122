import { execFile, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TraceDocument } from '../../src/services/dataset/document.ts';
import { assets, type Bench, median, quiet, timed } from './bench.ts';
import { generateRows, seededRandom, writeRepeated } from './generate.ts';
import { benchVerdicts } from './verdicts.ts';

const run = promisify(execFile);
const isThere = (command: string) =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;

const openDocument = (path: string, survey = false) =>
  TraceDocument.open(path, { assets, settings: { imageRoots: [] }, log: quiet, survey });

interface Files {
  readonly small: string;
  readonly middle: string;
  readonly large: string;
  readonly largeTitle: string;
}

/** Opening, indexing, paging, filtering, grading and saving generated files of 10 MB, 100 MB and 1 GB. */
export async function benchDataset(bench: Bench): Promise<void> {
  const rows = generateRows(4000);
  const { scale } = bench.options;
  const write = (name: string, bytes: number) => {
    const path = join(bench.scratch, name);
    writeRepeated(path, rows, bytes);
    return path;
  };
  bench.say('writing generated files');
  const files: Files = {
    small: write('small.jsonl', 10e6),
    middle: write('middle.jsonl', Math.max(10e6, 100e6 * scale)),
    large: write('large.jsonl', Math.max(20e6, 1e9 * scale)),
    largeTitle: scale === 1 ? '1 GB' : `${Math.round(Math.max(20, 1000 * scale))} MB`,
  };
  await firstRows(bench, files);
  await fullIndex(bench, files);
  await pages(bench, files);
  await filters(bench, files);
  await grading(bench, files);
  await benchVerdicts(bench, rows);
  await saving(bench, files);
}

async function firstRows(bench: Bench, { small, large, largeTitle }: Files): Promise<void> {
  const show = async (path: string) => {
    const began = performance.now();
    const document = await openDocument(path);
    const { rows } = await document.rowsRead(0, 100);
    const took = performance.now() - began;
    await document.dispose();
    if (rows.length !== 100) throw new Error(`${rows.length} rows instead of 100`);
    return took;
  };
  await bench.compare({
    measure: `first 100 rows of ${largeTitle}`,
    baseline: 'the same of 10 MB',
    bar: { ratio: 1.5 },
    rounds: 9,
    subject: () => show(large),
    against: () => show(small),
  });
}

async function fullIndex(bench: Bench, { large, largeTitle }: Files): Promise<void> {
  if (!isThere('wc')) return bench.print('No wc on this machine: the index was not compared.');
  let lines = 0;
  await bench.compare({
    measure: `index of ${largeTitle}`,
    baseline: 'wc -l',
    bar: { ratio: 2, slack: 150 },
    async subject() {
      const began = performance.now();
      const document = await openDocument(large);
      await document.indexed();
      const took = performance.now() - began;
      if (lines > 0 && document.rows !== lines) throw new Error(`${document.rows} rows, wc counts ${lines}`);
      await document.dispose();
      return took;
    },
    against: () =>
      timed(async () => {
        const { stdout } = await run('wc', ['-l', large]);
        lines = Number.parseInt(stdout, 10);
      }),
  });
}

const pagesPerRound = 100;

async function pages(bench: Bench, { large, largeTitle }: Files): Promise<void> {
  const document = await openDocument(large);
  await document.indexed();
  const random = seededRandom(7);
  const { size } = statSync(large);
  const meanBytes = Math.ceil(size / document.rows);
  const file = openSync(large, 'r');
  const buffer = Buffer.alloc(meanBytes * 104);
  const each = async (work: (share: number) => unknown) => {
    const times: number[] = [];
    for (let page = 0; page < pagesPerRound; page++) times.push(await timed(() => work(random())));
    return median(times);
  };
  await bench.compare({
    measure: `100 rows anywhere in ${largeTitle}`,
    baseline: 'read and JSON.parse as many bytes',
    bar: { value: 5 },
    subject: () => each((share) => document.rowsRead(Math.floor(share * (document.rows - 100)), 100)),
    against: () =>
      each((share) => {
        const length = readSync(file, buffer, 0, buffer.length, Math.floor(share * (size - buffer.length)));
        const lines = buffer.toString('utf8', 0, length).split('\n').slice(1, -1);
        return lines.map((line) => JSON.parse(line)).length;
      }),
  });
  closeSync(file);
  await document.dispose();
}

async function filters(bench: Bench, { middle }: Files): Promise<void> {
  const document = await openDocument(middle);
  await document.indexed();
  const megabytes = Math.round(statSync(middle).size / 1e6);
  let found = -1;
  const agree = (count: number) => {
    if (found >= 0 && count !== found)
      throw new Error(`the filter finds ${found} rows, its baseline ${count}`);
  };
  const filter = async (text: string) => {
    await document.setFilter('');
    const took = await timed(async () => {
      await document.setFilter(text);
      await document.filtered();
    });
    found = document.view().filter.matched;
    return took;
  };
  const counter = ['rg', 'grep'].find(isThere);
  if (counter)
    await bench.compare({
      measure: `text filter over ${megabytes} MB`,
      baseline: `${counter} -ci`,
      subject: () => filter('wait'),
      against: () => timed(async () => agree(Number((await run(counter, ['-ci', 'wait', middle])).stdout))),
    });
  found = -1;
  const program =
    'reduce (inputs | select(.pass_rate > 0.5 and (.completion | test("wait"; "i")))) as $row (0; . + 1)';
  if (isThere('jq'))
    await bench.compare({
      measure: `number and text filter over ${megabytes} MB`,
      baseline: 'jq, the same condition',
      bar: { ratio: 0.5 },
      subject: () => filter('pass_rate>0.5 completion:wait'),
      against: () => timed(async () => agree(Number((await run('jq', ['-n', program, middle])).stdout))),
    });
  else bench.print('No jq on this machine: the second filter was not compared.');
  await document.dispose();
}

async function grading(bench: Bench, { middle }: Files): Promise<void> {
  const text = readFileSync(middle, 'utf8');
  await bench.compare({
    measure: `grade and identify all rows of ${Math.round(text.length / 1e6)} MB`,
    baseline: 'JSON.parse of every line',
    async subject() {
      const began = performance.now();
      const document = await openDocument(middle, true);
      await document.surveyed();
      const took = performance.now() - began;
      const { correct, incorrect, unparsed, scanned } = document.view().verdicts;
      await document.dispose();
      if (correct + incorrect + unparsed !== scanned || scanned === 0)
        throw new Error('rows were not graded');
      return took;
    },
    against: () =>
      timed(() => {
        for (let at = 0; at < text.length; ) {
          const end = text.indexOf('\n', at);
          JSON.parse(text.slice(at, end));
          at = end + 1;
        }
      }),
  });
}

const editsPerSave = 100;

async function saving(bench: Bench, { large, largeTitle }: Files): Promise<void> {
  const document = await openDocument(large);
  await document.indexed();
  const copy = join(bench.scratch, 'copy.jsonl');
  await bench.compare({
    measure: `save ${editsPerSave} scattered edits in ${largeTitle}`,
    baseline: 'cp and fsync',
    bar: { ratio: 1.5 },
    async subject(round) {
      const every = Math.floor(document.rows / editsPerSave);
      for (let edit = 0; edit < editsPerSave; edit++) {
        const index = edit * every + round + 1;
        const { revision } = await document.traceRead(index);
        await document.editSegment(index, revision, 0, 7, `<think>edited ${round}`);
      }
      const took = await timed(() => document.save());
      const saved = await document.savedLine(every + round + 1);
      if (!saved.includes(`<think>edited ${round}`)) throw new Error('an edit was not saved');
      return took;
    },
    async against() {
      rmSync(copy, { force: true });
      return timed(async () => {
        await run('cp', [large, copy]);
        const handle = await open(copy, 'r+');
        await handle.sync();
        await handle.close();
      });
    },
  });
  rmSync(copy, { force: true });
  await document.dispose();
}
