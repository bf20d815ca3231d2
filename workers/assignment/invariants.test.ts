// Whatever comes, goes and is done, in whatever order: what must hold of who gets what, each step compared with a naive reading of the rows.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChannelName, TicketId } from '../../schemas/ids.ts'
import { presences, type Presence } from '../../schemas/agent.ts'
import { priorities } from '../../schemas/ticket.ts'
import type { AgentRow, WaitingRow } from '../../core/ports/desk-rows.ts'
import { agentRow } from '../../test/support/desk-given.ts'
import { assignWorld, type AssignWorld, type Waits } from '../../test/support/assign-world.ts'
import { seed } from '../../test/support/seed.ts'

const channels = ['pigeon', 'gull'] as ChannelName[]
const names = ['ada', 'bea', 'cem', 'dia'] as const
const maybe = <T>(of: readonly T[]) => fc.option(fc.constantFrom(...of), { nil: null, freq: 2 })

const agentOf = (name: string): fc.Arbitrary<AgentRow> =>
  fc
    .record({
      channels: maybe([['pigeon'], ['gull']]),
      brands: maybe([['shop'], ['bank']]),
      languages: fc.subarray(['fr', 'tr-TR']),
      groups: fc.subarray(['vip', 'returns']),
      capacity: fc.constantFrom<AgentRow['capacity']>(
        {},
        { pigeon: 1 },
        { '*': 2 },
        { gull: 0 },
        { pigeon: 3, '*': 1 },
      ),
    })
    .map((more) => agentRow(name, more))
const agents = fc.tuple(...names.map(agentOf))
const waits: fc.Arbitrary<Waits> = fc.record({
  channel: fc.constantFrom(...channels),
  brand: maybe(['shop', 'bank']),
  language: maybe(['fr', 'fr-CA', 'tr']),
  isLive: fc.boolean(),
  priority: fc.constantFrom(...priorities),
  group: maybe(['vip', 'returns']),
  isGroupByLanguage: fc.boolean(),
  agent: fc.option(fc.constantFrom(...names), { nil: null, freq: 1 }),
})
type Step =
  | { readonly is: 'arrives'; readonly waits: Waits }
  | { readonly is: 'done'; readonly which: number }
  | { readonly is: 'goes'; readonly who: string; readonly to: Presence }
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: waits.map((it): Step => ({ is: 'arrives', waits: it })) },
    { weight: 3, arbitrary: fc.nat().map((which): Step => ({ is: 'done', which })) },
    {
      weight: 2,
      arbitrary: fc
        .record({ who: fc.constantFrom(...names), to: fc.constantFrom(...presences) })
        .map((it): Step => ({ is: 'goes', ...it })),
    },
  ),
  { minLength: 5, maxLength: 40 },
)

async function takeStep(on: AssignWorld, step: Step, n: number): Promise<void> {
  if (step.is === 'arrives') await on.arrives(`t${n}`, step.waits)
  else if (step.is === 'goes') await on.goes(step.who, step.to)
  else {
    const held = names.flatMap((name) => on.held(name))
    const ticket = held[step.which % Math.max(1, held.length)]
    if (ticket !== undefined) await on.becomes(ticket, 'resolved')
  }
}

// ── the rows, read naively ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
const isOnline = (on: AssignWorld, name: string): boolean => on.world.presences.get(name)?.presence === 'online'
const capOf = (agent: AgentRow, channel: string): number | undefined => agent.capacity[channel] ?? agent.capacity['*']
const maySee = (agent: AgentRow, row: WaitingRow): boolean =>
  (agent.channels?.includes(row.channel) ?? true) &&
  (agent.brands === null || (row.brand !== null && agent.brands.includes(row.brand))) &&
  capOf(agent, row.channel) !== 0
const short = (language: string): string => language.slice(0, 2)

function whoMayHave(on: AssignWorld, row: WaitingRow): readonly AgentRow[] {
  const all = on.world.desk.agents.filter((agent) => maySee(agent, row))
  const named = all.filter((agent) => agent.id === row.agent && (!row.isLive || isOnline(on, agent.id)))
  if (named.length > 0) return named
  const there = all.filter((agent) => isOnline(on, agent.id))
  const ofGroup = there.filter((agent) => row.group === null || agent.groups.includes(row.group))
  const asked = ofGroup.length === 0 && row.isGroupByLanguage ? there : ofGroup
  const speak = asked.filter(
    (it) => row.language !== null && it.languages.some((one) => short(one) === short(row.language!)),
  )
  return speak.length > 0 ? speak : asked
}
function hasRoom(on: AssignWorld, agent: AgentRow, row: WaitingRow): boolean {
  const held = on.held(agent.id).map((id) => on.world.tickets.get(id)!)
  const cap = capOf(agent, row.channel)
  if (cap !== undefined) return held.filter((it) => it.channel === row.channel).length < cap
  if (!row.isLive) return true
  const live = held.filter((it) => isLive(on, it.id) && capOf(agent, it.channel!) === undefined)
  return live.length < 5
}
const isLive = (on: AssignWorld, ticket: TicketId): boolean =>
  on.world.conversations.get(on.world.tickets.get(ticket)!.conversation!)?.kind === 'dm'
const rank = (row: WaitingRow) => `${priorities.indexOf(row.priority)} ${row.since}`
const sameNeed = (a: WaitingRow, b: WaitingRow): boolean =>
  (['channel', 'brand', 'isLive', 'group', 'isGroupByLanguage', 'agent'] as const).every((it) => a[it] === b[it]) &&
  (a.language === null ? null : short(a.language)) === (b.language === null ? null : short(b.language))

function checkCaps(on: AssignWorld): void {
  for (const agent of on.world.desk.agents) {
    const held = on.held(agent.id).map((id) => on.world.tickets.get(id)!)
    for (const channel of channels) {
      const n = held.filter((it) => it.channel === channel).length
      expect(n).toBeLessThanOrEqual(capOf(agent, channel) ?? Number.POSITIVE_INFINITY)
    }
    expect(
      held.filter((it) => isLive(on, it.id) && capOf(agent, it.channel!) === undefined).length,
    ).toBeLessThanOrEqual(5)
  }
}
function checkNobodyWaitsInVain(on: AssignWorld): void {
  for (const row of on.world.waiting.values())
    expect(whoMayHave(on, row).filter((agent) => hasRoom(on, agent, row))).toEqual([])
}
function checkGiven(on: AssignWorld, eventsBefore: number): void {
  for (const event of on.world.events.slice(eventsBefore)) {
    if (event.type !== 'ticket.assigned') continue
    const { ticket, to } = event.data
    const row = on.rows.get(ticket)!
    const other = [...on.world.waiting.values()].filter((it) => sameNeed(it, row) && rank(it) < rank(row))
    expect(other).toEqual([])
    expect(whoMayHave(on, row).map(({ id }) => id)).toContain(to)
  }
}

describe(`who gets what, seed ${seed}`, () => {
  it('P15 B10 B11 D43 D44 D47 no cap is passed, nobody gets what is not theirs, the first of equals is first, and nobody waits in vain', async () => {
    await fc.assert(
      fc.asyncProperty(agents, steps, async (people, all) => {
        const on = assignWorld()
        on.hire(...people)
        for (const [n, step] of all.entries()) {
          const eventsBefore = on.world.events.length
          await takeStep(on, step, n)
          checkCaps(on)
          checkNobodyWaitsInVain(on)
          checkGiven(on, eventsBefore)
        }
      }),
      { seed, numRuns: 150 },
    )
  })

  it('P15 equal agents have equally many, one more or less', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        async (many, n, live) => {
          const on = assignWorld()
          const people = Array.from({ length: many }, (_, at) => agentRow(`a${at}`))
          on.hire(...people)
          for (let at = 0; at < n; at += 1) await on.arrives(`t${at}`, { isLive: live })
          const loads = people.map(({ id }) => on.held(id).length)
          expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)
          expect(loads.reduce((a, b) => a + b)).toBe(live ? Math.min(n, many * 5) : n)
        },
      ),
      { seed, numRuns: 40 },
    )
  })

  it('the same events make the same choices', async () => {
    await fc.assert(
      fc.asyncProperty(agents, steps, async (people, all) => {
        const run = async (): Promise<unknown> => {
          const on = assignWorld()
          on.hire(...people)
          for (const [n, step] of all.entries()) await takeStep(on, step, n)
          return on.world.events
        }
        expect(await run()).toEqual(await run())
      }),
      { seed, numRuns: 30 },
    )
  })
})
