// Ends a process group that this session of the host started, by process id, and nothing else.
import { spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

/** Process ids of the group's members that still run (a zombie does not). */
function groupMembers(group) {
  const listing = spawnSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' }).stdout ?? '';
  const rows = listing.split('\n').map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, pgid, stat]) => Number(pgid) === group && !stat.startsWith('Z'))
    .map(([pid]) => Number(pid));
}

/** Ends a process group softly, then by force; resolves when none of it runs. */
export async function endGroup(group) {
  for (const [signal, patience] of [
    ['SIGTERM', 5000],
    ['SIGKILL', 2000],
  ]) {
    const deadline = Date.now() + patience;
    for (const pid of groupMembers(group)) {
      try {
        process.kill(pid, signal);
      } catch {} // ended in between
    }
    while (Date.now() < deadline) {
      if (groupMembers(group).length === 0) return;
      await wait(100);
    }
  }
}
