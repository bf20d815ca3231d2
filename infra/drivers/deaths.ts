// Processes that died, noticed by those that live: what the dead held is let go at once, instead of when its lease or its session ends.
//
// Who is missing at the database twice, half a second apart, is taken for dead. A process that lives though its session broke loses what it
// held, as one does that was frozen; whatever is let go here must be safe to let go wrongly. Where the database cannot tell, time decides.
import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../../core/errors.ts'
import type { Logger } from '../../core/ports/edges.ts'
import type { Presence } from './database-presence.ts'

export interface Heir {
  /** For a line of the log. */
  readonly of: string
  /** Marks of all that hold something now, dead or alive: asked for at first, since some may have died before anybody looked. */
  holders(): Promise<ReadonlySet<string>>
  /** Lets go what these held. A throw: it is tried again. */
  bury(dead: ReadonlySet<string>): Promise<void>
}

const lookEveryMs = 1_000
/** Who is missing is looked for once more before it is believed. */
const lookAgainMs = 500

/** Until the signal. Each process does this: the last one left still can. */
export async function watchDeaths(
  { presence, log }: { readonly presence: Pick<Presence, 'alive'>; readonly log: Logger },
  heir: Heir,
  signal: AbortSignal,
): Promise<void> {
  const watch = makeWatch(presence, heir)
  while (!signal.aborted) {
    const someMissing = await watch.look().catch((error: unknown) => {
      log.debug('Could not look whether processes have died.', { holding: heir.of, why: messageOf(error) })
      return false
    })
    await pause(someMissing ? lookAgainMs : lookEveryMs, null, { signal }).catch(() => undefined)
  }
}

/** One look after the other; each says whether somebody was missing. */
export function makeWatch(presence: Pick<Presence, 'alive'>, heir: Heir): { look(): Promise<boolean> } {
  let known: ReadonlySet<string> | null = null
  let missing: ReadonlySet<string> = new Set()
  return {
    async look() {
      const alive = await presence.alive()
      if (alive === null) {
        known = null
        missing = new Set()
        return false
      }
      const before: ReadonlySet<string> = known ?? (await heir.holders())
      const dead = before.difference(alive).intersection(missing)
      if (dead.size > 0) await heir.bury(dead)
      missing = before.difference(alive).difference(dead)
      known = alive.union(missing)
      return missing.size > 0
    },
  }
}
