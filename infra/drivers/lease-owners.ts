// Owners of leases are named after their process, so that what one held is let go when it has died.
import { randomUUID } from 'node:crypto'
import type { Leases } from '../../core/ports/queues.ts'
import type { Presence } from './database-presence.ts'
import type { Heir } from './deaths.ts'

export const leaseOwner = ({ mark }: Pick<Presence, 'mark'>): string => `${mark}-${randomUUID()}`

/** Null: of a release that did not name its process. Its leases end by time. */
const markOf = (owner: string): string | null => /^([0-9a-f]{8})-[0-9a-f]{8}-/.exec(owner)?.[1] ?? null

export const heirOfLeases = (leases: Pick<Leases, 'owners' | 'releaseAll'>): Heir => ({
  of: 'leases',
  holders: async () => new Set((await leases.owners()).flatMap((owner) => markOf(owner) ?? [])),
  bury: async (dead) => leases.releaseAll((await leases.owners()).filter((owner) => dead.has(markOf(owner) ?? ''))),
})
