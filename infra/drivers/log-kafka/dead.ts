// Members whose process has died are led out of their groups. Else each of them is waited for, a session long, by its partitions and by whoever joins.
//
// A broker learns of a death only by silence, and while members come and go it may wait for one dead member after the other (measured: a
// partition that stood still for three minutes). The database knows at once (`deaths.ts`). A process that is led out though it lives, because
// its session broke, hears of it, and joins again as one that was frozen does.
import type { Admin } from 'kafkajs'
import type { Logger } from '../../../core/ports/edges.ts'
import type { Presence } from '../database-presence.ts'
import type { Heir } from '../deaths.ts'
import type { Direct } from './direct.ts'

interface Needs {
  /** With the prefix. */
  readonly groups: () => readonly string[]
  readonly admin: Pick<Admin, 'describeGroups'>
  readonly direct: Pick<Direct, 'dismiss'>
  readonly log: Logger
}
interface Found {
  readonly group: string
  readonly memberId: string
  readonly mark: string
}

const named = /^inlet-([0-9a-f]{8})$/
export const clientIdOf = (presence: Pick<Presence, 'mark'> | null): string =>
  presence === null ? 'inlet' : `inlet-${presence.mark}`

export const heirOfMembers = (needs: Needs): Heir => ({
  of: 'members of groups',
  holders: async () => new Set((await membersOf(needs)).map(({ mark }) => mark)),
  bury: (dead) => leadOut(dead, needs),
})

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
