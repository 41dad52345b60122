import { errorCode } from './file-errors.ts';

/** Whether a process of this number lives, whoever owns it; a later process may have got the number of an earlier one. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
