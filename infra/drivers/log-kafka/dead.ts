// Members whose process has died are led out of their groups. Else each of them is waited for, a session long, by its partitions and by whoever joins.
//
// A broker learns of a death only by silence, and while members come and go it may wait for one dead member after the other (measured: a
// partition that stood still for three minutes). The database knows at once: the session of a killed process ends with it. A process that is
// led out though it lives, because its session broke, hears of it, and joins again as one that was frozen does.
import type { Admin } from 'kafkajs'
import { messageOf } from '../../../core/errors.ts'
import type { Clock, Logger } from '../../../core/ports/edges.ts'
import type { Presence } from '../database-presence.ts'
import type { Direct } from './direct.ts'

interface Needs {
  readonly presence: Pick<Presence, 'alive'>
  /** With the prefix. */
  readonly groups: () => readonly string[]
  readonly admin: Pick<Admin, 'describeGroups'>
  readonly direct: Pick<Direct, 'dismiss'>
  readonly clock: Clock
  readonly log: Logger
}
interface Found {
  readonly group: string
  readonly memberId: string
  readonly mark: string
}

const lookEveryMs = 1_000
/** Who is missing is looked for once more before it is believed. */
const lookAgainMs = 500

const named = /^inlet-([0-9a-f]{8})$/
export const clientIdOf = (presence: Pick<Presence, 'mark'> | null): string =>
  presence === null ? 'inlet' : `inlet-${presence.mark}`

/** Until the signal. Each process that reads does this: the last one left still can. */
export async function leadOutTheDead(needs: Needs, signal: AbortSignal): Promise<void> {
  const watch = makeWatch(needs)
  while (!signal.aborted) {
    const someMissing = await watch.look().catch((error: unknown) => {
      needs.log.debug('Could not look whether members of the groups have died.', { why: messageOf(error) })
      return false
    })
    await needs.clock.sleep(someMissing ? lookAgainMs : lookEveryMs, signal).catch(() => undefined)
  }
}

/** One look after the other; each says whether somebody was missing. */
export function makeWatch(needs: Needs): { look(): Promise<boolean> } {
  let known: ReadonlySet<string> | null = null
  let missing: ReadonlySet<string> = new Set()
  return {
    async look() {
      const alive = await needs.presence.alive()
      if (alive === null) {
        known = null
        missing = new Set()
        return false
      }
      // At first whoever is a member: some may have died before anybody looked.
      const before: ReadonlySet<string> = known ?? new Set((await membersOf(needs)).map(({ mark }) => mark))
      const dead = before.difference(alive).intersection(missing)
      if (dead.size > 0) await leadOut(dead, needs)
      missing = before.difference(alive).difference(dead)
      known = alive.union(missing)
      return missing.size > 0
    },
  }
}

async function membersOf({ admin, groups }: Needs): Promise<readonly Found[]> {
  const { groups: found } = await admin.describeGroups([...groups()])
  return found.flatMap(({ groupId: group, members }) =>
    members.flatMap(({ clientId, memberId }) => {
      const mark = named.exec(clientId)?.[1]
      return mark === undefined ? [] : [{ group, memberId, mark }]
    }),
  )
}

async function leadOut(dead: ReadonlySet<string>, needs: Needs): Promise<void> {
  const theirs = (await membersOf(needs)).filter(({ mark }) => dead.has(mark))
  await Promise.all(theirs.map(({ group, memberId }) => needs.direct.dismiss(group, memberId)))
  if (theirs.length > 0)
    needs.log.info('Members of groups whose process died were taken out of them; the others go on at once.', {
      processes: dead.size,
      members: theirs.length,
    })
}
