// Which of the chairs one need is for, and why; and of several the least loaded, a tie broken by a seed (D13, D43, D44, B10).
import type { Need } from '../../ports/desk-rows.ts'
import { isOfGroup, isTheirs, loadOf, room, speaks, type Chair } from './chairs.ts'

/** How the ones who are asked were found. */
export type Found =
  /** Named by a rule or a type. */
  | 'agent'
  /** One was named, and is not there. */
  | 'agent-away'
  | 'language'
  /** None of the language is there. */
  | 'language-away'
  /** Its group was chosen by language alone, and none of it is there. */
  | 'group-away'
  | 'group'
  | 'anyone'
export interface Asked {
  readonly chairs: readonly Chair[]
  readonly found: Found
}

/**
 * Who may have it, whether they have room or not: while one of them is there it waits for them (B10), and nobody else gets it.
 *
 * - A ticket that was given to one agent by name lies in their list, there or not; a live conversation cannot wait for somebody who is not
 *   there, so others of the group may have it. Somebody who is there and full is waited for in both.
 * - Of a language: who speaks it, while any of them is online, busy or not. Only when all of them are away is the language passed by (D44), or the group that a
 *   rule chose by language alone. Away is everything but online: somebody on a break takes nothing new, and a customer should not wait for the end of it.
 */
export function askedFor(need: Need, chairs: readonly Chair[]): Asked {
  const named = need.agent === null ? undefined : chairs.find(({ agent }) => agent.id === need.agent)
  if (named !== undefined && isTheirs(named.agent, need) && (!need.isLive || isThere(named)))
    return { chairs: [named], found: 'agent' }
  const there = chairs.filter((it) => isThere(it) && isTheirs(it.agent, need))
  const ofGroup = there.filter(({ agent }) => isOfGroup(agent, need.group))
  const isPassedBy = need.isGroupByLanguage && ofGroup.length === 0
  const all = isPassedBy ? there : ofGroup
  const { language } = need
  const speakers = language === null ? [] : all.filter(({ agent }) => speaks(agent, language))
  if (speakers.length > 0) return { chairs: speakers, found: need.agent === null ? 'language' : 'agent-away' }
  if (need.agent !== null) return { chairs: all, found: 'agent-away' }
  if (isPassedBy) return { chairs: all, found: 'group-away' }
  if (language !== null) return { chairs: all, found: 'language-away' }
  return { chairs: all, found: need.group === null ? 'anyone' : 'group' }
}
const isThere = ({ seat }: Chair): boolean => seat.presence === 'online'

/** The least loaded of those with room; null: none has. The same seed, the same choice. */
export function leastLoaded(need: Need, asked: readonly Chair[], seed: string): Chair | null {
  let best: Chair | null = null
  let [least, lot] = [Number.POSITIVE_INFINITY, 0]
  for (const chair of asked) {
    if (room(chair, need) <= 0) continue
    const load = loadOf(chair, need.isLive)
    if (load > least) continue
    const drawn = drawnBy(`${seed}\n${chair.agent.id}`)
    if (load === least && drawn >= lot) continue
    ;[best, least, lot] = [chair, load, drawn]
  }
  return best
}

/** FNV-1a with a last stir: no secret, only no order that anybody would be favoured by. */
function drawnBy(words: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < words.length; at += 1) hash = Math.imul(hash ^ words.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
  return (hash ^ (hash >>> 15)) >>> 0
}
