import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Evidence, judge, readStatus } from '../../../../src/services/run/evidence.ts';
import { isStillAlive, thisMachine } from '../../../../src/services/run/processes.ts';

const machine = { host: 'here', bootId: 'boot', pidNamespace: 'pid:[1]' };
const proc = { restart: 1, host: 'here', boot_id: 'boot', pid_namespace: 'pid:[1]', started: 1000 };
const beat = { restart: 1, ts: 1099, trainer_ts: 1098, phase: 'generating', done: 3, total: 8, step_s: 2 };
const error = { type: 'E', message: 'm', traceback: 't', hint: 'h' };

/** A run that is going on well, at second 1100. */
const alive: Evidence = {
  hasRecord: true,
  now: 1100,
  prepared: 900,
  proc,
  heartbeat: beat,
  exit: null,
  machine,
  supervisorLives: true,
  trainerLives: true,
  resumable: true,
  stopRequest: null,
  lastWord: null,
};

const cases: readonly (readonly [string, Partial<Evidence>, object])[] = [
  ['no record', { hasRecord: false }, { kind: 'missing' }],
  ['just prepared', { proc: null, prepared: 1090 }, { kind: 'preparing' }],
  ['prepared and forgotten', { proc: null }, { kind: 'died', resumable: false }],
  ['everything alive', {}, { kind: 'running', phase: 'generating', done: 3, total: 8 }],
  [
    'no heartbeat yet',
    { heartbeat: null, proc: { ...proc, started: 1090 } },
    { kind: 'running', phase: 'starting', done: null },
  ],
  [
    'a heartbeat of an earlier restart',
    { heartbeat: { ...beat, restart: 0 }, proc: { ...proc, started: 1090 } },
    { kind: 'running', phase: 'starting' },
  ],
  [
    'silent for longer than its phase explains',
    { heartbeat: { ...beat, trainer_ts: 1000 } },
    { kind: 'stalled', silentSeconds: 100 },
  ],
  [
    'silent while loading, which may take long',
    { heartbeat: { ...beat, trainer_ts: 1000, phase: 'loading' } },
    { kind: 'running' },
  ],
  [
    'silent in a run of long steps',
    { heartbeat: { ...beat, trainer_ts: 1000, step_s: 60 } },
    { kind: 'running' },
  ],
  ['a stop request that nobody saw yet', { stopRequest: { save: true } }, { kind: 'stopping', save: true }],
  [
    'a stop that the supervisor enforces',
    { heartbeat: { ...beat, stop: { save: false } } },
    { kind: 'stopping', save: false },
  ],
  ['the supervisor is gone', { supervisorLives: false }, { kind: 'unsupervised' }],
  ['the trainer is gone, the supervisor is about to say so', { trainerLives: false }, { kind: 'running' }],
  [
    'all processes are gone',
    { supervisorLives: false, trainerLives: false },
    { kind: 'died', resumable: true },
  ],
  [
    'all processes are gone, and the trainer had said that it completed',
    { supervisorLives: false, trainerLives: false, lastWord: { status: 'completed', error: null } },
    { kind: 'completed' },
  ],
  [
    'all processes are gone, and the trainer had said why it failed',
    { supervisorLives: false, trainerLives: false, lastWord: { status: 'failed', error } },
    { kind: 'failed', error, resumable: true },
  ],
  [
    'the supervisor was killed, and the trainer saved and stopped',
    { supervisorLives: false, trainerLives: false, lastWord: { status: 'stopped', error: null } },
    { kind: 'died', reason: expect.stringContaining('supervisor was ended'), resumable: true },
  ],
  [
    'another start of the machine',
    { proc: { ...proc, boot_id: 'before' } },
    { kind: 'died', reason: expect.stringContaining('restarted') },
  ],
  [
    'another container, heard of just now',
    { proc: { ...proc, pid_namespace: 'pid:[2]' } },
    { kind: 'elsewhere', host: 'here' },
  ],
  [
    'another machine, heard of just now',
    { proc: { ...proc, host: 'there', boot_id: 'other' } },
    { kind: 'elsewhere', host: 'there' },
  ],
  [
    'another machine, silent for long',
    { proc: { ...proc, host: 'there' }, now: 9000 },
    { kind: 'died', resumable: true },
  ],
  [
    'an exit of an earlier restart does not count',
    { exit: { restart: 0, reason: 'completed' } },
    { kind: 'running' },
  ],
  ['completed', { exit: { restart: 1, reason: 'completed' } }, { kind: 'completed' }],
  ['stopped', { exit: { restart: 1, reason: 'stopped' } }, { kind: 'stopped', resumable: true }],
  [
    'stopped without a checkpoint',
    { exit: { restart: 1, reason: 'stopped' }, resumable: false },
    { kind: 'stopped', resumable: false },
  ],
  [
    'killed',
    { exit: { restart: 1, reason: 'killed', message: 'by SIGKILL' } },
    { kind: 'died', reason: 'by SIGKILL' },
  ],
  [
    'failed with a last word',
    { exit: { restart: 1, reason: 'failed', message: null }, lastWord: { status: 'failed', error } },
    { kind: 'failed', error },
  ],
  [
    'failed without one',
    { exit: { restart: 1, reason: 'failed', message: 'code 1.\nTraceback\nKeyError: 3\n' } },
    { kind: 'failed', error: { type: 'TrainerFailed', message: 'KeyError: 3' } },
  ],
  [
    'could not be started',
    { exit: { restart: 1, reason: 'start-failed', message: 'no python' } },
    { kind: 'failed', error: { type: 'StartFailed', message: 'no python' } },
  ],
  [
    'a record from elsewhere counts, too',
    { exit: { restart: 1, reason: 'completed' }, proc: { ...proc, host: 'there' } },
    { kind: 'completed' },
  ],
];

for (const [name, changes, status] of cases) {
  test(`evidence: ${name}`, () => {
    expect(judge({ ...alive, ...changes })).toMatchObject(status);
  });
}

test('a process is itself only with its start time, and only while it lives', async () => {
  const child = spawn('sleep', ['60']);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const { readFile } = await import('node:fs/promises');
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  if (stat === null) return; // no /proc: covered by the fallback's own use of ps
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  expect(await isStillAlive({ pid, start_ticks: ticks })).toBe(true);
  expect(await isStillAlive({ pid, start_ticks: ticks + 1 })).toBe(false);
  expect(await isStillAlive({ pid, start_ticks: null })).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await isStillAlive({ pid, start_ticks: ticks })).toBe(false);
});

test('damaged and foreign records never look like a live run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coldstart-evidence-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  expect(await readStatus(folder)).toEqual({ kind: 'missing' });
  await writeFile(join(folder, 'run.json'), '{}');
  expect(await readStatus(folder)).toEqual({ kind: 'preparing' });
  const { host, bootId, pidNamespace } = await thisMachine();
  const forged = {
    restart: 0,
    host,
    boot_id: bootId,
    pid_namespace: pidNamespace,
    started: Date.now() / 1000,
  };
  const identities = [
    null,
    7,
    { pid: process.pid },
    { pid: process.pid, start_ticks: 1 },
    { pid: -1, start_ticks: 1 },
  ];
  for (const identity of identities) {
    await writeFile(
      join(folder, 'proc.json'),
      JSON.stringify({ ...forged, supervisor: identity, trainer: identity }),
    );
    expect((await readStatus(folder)).kind, JSON.stringify(identity)).toBe('died');
  }
  await writeFile(join(folder, 'proc.json'), '{"restart":');
  expect((await readStatus(folder)).kind).toBe('preparing');
});

test('a record that is written between looking for it and looking for its writer is found', async () => {
  const gone: Evidence = { ...alive, supervisorLives: false, trainerLives: false };
  const exit = { restart: 1, reason: 'completed', code: 0 };
  const looks = [gone, { ...gone, exit }];
  expect(await readStatus('', async () => looks.shift() ?? gone)).toEqual({ kind: 'completed' });
});

test('the copy of a live run is not live: its processes are those of the original', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coldstart-evidence-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { host, bootId, pidNamespace } = await thisMachine();
  const own = await readFile('/proc/self/stat', 'utf8');
  const start_ticks = Number(own.slice(own.lastIndexOf(')') + 2).split(' ')[19]);
  const self = { pid: process.pid, start_ticks };
  const { dev, ino } = await stat(folder, { bigint: true });
  const check = async (id: string | undefined, kind: string) => {
    const proc = {
      restart: 0,
      host,
      boot_id: bootId,
      pid_namespace: pidNamespace,
      supervisor: self,
      trainer: self,
      started: Date.now() / 1000,
      ...(id === undefined ? {} : { folder: id }),
    };
    await writeFile(join(folder, 'proc.json'), JSON.stringify(proc));
    expect([id, (await readStatus(folder)).kind]).toEqual([id, kind]);
  };
  await writeFile(join(folder, 'run.json'), '{}');
  await check(`${dev}:${ino}`, 'running');
  await check(undefined, 'running');
  await check(`${dev}:${ino + 1n}`, 'died');
});
