import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  childEnvironment,
  trainerVariables,
} from '../../../../src/services/environment/child-environment.ts';
import { runChild } from '../../../../src/services/environment/child-process.ts';
import { createEnvironment } from '../../../../src/services/environment/create-environment.ts';
import {
  checkEnvironment,
  environmentsFolder,
  interpreterOf,
} from '../../../../src/services/environment/environments.ts';
import { findPython } from '../../../../src/services/environment/find-python.ts';
import { pipInstall } from '../../../../src/services/environment/pip.ts';

const trainer = fileURLToPath(new URL('../../../../src/trainer', import.meta.url));
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const failure = (promise: Promise<unknown>): Promise<{ code?: string; message: string; hint?: string }> =>
  promise.then(
    () => ({ code: 'no error', message: '' }),
    (error: { code?: string; message: string; hint?: string }) => error,
  );

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'coldstart-env-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** A program that prints something and ends. */
async function script(path: string, text: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

const says = (version: string) => `echo '{"path":"/opt/python","version":[${version}]}'`;

/** Programs on the PATH with the version they answer; what becomes of it. */
const machines: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['nothing at all', {}, 'python-missing'],
  ['only an old one', { python3: says('3,9,2') }, 'python-too-old'],
  ['only a new one', { python3: says('3,14,0') }, 'python-too-old'],
  ['Python 2', { python: says('2,7,18') }, 'python-too-old'],
  [
    'a launcher of a version that is not installed',
    { 'python3.12': 'exit 127', 'python3.11': says('3,11,4') },
    '3.11.4',
  ],
  ['an old and a fitting one', { python3: says('3,9,2'), python: says('3,10,1') }, '3.10.1'],
  ['one that says nonsense', { 'python3.12': 'echo hello', python3: says('3,12,0') }, '3.12.0'],
];

for (const [name, programs, wanted] of machines) {
  test(`a machine with ${name}`, async () => {
    const bin = await folder();
    for (const [program, text] of Object.entries(programs)) await script(join(bin, program), text);
    vi.stubEnv('PATH', bin);
    onTestFinished(() => void vi.unstubAllEnvs());
    const found = await findPython(undefined).then(
      ({ version }) => version.join('.'),
      (error: { code: string; hint: string }) => {
        expect(error.hint).toContain('Install it');
        return error.code;
      },
    );
    expect(found).toBe(wanted);
  });
}

/** What pip prints and its exit code; the error, and what its hint or message must say. */
const pips: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'no network',
    'echo "WARNING: Retrying: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution"; echo "ERROR: Could not find a version that satisfies the requirement torch" >&2; exit 1',
    'network-unreachable',
    /Connect to the network/,
  ],
  ['a refusing proxy', 'echo "ProxyError(Cannot connect to proxy.)"; exit 1', 'network-unreachable', /proxy/],
  [
    'a full disk',
    'echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"; exit 1',
    'disk-full',
    /1.5 GB/,
  ],
  ['a build that fails', 'echo "ERROR: Failed building wheel for x"; exit 1', 'install-failed', /whole log/],
];

for (const [name, text, code, words] of pips) {
  test(`an install with ${name} says what to do`, async () => {
    const place = await folder();
    const python = await script(join(place, 'python'), text);
    const options = { python, logFile: join(place, 'log'), report: () => undefined };
    const error = await failure(pipInstall(['x'], options));
    expect(error.code).toBe(code);
    expect(error.hint).toMatch(words);
    expect(await readFile(join(place, 'log'), 'utf8')).toContain('pip install');
  });
}

test('progress names packages; a cancelled install ends pip and all it started', async () => {
  const place = await folder();
  const python = await script(
    join(place, 'python'),
    `echo "Collecting torch==2.13.0"; echo "  Downloading https://x/torch-2.13.0-cp311.whl (190.1 MB)"; sleep 60 & echo $! > ${place}/pid; wait`,
  );
  const abort = new AbortController();
  const reports: string[] = [];
  const report = (message: string) => {
    reports.push(message);
    if (reports.length === 2) setTimeout(() => abort.abort(), 100);
  };
  const options = { python, logFile: join(place, 'log'), report, signal: abort.signal };
  expect((await failure(pipInstall(['torch'], options))).code).toBe('cancelled');
  expect(reports).toEqual(['Looking up torch==2.13.0', 'Downloading torch, 190.1 MB']);
  const pid = Number(await readFile(join(place, 'pid'), 'utf8'));
  // Gone, or a zombie that nobody has collected (containers without an init).
  await vi.waitFor(() =>
    expect(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)]).stdout.toString()).toMatch(/^Z|^$/),
  );
});

test('an environment is not made over the files of others', async () => {
  const place = await folder();
  await writeFile(join(place, 'thesis.txt'), 'precious');
  const settings = { imageRoots: [], runsFolder: place, environmentsFolder: place, interpreters: {} };
  const host = { settings, assets: { workers: '', trainer }, workspace: place, log: silent };
  const error = await failure(createEnvironment({ host, trainer: 'trl', folder: place, device: 'cpu' }));
  expect(error.code).toBe('file-exists');
  expect(await readFile(join(place, 'thesis.txt'), 'utf8')).toBe('precious');
});

/** A Python that makes virtual environments in which every install succeeds at once. */
async function fakePython(path: string, version: string): Promise<string> {
  const inside = `{"python":"${version}","executable":"x","versions":{"trl":"1.13.0"},"device":{"kind":"cpu"},"missing":[],"ready":true}`;
  const dots = version.split('.').join(',');
  return script(
    path,
    `case "$*" in
  *version_info*) echo '{"path":"${path}","version":[${dots}]}' ;;
  "-m venv --clear "*)
    rm -rf "$4" && mkdir -p "$4/bin" && echo "version = ${version}" > "$4/pyvenv.cfg"
    printf '%s\\n' '#!/bin/sh' 'case "$*" in *versions*) echo '"'"'${inside}'"'"' ;; esac' > "$4/bin/python"
    chmod +x "$4/bin/python" ;;
esac`,
  );
}

test('an environment that exists is kept, told as such, and built on another Python only by force', async () => {
  const place = await folder();
  const old = await fakePython(join(place, 'python3.11'), '3.11.4');
  const other = await fakePython(join(place, 'python3.12'), '3.12.1');
  const environment = join(place, 'environments', 'trl');
  const settings = {
    imageRoots: [],
    runsFolder: place,
    environmentsFolder: join(place, 'environments'),
    interpreters: {},
  };
  const host = { settings, assets: { workers: '', trainer }, workspace: place, log: silent };
  const create = (options: { python?: string; force?: boolean }) =>
    createEnvironment({ host, trainer: 'trl', device: 'cpu', ...options });
  const made = async (options: { python?: string; force?: boolean }) => {
    const { environment: found, was } = await create(options);
    return [was, found.versions.python];
  };
  expect(await made({ python: old })).toEqual(['made', '3.11.4']);
  await writeFile(join(environment, 'kept'), '');
  expect(await made({})).toEqual(['there', '3.11.4']);
  expect(await made({ python: old })).toEqual(['there', '3.11.4']);
  const refused = await failure(create({ python: other }));
  expect(refused).toMatchObject({ code: 'file-exists', hint: expect.stringContaining('--force') });
  expect(refused.message).toContain(`${environment} is built on Python 3.11.4 (${old}) already`);
  expect((await failure(create({ python: join(place, 'none') }))).code).toBe('python-missing');
  expect(await readFile(join(environment, 'kept'), 'utf8')).toBe('');
  expect(await made({ python: other, force: true })).toEqual(['made', '3.12.1']);
  await expect(readFile(join(environment, 'kept'))).rejects.toThrow();
  await writeFile(join(environment, 'kept'), '');
  expect(await made({ python: other, force: true })).toEqual(['made', '3.12.1']);
  await expect(readFile(join(environment, 'kept'))).rejects.toThrow();
});

test("a person's own virtual environment is no place to make one", async () => {
  const place = await folder();
  const python = await fakePython(join(place, 'python3.12'), '3.12.1');
  const own = join(place, 'own');
  await mkdir(join(own, 'lib', 'python3.11', 'site-packages', 'pip'), { recursive: true });
  await writeFile(join(own, 'pyvenv.cfg'), 'version = 3.11.4');
  const settings = { imageRoots: [], runsFolder: place, environmentsFolder: place, interpreters: {} };
  const host = { settings, assets: { workers: '', trainer }, workspace: place, log: silent };
  const create = () => createEnvironment({ host, trainer: 'trl', folder: own, device: 'cpu', python });
  const precious = join(own, 'lib', 'python3.11', 'site-packages', 'thesis');
  await mkdir(precious);
  expect((await failure(create())).code).toBe('file-exists');
  await rm(precious, { recursive: true });
  expect((await create()).was).toBe('made');
});

test('the interpreter is the own one, else that of the environment, else the way to get one is named', async () => {
  const place = await folder();
  const settings = { imageRoots: [], runsFolder: place, environmentsFolder: place, interpreters: {} };
  expect(await failure(interpreterOf('trl', settings))).toMatchObject({
    code: 'environment-incomplete',
    hint: expect.stringContaining('env create trl'),
  });
  await mkdir(join(place, 'trl', 'bin'), { recursive: true });
  const made = await script(join(place, 'trl', 'bin', 'python'), 'exit 0');
  expect(await interpreterOf('trl', settings)).toBe(made);
  const own = await script(join(place, 'own'), 'exit 0');
  expect(await interpreterOf('trl', { ...settings, interpreters: { trl: own } })).toBe(own);
  const gone = { ...settings, interpreters: { trl: join(place, 'gone') } };
  expect((await failure(interpreterOf('trl', gone))).code).toBe('python-missing');
});

test('an interpreter without the packages is not ready, and says what it lacks', async () => {
  const place = await folder();
  const bare = await script(
    join(place, 'bare'),
    'exec python3 -I -S -c "import runpy,sys; sys.path[:0]=[\\"$PYTHONPATH\\"]; sys.argv=[\\"x\\",\\"versions\\"]; runpy.run_module(\\"coldstart_trainer\\", run_name=\\"__main__\\")"',
  );
  const found = await checkEnvironment(bare, { workers: '', trainer });
  expect(found).toMatchObject({ trainer: 'trl', ready: false });
  expect(found.missing).toContain('trl');
  expect(found.advice).toContain('trl');
  const broken = await script(join(place, 'broken'), 'echo no module >&2; exit 1');
  expect((await failure(checkEnvironment(broken, { workers: '', trainer }))).code).toBe(
    'environment-incomplete',
  );
  expect((await failure(checkEnvironment(join(place, 'gone'), { workers: '', trainer }))).code).toBe(
    'python-missing',
  );
});

test('children get what they need of the environment and nothing else', () => {
  vi.stubEnv('HF_TOKEN', 'needed by downloads');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary');
  vi.stubEnv('PIP_INDEX_URL', 'mirror');
  onTestFinished(() => void vi.unstubAllEnvs());
  // A run depends on the instructions that torch and oneDNN are told to use.
  vi.stubEnv('ATEN_CPU_CAPABILITY', 'avx2');
  vi.stubEnv('DNNL_MAX_CPU_ISA', 'AVX2');
  const run = childEnvironment({ OWN: '1' });
  expect(run).toMatchObject({ ATEN_CPU_CAPABILITY: 'avx2', DNNL_MAX_CPU_ISA: 'AVX2' });
  expect(run).toMatchObject({ OWN: '1', HF_TOKEN: 'needed by downloads', PATH: process.env.PATH });
  expect(Object.keys(run).filter((name) => /AWS|PIP/.test(name))).toEqual([]);
  expect(childEnvironment({}, 'install').PIP_INDEX_URL).toBe('mirror');
  expect(JSON.stringify(trainerVariables('/x', 2))).not.toContain('needed by downloads');
});

test('names are arguments, never a command', async () => {
  const hostile = ['; rm -rf /', '$(id)', '`id`', '| cat', '-rf', 'a b', "'", '"', '\n', '--flag=x'];
  const place = await folder();
  const echo = await script(join(place, 'echo'), 'for each in "$@"; do printf "%s\\0" "$each"; done');
  const lines: string[] = [];
  await runChild(echo, hostile, { env: childEnvironment({}), onLine: (line) => lines.push(line) });
  expect(lines.join('\n').split('\0').slice(0, -1)).toEqual(hostile);
});

test.each([
  ['', '/somewhere', '/somewhere'],
  ['', 'envs', join(homedir(), 'envs')],
  ['/mine', '/somewhere', '/mine'],
  ['mine', '/somewhere', join(homedir(), 'mine')],
  ['', '', '/data/coldstart/environments'],
])(
  'environments live where the person says, else in the data folder: %s %s',
  (setting, variable, expected) => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('COLDSTART_ENVIRONMENTS', variable);
    vi.stubEnv('XDG_DATA_HOME', '/data');
    expect(environmentsFolder(setting)).toBe(expected);
  },
);
