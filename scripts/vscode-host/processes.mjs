// Ends a process group that this session of the host started, by process id, and nothing else.
import { spawnSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

/** Process ids of the group's members that still run (a zombie does not), but for `spared`. */
function groupMembers(group, spared) {
  const ps = spawnSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' });
  const rows = (ps.stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, pgid, stat]) => Number(pgid) === group && !stat.startsWith('Z'))
    .map(([pid]) => Number(pid))
    .filter((pid) => pid !== ps.pid && !spared.includes(pid));
}

/** Ends a process group softly, then by force; resolves when none of it runs. */
export async function endGroup(group, spared = []) {
  for (const [signal, patience] of [
    ['SIGTERM', 5000],
    ['SIGKILL', 2000],
  ]) {
    const deadline = Date.now() + patience;
    for (const pid of groupMembers(group, spared)) {
      try {
        process.kill(pid, signal);
      } catch {} // ended in between
    }
    while (Date.now() < deadline) {
      if (groupMembers(group, spared).length === 0) return;
      await wait(100);
    }
  }
}
