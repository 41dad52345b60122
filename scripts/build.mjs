// Builds dist/: extension, command line, workers, webviews, media, the shipped trainer package and the JSON schemas.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

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
  };
  const node = { ...shared, platform: 'node', target: 'node20', format: 'cjs' };
  const external = ['vscode', 'sharp', 'onnxruntime-node'];
  const workers = entriesOf('src/services/workers', (file) =>
    /^[^.]+\.ts$/.test(file) ? [`workers/${file.slice(0, -3)}`, `src/services/workers/${file}`] : undefined,
  );
  const surfaces = entriesOf('webview', (name) => [`webview/${name}`, `webview/${name}/main.ts`]);
  return [
    {
      ...node,
      external,
      entryPoints: { ...present({ extension: 'src/extension/extension.ts' }), ...workers },
    },
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

function copyStatic() {
  const media = path.join(dist, 'media');
  mkdirSync(media, { recursive: true });
  if (existsSync(at('media'))) cpSync(at('media'), media, { recursive: true });
  const codicons = at('node_modules/@vscode/codicons/dist');
  for (const file of ['codicon.css', 'codicon.ttf'])
    cpSync(path.join(codicons, file), path.join(media, file));
  cpSync(at('node_modules/katex/dist/katex.min.css'), path.join(media, 'katex.min.css'));
  cpSync(at('node_modules/katex/dist/fonts'), path.join(media, 'fonts'), {
    recursive: true,
    filter: (file) => !/\.(ttf|woff)$/.test(file),
  });
  rmSync(path.join(dist, 'trainer'), { recursive: true, force: true });
  cpSync(at('src/trainer'), path.join(dist, 'trainer'), {
    recursive: true,
    filter: (file) =>
      !/[\\/](tests|__pycache__|\.pytest_cache)$/.test(file) &&
      (statSync(file).isDirectory() || /\.(py|txt|toml|json)$/.test(file)),
  });
}

/** Writes the JSON schema of `*.run.json`, generated from the zod schema, for VS Code's JSON language server. */
async function writeSchemas() {
  if (!existsSync(at('src/core/run/spec.ts'))) return;
  const contents = `import { z } from 'zod';
    import { runSpecSchema } from './src/core/run/spec.ts';
    export const runSpec = z.toJSONSchema(runSpecSchema, { io: 'input', unrepresentable: 'any', target: 'draft-7' });`;
  const bundle = await esbuild.build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  });
  const code = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
  const { runSpec } = await import(`data:text/javascript;base64,${code}`);
  mkdirSync(path.join(dist, 'schemas'), { recursive: true });
  writeFileSync(path.join(dist, 'schemas', 'run.schema.json'), `${JSON.stringify(runSpec, null, 2)}\n`);
}

const finish = async () => {
  copyStatic();
  await writeSchemas();
  if (existsSync(path.join(dist, 'cli.js'))) chmodSync(path.join(dist, 'cli.js'), 0o755);
  writeFileSync(path.join(dist, '.built'), '');
};

/** Builds everything into dist/; rejects on the first error of a bundle. */
export async function build() {
  rmSync(dist, { recursive: true, force: true });
  await Promise.all(configurations().map((configuration) => esbuild.build(configuration)));
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
  const sources = ['src', 'webview', 'media', 'package.json', 'package-lock.json', 'scripts/build.mjs'];
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = Date.now();
  if (process.argv.includes('--watch')) await buildAndWatch();
  else {
    await build();
    process.stderr.write(`Built dist/ in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  }
}
