// An item that cannot be read, as a value: where in the bytes it lies and why, so that its neighbours are read all the same (G6).
import { createHash } from 'node:crypto'

/** What could not be read, and where below the item. A value, not an exception: it becomes a quarantined event. */
export interface Unread {
  readonly unread: string
  readonly below: string
}
export const unread = (below: string, why: string): Unread => ({ unread: why, below })
export const isUnread = (value: object): value is Unread => Object.hasOwn(value, 'unread')

/** Tells two facts of one second apart. Bytes of a retried call are the same, so their digest is. */
export const digestOf = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(value) ?? 'undefined')
    .digest('hex')
    .slice(0, 16)
