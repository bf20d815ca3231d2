// Why this agent: a sentence for people, and the same for programs.
import type { HeldRow, Need } from '../../ports/desk-rows.ts'
import type { Desk } from '../../ports/desk.ts'
import type { Because, MatchedTest } from '../../../schemas/because.ts'
import { loadOf, room, type Chair } from './chairs.ts'
import type { Asked } from './choose.ts'

export interface Choice {
  readonly need: Need
  readonly ticket: HeldRow
  readonly asked: Asked
  readonly chair: Chair
  /** Those who were asked, as they were. */
  readonly chairs: readonly Chair[]
  readonly desk: Desk
}
export interface Reason {
  readonly why: string
  readonly because: Because
}

export function reasonOf(choice: Choice): Reason {
  const { by, name, begins } = groundsOf(choice)
  const load = loadOf(choice.chair, choice.need.isLive)
  const free = choice.chairs.filter((it) => room(it, choice.need) > 0).length
  const tests: MatchedTest[] = [{ field: 'agent.load', op: 'least_of', value: free, found: load }]
  if (choice.need.language !== null && by === 'language')
    tests.push({
      field: 'agent.languages',
      op: 'has',
      value: choice.need.language,
      found: choice.chair.agent.languages,
    })
  return { why: `${begins}${sizeOf(choice, free, load)}`, because: { rule: null, by, name, tests } }
}

function sizeOf({ asked, chair, need }: Choice, free: number, load: number): string {
  if (asked.found === 'agent') return '.'
  const has = `${chair.agent.name} has ${load} ${need.isLive ? 'live conversations' : 'tickets'}`
  return free === 1
    ? ` ${has} and is the only one who is free for it.`
    : ` ${has}, the fewest of ${free} who are free for it.`
}

type Grounds = { readonly by: Because['by']; readonly name: string | null; readonly begins: string }

function groundsOf({ need, ticket, asked, chair, desk }: Choice): Grounds {
  const type = ticket.type === null ? undefined : desk.types.get(ticket.type)
  const named = need.agent === null ? null : (desk.agents.get(need.agent)?.name ?? need.agent)
  switch (asked.found) {
    case 'agent':
      return type?.agent === need.agent
        ? { by: 'type', name: type.name, begins: `Its type ${type.name} is ${chair.agent.name}’s` }
        : { by: 'rule', name: null, begins: `A rule names ${chair.agent.name}` }
    case 'agent-away':
      return {
        by: 'presence',
        name: named,
        begins: need.isLive ? `${named} is not there, and this cannot wait.` : `${named} may not have it.`,
      }
    case 'language':
      return { by: 'language', name: need.language, begins: `Written in ${need.language}.` }
    case 'language-away':
      return { by: 'presence', name: need.language, begins: `Nobody who speaks ${need.language} is online.` }
    case 'group-away': {
      const group = need.group === null ? null : (desk.groups.get(need.group)?.name ?? need.group)
      return { by: 'presence', name: group, begins: `Nobody of the group ${group} is online.` }
    }
    case 'group':
      return ofGroup(need, type, desk)
    case 'anyone':
      return { by: 'queue', name: null, begins: 'It was the first to wait.' }
  }
}

function ofGroup(
  { group }: Need,
  type: { readonly name: string; readonly group: string | null } | undefined,
  desk: Desk,
): Grounds {
  const row = group === null ? undefined : desk.groups.get(group)
  const name = row?.name ?? group
  if (type !== undefined && type.group === group)
    return { by: 'type', name: type.name, begins: `Its type ${type.name} is of the group ${name}.` }
  return { by: row?.isDefault === true ? 'default_group' : 'rule', name, begins: `It is of the group ${name}.` }
}

/** Why somebody's live conversations go back. */
export const awayBecause = (agent: string, desk: Desk): Reason => {
  const row = desk.agents.get(agent)
  const name = row?.name ?? agent
  const isGone = row?.isActive === false
  const test = isGone
    ? { field: 'agent.isActive', op: 'is_false', found: false }
    : { field: 'agent.presence', op: 'is', value: 'offline', found: 'offline' }
  return {
    why: isGone
      ? `${name} is not active any more.`
      : `${name} went offline; live conversations go to somebody who is there.`,
    because: { rule: null, by: 'presence', name, tests: [test] },
  }
}
