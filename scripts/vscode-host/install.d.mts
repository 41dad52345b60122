/** An installed VS Code server: its folder, the Node that runs it, and flags that this release needs. */
export interface InstalledHost {
  readonly folder: string;
  readonly node: string;
  readonly release: { readonly version: string; readonly testFlags: readonly string[] };
}

export function ensureHost(name: 'oldest' | 'newest'): Promise<InstalledHost>;
