// Copies the packages that the built code loads at run time, with native files of one platform only.
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Packages that a dependency names but only its install script loads. */
const installOnly = new Set(['adm-zip', 'global-agent']);
/** Sources, types, scripts, nested packages (copied by themselves), and ES modules: what we build is CommonJS. */
const unused =
  /(^|[\\/])(node_modules|install|script|src|include|test|docs|esm)$|\.(map|md|ts|mts|cts|tsbuildinfo|h|cc|gyp)$/;
const license = /(^|[\\/])(LICEN[CS]E|NOTICE)(\.md|\.txt)?$/i;
/** GPU libraries of onnxruntime: gigabytes that the CPU build never loads. */
const gpu = /onnxruntime_providers_(cuda|tensorrt)/;

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const usesMusl = () => process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;

/** This machine as VS Code names extension targets: `linux-x64`, `alpine-arm64`, `darwin-arm64`, `win32-x64`, … */
export function thisTarget() {
  const system = usesMusl() ? 'alpine' : process.platform;
  return `${system}-${process.arch === 'arm' ? 'armhf' : process.arch}`;
}

const fits = ({ os, cpu, libc }) =>
  (!os || os.includes(process.platform)) &&
  (!cpu || cpu.includes(process.arch)) &&
  (!libc || process.platform !== 'linux' || libc.includes(usesMusl() ? 'musl' : 'glibc'));

/** False for files of other platforms below `bin/napi-v<n>/<platform>/<arch>`, as onnxruntime-node lays them out. */
function isOfThisPlatform(file) {
  const [, platform, arch] = file.match(/[\\/]bin[\\/]napi-v\d+[\\/]([^\\/]+)(?:[\\/]([^\\/]+))?/) ?? [];
  if (platform === undefined) return true;
  return platform === process.platform && (arch === undefined || arch === process.arch);
}

function findPackage(name, from, root) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const found = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(found, 'package.json'))) return found;
    if (folder === root || folder === path.dirname(folder)) return undefined;
  }
}

/** Folders of the packages that the manifest in `root` needs at run time on this machine, dependencies included. */
function runtimePackages(root) {
  const found = new Set();
  const visit = (folder, { dependencies = {}, optionalDependencies = {} }) => {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (installOnly.has(name)) continue;
      const at = findPackage(name, folder, root);
      if (!at) {
        if (name in optionalDependencies) continue;
        throw new Error(`The package ${name} is not installed. Run npm ci.`);
      }
      const manifest = readJson(path.join(at, 'package.json'));
      if (found.has(at) || !fits(manifest)) continue;
      found.add(at);
      visit(at, manifest);
    }
  };
  visit(root, readJson(path.join(root, 'package.json')));
  return [...found];
}

/** Copies them to `target`, keeping their place below `root`; sources, types and other platforms stay behind. */
export function copyRuntimePackages(root, target) {
  for (const folder of runtimePackages(root)) {
    const to = path.join(target, path.relative(root, folder));
    mkdirSync(to, { recursive: true });
    cpSync(folder, to, {
      recursive: true,
      filter: (file) => {
        const relative = path.relative(folder, file);
        if (relative === '' || license.test(relative)) return true;
        const directory = statSync(file).isDirectory();
        return !unused.test(relative) && isOfThisPlatform(file) && (directory || !gpu.test(relative));
      },
    });
    const manifest = readJson(path.join(to, 'package.json'));
    for (const name of installOnly) delete manifest.dependencies?.[name];
    delete manifest.scripts;
    delete manifest.devDependencies;
    writeFileSync(path.join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  }
}
