// Whose topics these are: an installation's id, kept at the broker beside the positions of a group that nobody is a member of.
//
// Not a topic of its own: that would be one more to make by hand where processes may make none, and the rights to groups are there already.
import type { Direct } from './direct.ts'
import { rawTopic } from './record.ts'
import type { Topics } from './topics.ts'

export interface Owner {
  readonly installation: string
  /** Which database speaks: a copy of it is the same installation. */
  readonly database: string
  /** When one of its processes last said so. */
  readonly at: string
}
export interface Owners {
  /** Null where nobody said it, or not for as long as the broker keeps positions (a week). */
  owner(): Promise<Owner | null>
  own(owner: Owner): Promise<void>
  /** By this name an operator takes the mark away. */
  readonly group: string
}

export function ownersIn(direct: Direct, topics: Topics, prefix: string): Owners {
  const group = `${prefix}installation`
  const place = { group, topic: topics.name(rawTopic) }
  return {
    group,
    async owner() {
      const [installation, database, at] = (await direct.note(place))?.split(' ') ?? []
      return installation && database && at ? { installation, database, at } : null
    },
    own: ({ installation, database, at }) => direct.setNote(place, `${installation} ${database} ${at}`),
  }
}
