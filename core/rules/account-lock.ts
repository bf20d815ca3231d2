// The lock under which an account's row changes: by a person's command, a vendor's word, or what a loop found out.
import { lockOf, type LockKey } from '../ports/worker.ts'

/** Whoever writes the row read it under this lock: no secret that was renewed meanwhile is set back, no state that was told is lost. */
export const accountLock = (channel: string | null, id: string | null): LockKey =>
  lockOf('desk', 'account', channel, id)
