import type { BigIntStats } from 'node:fs';
import {
  access,
  chmod,
  chown,
  constants,
  open,
  readdir,
  realpath,
  rename,
  stat,
  statfs,
  unlink,
} from 'node:fs/promises';

/** An open file as a save uses it; writes have explicit positions. */
export interface SaveHandle {
  read(buffer: Uint8Array, length: number, position: number): Promise<number>;
  write(buffer: Uint8Array, length: number, position: number): Promise<number>;
  stat(): Promise<BigIntStats>;
  truncate(length: number): Promise<void>;
  /** Has the disk take what was written so far. */
  flush(): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Every call that a save makes on the disk, so that tests can fail any one of them. */
export interface SaveFs {
  realpath(path: string): Promise<string>;
  stat(path: string): Promise<BigIntStats>;
  /** Rejects with EACCES or EROFS when the file must not be written; a new one in its place would not ask. */
  checkWritable(path: string): Promise<void>;
  freeBytes(folder: string): Promise<number>;
  list(folder: string): Promise<string[]>;
  open(path: string, flags: 'r' | 'r+' | 'wx'): Promise<SaveHandle>;
  copyMode(path: string, from: BigIntStats): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  syncFolder(folder: string): Promise<void>;
}

export const diskFs: SaveFs = {
  realpath: (path) => realpath(path),
  stat: (path) => stat(path, { bigint: true }),
  checkWritable: (path) => access(path, constants.W_OK),
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
  list: (folder) => readdir(folder),
  open: async (path, flags) => {
    const handle = await open(path, flags, 0o600);
    return {
      read: async (buffer, length, position) => (await handle.read(buffer, 0, length, position)).bytesRead,
      write: async (buffer, length, position) =>
        (await handle.write(buffer, 0, length, position)).bytesWritten,
      stat: () => handle.stat({ bigint: true }),
      truncate: (length) => handle.truncate(length),
      flush: () => handle.datasync(),
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  copyMode: async (path, from) => {
    await chmod(path, Number(from.mode) & 0o7777);
    // Only root may give files away; a file of one's own already has the right owner.
    if (process.getuid?.() === 0) await chown(path, Number(from.uid), Number(from.gid));
  },
  rename: (from, to) => rename(from, to),
  unlink: (path) => unlink(path),
  syncFolder: async (folder) => {
    if (process.platform === 'win32') return;
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
