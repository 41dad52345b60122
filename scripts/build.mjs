// Builds dist/: extension, command line, workers, webviews, media, the shipped trainer package and the JSON schemas.
import { chmodSync, existsSync, readdirSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { writeSchemas } from './schemas.mjs';
import { copyStatic } from './static-files.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.join(root, 'dist');
const at = (...parts) => path.join(root, ...parts);

/** Entry name -> source file, for the sources of `folder` that `pick` accepts. */
function entriesOf(folder, pick) {
  if (!existsSync(at(folder))) return {};
  return Object.fromEntries(
    readdirSync(at(folder))
      .map(pick)
      .filter((entry) => entry && existsSync(at(entry[1]))),
  );
}

const present = (entries) =>
  Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(at(file))));

function configurations() {
  const shared = {
    absWorkingDir: root,
    bundle: true,
    outdir: dist,
    logLevel: 'warning',
    sourcemap: 'linked',
    metafile: true,
  };
  const node = {
    ...shared,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    // zod asks for it; VS Code's extension host reports every such question as an error.
    define: { navigator: 'undefined' },
  };
  const external = ['vscode', 'sharp', 'onnxruntime-node'];
  const workers = entriesOf('src/services/workers', (file) =>
    /^[^.]+\.ts$/.test(file) ? [`workers/${file.slice(0, -3)}`, `src/services/workers/${file}`] : undefined,
  );
  const surfaces = entriesOf('webview', (name) => [`webview/${name}`, `webview/${name}/main.ts`]);
  return [
    { ...node, external, entryPoints: present({ extension: 'src/extension/extension.ts' }) },
    { ...node, external, entryPoints: workers },
    {
      ...node,
      external,
      entryPoints: present({ cli: 'src/cli/main.ts' }),
      banner: { js: '#!/usr/bin/env node' },
    },
    {
      ...shared,
      entryPoints: surfaces,
      platform: 'browser',
      target: 'es2022',
      format: 'esm',
      minify: true,
      loader: { '.ttf': 'file', '.woff2': 'file', '.woff': 'file', '.svg': 'file' },
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
    },
  ].filter((configuration) => Object.keys(configuration.entryPoints).length > 0);
}

const finish = async () => {
  copyStatic(root, dist);
  await writeSchemas(root, path.join(dist, 'schemas'));
  if (existsSync(path.join(dist, 'cli.js'))) chmodSync(path.join(dist, 'cli.js'), 0o755);
  writeFileSync(path.join(dist, '.built'), '');
};

/** Builds everything into dist/; rejects naming what is wrong. A dist/ in use is never seen half empty. */
export async function build() {
  const bundles = await Promise.allSettled(
    configurations().map((configuration) => esbuild.build(configuration)),
  );
  const failures = bundles.filter((bundle) => bundle.status === 'rejected');
  if (failures.length > 0) {
    rmSync(path.join(dist, '.built'), { force: true });
    throw new Error(failures.map((failure) => failure.reason.message).join('\n'));
  }
  const written = new Set(
    bundles.flatMap(({ value }) => Object.keys(value.metafile.outputs)).map((file) => at(file)),
  );
  for (const folder of [dist, path.join(dist, 'workers'), path.join(dist, 'webview')].filter(existsSync)) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.isFile() && !written.has(file)) rmSync(file);
    }
  }
  await finish();
}

function newestChange(file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat || /[\\/](__pycache__|\.pytest_cache)$/.test(file)) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(file).map((name) => newestChange(path.join(file, name))));
}

/** True when dist/ is missing or older than anything that it is made from. */
export function isStale() {
  const built = statSync(path.join(dist, '.built'), { throwIfNoEntry: false });
  const scripts = ['build', 'schemas', 'static-files'].map((name) => `scripts/${name}.mjs`);
  const sources = ['src', 'webview', 'media', 'package.json', 'package-lock.json', ...scripts];
  return !built || sources.some((source) => newestChange(at(source)) > built.mtimeMs);
}

async function buildAndWatch() {
  await build();
  for (const configuration of configurations()) {
    const context = await esbuild.context({ ...configuration, logLevel: 'info' });
    await context.watch();
  }
  let timer;
  for (const folder of ['media', 'src/trainer', 'src/core/run'].filter((name) => existsSync(at(name)))) {
    watch(at(folder), { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(() => finish().catch((error) => process.stderr.write(`${error}\n`)), 200);
    });
  }
  process.stderr.write('Watching for changes. Ctrl-C ends.\n');
}

const usage = `Usage: npm run build [-- --watch]

Writes dist/: extension, webviews, workers, command line.

  --watch    build again whenever a source changes
  --help
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--help')) {
    process.stdout.write(usage);
    process.exit(0);
  }
  const started = Date.now();
  try {
    if (process.argv.includes('--watch')) await buildAndWatch();
    else {
      await build();
      process.stderr.write(`Built dist/ in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    }
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
