// npm run package: the VSIX for this platform, from an allow-list of files and natives pruned to it.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.mjs';
import { build } from './build.mjs';
import { extensionFiles, installedManifest, isDeveloperFile } from './extension-files.mjs';
import { copyRuntimePackages, thisTarget } from './prune-natives.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const usage = `Usage: npm run package [-- OPTIONS]

Builds the extension and writes coldstart-<platform>-<version>.vsix for this machine's platform.
Install it with: code --install-extension FILE

  --out DIR     folder of the VSIX (default: the repository)
  --no-build    pack dist/ as it is
  --help
`;

/** Lays out in `folder` exactly what is installed: manifest, allowed files, run-time packages of this platform. */
function stagePackage(folder) {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  writeFileSync(
    path.join(folder, 'package.json'),
    `${JSON.stringify(installedManifest(manifest), null, 2)}\n`,
  );
  for (const name of extensionFiles) {
    const from = path.join(root, name);
    if (!existsSync(from)) continue;
    cpSync(from, path.join(folder, name), { recursive: true, filter: (file) => !isDeveloperFile(file) });
  }
  copyRuntimePackages(root, folder);
  // vsce asks for an ignore file; the folder holds nothing to ignore.
  writeFileSync(path.join(folder, '.vscodeignore'), '');
  return manifest;
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Bytes of all files below `folder`. */
const sizeOf = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => statSync(path.join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);

/** Writes the VSIX into `out`; resolves with its path, or rejects saying what stops it. */
async function packageExtension({ out = root } = {}) {
  // vsce is loaded late: it brings hundreds of modules.
  const { createVSIX } = await import('@vscode/vsce');
  const folder = mkdtempSync(path.join(tmpdir(), 'coldstart-package-'));
  try {
    const { name, version } = stagePackage(folder);
    const target = thisTarget();
    mkdirSync(out, { recursive: true });
    const packagePath = path.join(out, `${name}-${target}-${version}.vsix`);
    await createVSIX({
      cwd: folder,
      packagePath,
      target,
      useYarn: false,
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
    });
    return { packagePath, natives: sizeOf(path.join(folder, 'node_modules')), unpacked: sizeOf(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { out: { type: 'string', default: root }, 'no-build': { type: 'boolean', default: false } };
  const { out, 'no-build': asBuilt } = readArguments(usage, options, { allowPositionals: false }).values;
  try {
    if (!asBuilt) await build();
    const { packagePath, natives, unpacked } = await packageExtension({ out: path.resolve(out) });
    const packed = statSync(packagePath).size;
    process.stdout.write(
      `${packagePath}\n${megabytes(packed)} packed, ${megabytes(unpacked)} installed (${megabytes(natives)} native packages)\n`,
    );
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
