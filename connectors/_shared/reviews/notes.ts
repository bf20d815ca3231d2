// What a poll of reviews remembers beside the reviews: how far it read, when it may call again, what it said of the account, what it spent.
import type { Keep } from '../../../core/ports/channel.ts'
import type { Instant } from '../../../schemas/ids.ts'

export interface Notes {
  /** Nothing older is brought in; set by the first look. */
  since: Instant | null
  /** The list was read to its end. */
  readAt: Instant | null
  deepAt: Instant | null
  /** Farther than deep, where a store has such a walk. */
  farAt: Instant | null
  highWater: Instant | null
  /** Newest change met on this walk; becomes the high water when the walk is over. */
  newest: Instant | null
  notBefore: Instant | null
  failures: number
  said: 'auth_failed' | 'degraded' | null
  gapUntil: Instant | null
  /** Calls by minute of the last hour: [minute since 1970, calls]. */
  spent: readonly (readonly [minute: number, calls: number])[]
}

const empty: Notes = {
  since: null,
  readAt: null,
  deepAt: null,
  farAt: null,
  highWater: null,
  newest: null,
  notBefore: null,
  failures: 0,
  said: null,
  gapUntil: null,
  spent: [],
}

export async function openNotes(keep: Keep): Promise<Notes> {
  const kept = await keep.get('notes')
  return { ...empty, ...(kept === null ? {} : (JSON.parse(kept) as Partial<Notes>)) }
}
export const noted = (notes: Notes): Readonly<Record<string, string>> => ({ notes: JSON.stringify(notes) })
