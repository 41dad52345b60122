import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureHost } from '../../scripts/vscode-host/install.mjs';
import { nativePlatform } from './native-file.ts';
import { readZip, unpack } from './zip.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'coldstart-vsix-'));
const installed = join(scratch, 'installed');
let vsix = '';
let files = new Map<string, Buffer>();

/** y = x + x on two floats, as an ONNX model: IR version 8, operators of version 13, one Add. */
const doubling =
  '08083a350a0e0a01780a017812017922034164641201675a0f0a0178120a0a08080112040a020802620f0a0179120a0a08080112040a02080242040a00100d';

/** Names in the extension's folder that `pattern` matches. */
const named = (pattern: RegExp) =>
  [...files.keys()].map((name) => name.replace(/^extension\//, '')).filter((name) => pattern.test(name));
const textOf = (name: string) => files.get(`extension/${name}`)?.toString('utf8') ?? '';
const manifest = () => JSON.parse(textOf('package.json'));

/** Runs code in a fresh Node whose modules come from the unpacked extension alone; resolves to what it printed. */
async function inExtension(code: string): Promise<unknown> {
  const { NODE_PATH: _path, NODE_OPTIONS: _options, ...env } = process.env;
  const { stdout } = await run(process.execPath, ['-e', code], { cwd: join(installed, 'dist'), env });
  return JSON.parse(stdout);
}

beforeAll(async () => {
  await run(process.execPath, [join(root, 'scripts/package.mjs'), '--out', scratch], {
    maxBuffer: 1 << 26,
  });
  vsix = join(scratch, readdirSync(scratch).find((name) => name.endsWith('.vsix')) ?? '');
  files = readZip(vsix);
  unpack(files, 'extension/', installed);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the package', () => {
  it('is named after its target and version', () => {
    const { name, version } = manifest();
    expect(vsix).toMatch(
      new RegExp(`${name}-(linux|alpine|darwin|win32)-(x64|arm64|armhf)-${version}\\.vsix$`),
    );
    const target = vsix.split('-').slice(-3, -1).join('-');
    expect(files.get('extension.vsixmanifest')?.toString()).toContain(`TargetPlatform="${target}"`);
  });

  it('holds everything that the manifest names', () => {
    const { main, bin, contributes } = manifest();
    const mentioned = JSON.stringify({ main, bin, contributes }).matchAll(
      /"(?:\.\/)?((?:media|dist)\/[^"{}*]+)"/g,
    );
    const paths = [...new Set([...mentioned].map((match) => match[1] ?? ''))];
    expect(paths).toContain('dist/extension.js');
    expect(paths.filter((path) => !files.has(`extension/${path}`))).toEqual([]);
  });

  it('holds every built part', () => {
    const parts = [
      ...readdirSync(join(root, 'src/services/workers')).map((file) => `workers/${file.slice(0, -3)}.js`),
      ...readdirSync(join(root, 'webview'), { withFileTypes: true })
        .filter((entry) => existsSync(join(root, 'webview', entry.name, 'main.ts')))
        .map((entry) => `webview/${entry.name}.js`),
      'cli.js',
      'schemas/run.schema.json',
      'schemas/run.editor.schema.json',
      'trainer/coldstart_trainer/__init__.py',
      'trainer/coldstart_demo/__init__.py',
    ];
    expect(parts.filter((part) => !files.has(`extension/dist/${part}`))).toEqual([]);
    expect(named(/^dist\/trainer\/requirements\/.*\.txt$/)).not.toEqual([]);
  });

  it.each(['README.md', 'CHANGELOG.md', 'LICENSE'])('holds %s', (name) => {
    const packed = named(new RegExp(`^${name.replace(/\.md$/, '')}(\\.md|\\.txt)?$`, 'i'));
    expect(packed).toHaveLength(1);
    expect(textOf(packed[0] ?? '')).toBe(readFileSync(join(root, name), 'utf8'));
  });

  it('holds nothing else', () => {
    const known = /^(package\.json|readme\.md|changelog\.md|license\.txt|media\/|dist\/|node_modules\/)/i;
    const foreign = [...files.keys()].filter((name) => {
      if (name === 'extension.vsixmanifest' || name === '[Content_Types].xml') return false;
      return !known.test(name.replace(/^extension\//, ''));
    });
    expect(foreign).toEqual([]);
    const packages = new Set(
      named(/^node_modules\//).map((name) => /^node_modules\/((@[^/]+\/)?[^/]+)/.exec(name)?.[1]),
    );
    expect([...packages].filter((name) => !name?.startsWith('@img/')).sort()).toEqual([
      'detect-libc',
      'onnxruntime-common',
      'onnxruntime-node',
      'semver',
      'sharp',
    ]);
  });

  it('holds no tests, sources, caches or source maps', () => {
    const unwanted =
      /(^|\/)(tests?|tests_torch|__pycache__|\.pytest_cache|\.cache|\.git|\.built)(\/|$)|\.(ts|mts|cts|map|pyc|tsbuildinfo|cc|gyp|vsix)$|(^|\/)test_[^/]*\.py$/;
    expect(named(unwanted)).toEqual([]);
  });

  it('leaves development fields out of the manifest', () => {
    const fields = Object.keys(manifest());
    expect(fields.filter((field) => /^(scripts|devDependencies|private)$/.test(field))).toEqual([]);
    expect(manifest().dependencies).toEqual(
      JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies,
    );
  });

  it('names no path of the machine that built it', () => {
    const own = [root, scratch, homedir()].map((path) => `${path}/`);
    const anyHome = /(\/home\/|\/Users\/|[A-Z]:\\+Users\\+)[a-z]\w+[/\\]/;
    const pathIn = (text: string) => own.find((path) => text.includes(path)) ?? anyHome.exec(text)?.[0];
    const leaks = named(/^(?!node_modules\/).*\.(js|css|json|py|md|txt|toml|svg)$/).flatMap((name) => {
      const found = pathIn(textOf(name));
      return found === undefined ? [] : [`${name}: ${found}`];
    });
    expect(leaks).toEqual([]);
  });

  it.each([
    ['dist/extension.js', 4],
    ['dist/cli.js', 4],
    ['dist/webview/trace-editor.js', 2],
    ['dist/webview/run-dashboard.js', 2],
  ])('keeps %s below %d MB', (name, megabytes) => {
    const size = files.get(`extension/${name}`)?.length ?? 0;
    expect(size).toBeGreaterThan(1000);
    expect(size / 1e6).toBeLessThan(megabytes);
  });

  it('stays below 60 MB', () => {
    expect(readFileSync(vsix).length / 1e6).toBeLessThan(60);
  });
});

describe('native packages', () => {
  it('are of this platform only', () => {
    const natives = [...files].flatMap(([name, bytes]) => {
      const platform = nativePlatform(bytes);
      return platform || /\.(node|dll|dylib|so(\.[\d.]+)?)$/.test(name) ? [{ name, platform }] : [];
    });
    expect(natives.length).toBeGreaterThanOrEqual(4);
    expect(natives.filter(({ platform }) => platform !== `${process.platform}-${process.arch}`)).toEqual([]);
  });

  it('sharp draws and reads a picture from the unpacked folder', async () => {
    const code = `(async () => {
      const sharp = require('sharp');
      const create = { width: 4, height: 3, channels: 3, background: '#123456' };
      const png = await sharp({ create }).png().toBuffer();
      const { width, height, format } = await sharp(png).metadata();
      console.log(JSON.stringify({ width, height, format, path: require.resolve('sharp') }));
    })()`;
    expect(await inExtension(code)).toEqual({
      width: 4,
      height: 3,
      format: 'png',
      path: expect.stringContaining(join(installed, 'node_modules', 'sharp')),
    });
  });

  it('onnxruntime-node computes from the unpacked folder', async () => {
    const code = `(async () => {
      const { InferenceSession, Tensor } = require('onnxruntime-node');
      const session = await InferenceSession.create(Buffer.from('${doubling}', 'hex'));
      const { y } = await session.run({ x: new Tensor('float32', [1, 2.5], [2]) });
      console.log(JSON.stringify({ y: [...y.data], path: require.resolve('onnxruntime-node') }));
    })()`;
    expect(await inExtension(code)).toEqual({
      y: [2, 5],
      path: expect.stringContaining(join(installed, 'node_modules', 'onnxruntime-node')),
    });
  });

  it('the command line runs from the unpacked folder', async () => {
    const { stdout } = await run(process.execPath, [join(installed, 'dist/cli.js'), '--help']);
    expect(stdout).toMatch(/dataset[\s\S]*run/);
  });
});

describe.each(['oldest', 'newest'] as const)('VS Code (%s)', (vscode) => {
  it('installs it', async () => {
    const host = await ensureHost(vscode);
    const own = join(scratch, vscode);
    mkdirSync(own);
    const entry = join(host.folder, 'out', 'node', 'entry.js');
    const code = (...args: string[]) =>
      execFileSync(
        host.node,
        [entry, '--user-data-dir', join(own, 'data'), '--extensions-dir', join(own, 'extensions'), ...args],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { ...process.env, EXTENSIONS_GALLERY: '{}' },
        },
      );
    code('--install-extension', vsix);
    const { publisher, name, version } = manifest();
    expect(code('--list-extensions', '--show-versions')).toContain(`${publisher}.${name}@${version}`);
  });
});
