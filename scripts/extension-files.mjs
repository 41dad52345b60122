// What the extension is made of: the one list for hosts that run it and for the package.

/** Entries of the repository that belong to the installed extension, besides its manifest and native packages. */
export const extensionFiles = ['README.md', 'CHANGELOG.md', 'LICENSE', 'media', 'dist'];

/** True for what dist/ holds for developers only: source maps, build stamp, Python caches. */
export const isDeveloperFile = (file) =>
  /\.map$|[\\/]\.built$|[\\/](__pycache__|\.pytest_cache)$|\.pyc$/.test(file);

/** The manifest as it is installed: without what only this repository uses. */
export function installedManifest({
  scripts: _scripts,
  devDependencies: _tools,
  private: _private,
  ...manifest
}) {
  return manifest;
}
