// Why this agent: a sentence for people, and the same for programs.
import type { AgentRow, HeldRow, Need, WaitingRow } from '../../ports/desk-rows.ts'
import type { Desk } from '../../ports/desk.ts'
import type { Because, MatchedTest } from '../../../schemas/because.ts'
import { isTheirs, loadOf, room, type Chair } from './chairs.ts'
import type { Asked } from './choose.ts'
import { maySee } from '../sees.ts'

export interface Choice {
  readonly need: Need
  /** What said whose it is. */
  readonly said: WaitingRow['because']
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
  const { rule = null, tests: found = [], after } = choice.said ?? {}
  const because = { rule, by, name, tests: [...found, ...tests], ...(after === undefined ? {} : { after }) }
  return { why: `${begins}${sizeOf(choice, free, load)}`, because }
}

function sizeOf({ asked, chair, need }: Choice, free: number, load: number): string {
  if (asked.found === 'agent') return '.'
  const has = `${chair.agent.name} has ${load} ${need.isLive ? 'live conversations' : 'tickets'}`
  return free === 1
    ? ` ${has} and is the only one who is free for it.`
    : ` ${has}, the fewest of ${free} who are free for it.`
}

type Grounds = { readonly by: Because['by']; readonly name: string | null; readonly begins: string }

function groundsOf({ need, said, asked, chair, desk }: Choice): Grounds {
  const named = need.agent === null ? null : (desk.agents.get(need.agent)?.name ?? need.agent)
  switch (asked.found) {
    case 'agent':
      return said?.by === 'type'
        ? { by: 'type', name: said.name, begins: `Its type ${said.name} is ${chair.agent.name}’s` }
        : { by: 'rule', name: said?.name ?? null, begins: `${ruleCalled(said)} names ${chair.agent.name}` }
    case 'agent-away':
      return {
        by: 'presence',
        name: named,
        begins: mayHave(need, desk) ? `${named} is not there, and this cannot wait.` : `${named} may not have it.`,
      }
    case 'language':
      return { by: 'language', name: need.language, begins: `Written in ${need.language}.` }
    case 'language-away':
      return need.group === null
        ? { by: 'presence', name: need.language, begins: `Nobody who speaks ${need.language} is online.` }
        : withoutTongue(need, ofGroup(groupName(need, desk), said))
    case 'group-away':
      return {
        by: 'presence',
        name: groupName(need, desk),
        begins: `Nobody of the group ${groupName(need, desk)} is online.`,
      }
    case 'group':
      return ofGroup(groupName(need, desk), said)
    case 'anyone':
      return { by: 'queue', name: null, begins: 'It was the first to wait.' }
  }
}

/** Who was named: only a live conversation goes to others while they may have it. */
function mayHave(need: Need, desk: Desk): boolean {
  const agent = desk.agents.get(need.agent ?? '')
  return agent !== undefined && isTheirs(agent, need)
}

const groupName = ({ group }: Need, desk: Desk): string | null =>
  group === null ? null : (desk.groups.get(group)?.name ?? group)
const ruleCalled = (said: WaitingRow['because']): string =>
  typeof said?.rule === 'string' ? `The rule “${said.name ?? said.rule}”` : 'A rule'

const withoutTongue = ({ language }: Need, { begins, ...grounds }: Grounds): Grounds => ({
  ...grounds,
  begins: `${begins} Nobody of it who speaks ${language} is online.`,
})
/** Where nothing said it, a person did. */
function ofGroup(group: string | null, said: WaitingRow['because']): Grounds {
  const begins = `It is of the group ${group}.`
  if (said?.by === 'type')
    return { by: 'type', name: said.name, begins: `Its type ${said.name} is of the group ${group}.` }
  if (said?.by === 'default_group') return { by: 'default_group', name: group, begins }
  if (typeof said?.rule !== 'string') return { by: 'queue', name: group, begins }
  return { by: 'rule', name: said.name, begins: `${ruleCalled(said)} gives it to the group ${group}.` }
}

/** Why what somebody has goes back. */
export function awayBecause(agent: string, ticket: Pick<HeldRow, 'brand' | 'channel'>, desk: Desk): Reason {
  const row = desk.agents.get(agent)
  const name = row?.name ?? agent
  const { why, test } = leavesFor(row, ticket)
  return { why: `${name} ${why}`, because: { rule: null, by: 'presence', name, tests: [test] } }
}

function leavesFor(row: AgentRow | undefined, ticket: Pick<HeldRow, 'brand' | 'channel'>) {
  if (row?.isActive === false)
    return { why: 'is not active any more.', test: { field: 'agent.isActive', op: 'is_false', found: false } }
  if (row !== undefined && !maySee(row, ticket)) return unseen(row, ticket)
  const test = { field: 'agent.presence', op: 'is', value: 'offline', found: 'offline' }
  return { why: 'went offline; live conversations go to somebody who is there.', test }
}

function unseen({ brands, channels }: AgentRow, { brand, channel }: Pick<HeldRow, 'brand' | 'channel'>) {
  const isBrand = !maySee({ brands, channels: null }, { brand, channel })
  const [field, found, value] = isBrand ? ['agent.brands', brands, brand] : ['agent.channels', channels, channel]
  const what = isBrand ? (brand === null ? 'what has no brand' : `the brand ${brand}`) : `the channel ${channel}`
  return { why: `may not see ${what} any more.`, test: { field, op: 'contains', value, found } }
}
/** Why all that is theirs goes back: they are no agent any more. */
export const goneBecause = ({ id, name }: Pick<AgentRow, 'id' | 'name'>): Reason => ({
  why: `${name} is no agent here any more.`,
  because: { rule: null, by: 'presence', name, tests: [{ field: 'agent.id', op: 'is_not_set', found: id }] },
})
