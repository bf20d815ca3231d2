// What is said of a draft before it is switched on is what triage does when it is: one rule, one ticket, both ways.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { RuleRow } from '../../ports/desk-rows.ts'
import type { TicketRow } from '../../ports/rows.ts'
import { statusCategories, ticketStatuses } from '../../../schemas/ticket.ts'
import type { TicketId } from '../../../schemas/ids.ts'
import type { AnyEvent, NewEvent } from '../../../schemas/events.ts'
import { agentRow, ruleRow } from '../../../test/support/desk-given.ts'
import { after } from '../../../test/support/given.ts'
import { seed } from '../../../test/support/seed.ts'
import { deskRows, triageWorld, type DeskGiven } from '../../../test/support/triage-world.ts'
import { deskReaderOf } from '../../../test/support/world-desk.ts'
import { makeDesk } from '../make-desk.ts'
import { shownStatus } from '../ticket-status.ts'
import { fieldChanged, ticketCreated } from '../ticket-events.ts'
import { tryRule, type Tried } from './try-rule.ts'

const entry = (what: 'type' | 'topic', key: string, more: object = {}) =>
  ({ what, key, name: key, brands: null, group: null, agent: null, version: 1, ...more }) as const
const desk: DeskGiven = {
  groups: [
    { id: 'front', name: 'front', description: null, channels: ['pigeon'], isDefault: true, version: 1 },
    'back',
    'vip',
  ],
  agents: ['ada', agentRow('bob', { isActive: false }), agentRow('cem', { groups: ['vip'] })],
  folders: ['money', 'loud'],
  statuses: [{ key: 'with_carrier', name: 'With the carrier', category: 'waiting', version: 1 }] as never,
  catalogue: [
    entry('type', 'refund', { group: 'back' }),
    entry('type', 'theirs', { brands: ['bank'], group: 'vip' }),
    entry('type', 'plain'),
    entry('topic', 'late'),
    entry('topic', 'abroad', { brands: ['bank'] }),
  ],
}
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 2 })
const priorities = fc.constantFrom('low', 'normal', 'high', 'urgent')
const then = fc
  .record({
    priority: maybe(priorities),
    type: maybe(fc.constantFrom('refund', 'theirs', 'plain', 'gone')),
    topic: maybe(fc.constantFrom('late', 'abroad', 'gone')),
    language: maybe(fc.constantFrom('de', 'tr')),
    status: maybe(fc.constantFrom('open', 'pending', 'on_hold', 'resolved', 'spam', 'with_carrier', 'gone')),
    group: maybe(fc.constantFrom('front', 'back', 'vip', 'gone')),
    agent: maybe(fc.constantFrom('ada', 'bob', 'cem', 'gone')),
    tags: maybe(fc.subarray(['İade', 'IADE', 'x'], { minLength: 1 })),
    folders: maybe(fc.subarray(['money', 'loud', 'gone'], { minLength: 1 })),
  })
  .map((said) => Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as RuleRow['then'])
const subject = (value: string): RuleRow['when'] => ({ field: 'ticket.subject', op: 'contains', value })
const when = fc.constantFrom<RuleRow['when']>(
  null,
  subject('merh'),
  subject('absent'),
  { field: 'ticket.channel', op: 'is', value: 'pigeon' },
  { field: 'message.text', op: 'contains', value: '👍' },
  { field: 'ticket.priority', op: 'is', value: 'low' },
)
const rule = fc
  .record({
    on: fc.constantFrom('created', 'message', 'changed', 'time'),
    fields: fc.constantFrom('priority', 'type'),
    then,
    when,
  })
  .map(({ on, fields, ...more }) =>
    ruleRow('draft', {
      on,
      ...more,
      ...(on === 'changed' ? { fields: [fields] } : {}),
      ...(on === 'time' ? { after: { minutes: 30, since: 'createdAt' } as const } : {}),
    }),
  )
const stands = fc.record({
  origin: fc.constantFrom('customer', 'agent', 'import'),
  status: fc.constantFrom(...ticketStatuses),
  priority: priorities,
  type: fc.constantFrom(null, 'refund', 'theirs', 'plain'),
  topic: fc.constantFrom(null, 'late'),
  language: fc.constantFrom(null, 'tr'),
  tags: fc.constantFrom([], ['iade']),
  folders: fc.constantFrom([], ['loud']),
  group: fc.constantFrom(null, 'front', 'vip'),
  assignee: fc.constantFrom(null, 'ada', 'cem'),
}) as fc.Arbitrary<Partial<TicketRow>>

/** The ticket as it stands when the event of the rule's kind comes to triage, and the event. */
function given(rules: readonly RuleRow[], { on, fields }: RuleRow, ticket: Partial<TicketRow>) {
  const world = triageWorld({ ...desk, rules })
  const category = statusCategories[ticket.status ?? 'new']
  // What a customer opens nobody said anything of.
  const set = on === 'created' && ticket.origin === 'customer' ? {} : { ...ticket, category }
  const { ticket: id, events } = world.written('m1', '👍', set)
  const told = (news: NewEvent, origin: AnyEvent['origin'] = 'live') =>
    world.from([news], null, { actor: { kind: 'agent', id: 'agent-7' }, origin })[0]!
  const row = world.ticket(id)
  const opened =
    row.origin === 'customer' ? events[0]! : told(ticketCreated(row), row.origin === 'import' ? 'import' : 'live')
  const changed = () => told(fieldChanged(row, fields[0] as 'priority', row[fields[0] as 'priority']))
  const event = {
    created: () => opened,
    message: () => world.said(id, 'm2', '👍', after({ minutes: 1 })),
    changed,
    time: () => world.woken('rule_time', id, after({ minutes: 40 })),
  }[on]()
  return { world, id, event }
}

function stateOf({ world }: ReturnType<typeof given>, id: TicketId): Readonly<Record<string, unknown>> {
  const { tags, folders, type, topic, language, priority, group, assignee, ...ticket } = world.ticket(id)
  const named = world.waiting().find((it) => it.ticket === id)?.agent ?? null
  return {
    tags,
    folders,
    type,
    topic,
    language,
    priority,
    group,
    assignee: named ?? assignee,
    status: shownStatus(ticket),
  }
}

async function bothWays(draft: RuleRow, ticket: Partial<TicketRow>) {
  const [on, off] = [given([draft], draft, ticket), given([], draft, ticket)]
  const now = after({ minutes: 40 })
  const [row] = await deskReaderOf(off.world.world).triage.of([{ ticket: off.id, message: null }])
  const tried = tryRule({ rule: draft, desk: makeDesk(deskRows(desk)), now })(row!)
  const before = stateOf(off, off.id)
  await on.world.hear(on.event, now)
  await off.world.hear(off.event, now)
  return { before, tried, with: stateOf(on, on.id), without: stateOf(off, off.id) }
}

it('D15 B3 what trying a rule says would change is what triage commits for the same ticket with that rule alone switched on', async () => {
  let changed = 0
  await fc.assert(
    fc.asyncProperty(rule, stands, async (draft, ticket) => {
      const found = await bothWays(draft, ticket)
      const changes: Tried['changes'] = found.tried?.changes ?? []
      changed += changes.length
      expect(found.tried?.overruled ?? []).toEqual([])
      for (const { field, from, to } of changes)
        expect({ [field]: [from, to] }).toEqual({ [field]: [found.before[field], found.with[field]] })
      const said = changes.map(({ field }) => field)
      const did = Object.keys(found.with).filter(
        (field) => JSON.stringify(found.with[field]) !== JSON.stringify(found.without[field]),
      )
      // What came about without it is not its doing, even where it would have come to the same.
      expect(did.filter((field) => !same(found.before[field], found.with[field]) && !said.includes(field))).toEqual([])
    }),
    { seed, numRuns: 250 },
  )
  expect(changed).toBeGreaterThan(100)
})
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

it('D15 P14 a draft that says low tells what was raised since and would not have been, or which rule raises it still', async () => {
  const raises = ruleRow('raises', { then: { priority: 'high' } })
  const of = async (more: Partial<RuleRow>) => {
    const { world, id } = given([], ruleRow('draft'), {})
    const [row] = await deskReaderOf(world.world).triage.of([{ ticket: id, message: null }])
    const raised = { ...row!, ticket: { ...row!.ticket, priority: 'high' as const } }
    const rule = ruleRow('draft', { then: { priority: 'low' }, ...more })
    const tried = tryRule({ rule, desk: makeDesk(deskRows({ ...desk, rules: [raises] })), now: after({ minutes: 40 }) })
    return [tried(raised)?.changes, tried(row!)?.changes, tried(raised)?.overruled]
  }
  const lowered = [{ field: 'priority', from: 'high', to: 'low' }]
  expect(await of({ weight: -1 })).toEqual([lowered, [], []])
  expect(await of({ id: 'raises' })).toEqual([lowered, [], []])
  expect(await of({ weight: 1 })).toEqual([[], [], [{ field: 'priority', rule: 'raises', name: 'Rule raises' }]])
})

it('D15 P14 a draft behind a rule that says what is so already is overruled by it, as triage lets the first decide', async () => {
  const of = async (then: RuleRow['then'], said: RuleRow['then'], ticket: Partial<TicketRow>) => {
    const changed = { on: 'changed', fields: ['tags'] } as const
    const first = ruleRow('first', { ...changed, weight: 1, then: said })
    const { world, id } = given([], ruleRow('draft'), {})
    const [row] = await deskReaderOf(world.world).triage.of([{ ticket: id, message: null }])
    const rule = ruleRow('draft', { ...changed, weight: 2, then })
    const tried = tryRule({ rule, desk: makeDesk(deskRows({ ...desk, rules: [first] })), now: after({ minutes: 40 }) })
    return tried({ ...row!, ticket: { ...row!.ticket, ...ticket } })
  }
  const overruled = (field: string) => ({ changes: [], overruled: [{ field, rule: 'first', name: 'Rule first' }] })
  expect(await of({ type: 'refund' }, { type: 'plain' }, { type: 'plain' })).toMatchObject({
    changes: [],
    overruled: [
      { field: 'type', rule: 'first' },
      { field: 'group', rule: 'first' },
    ],
  })
  expect(await of({ priority: 'high' }, { priority: 'low' }, { priority: 'low' })).toMatchObject(overruled('priority'))
  const open = { status: 'open', category: 'open' } as const
  expect(await of({ status: 'on_hold' }, { status: 'open' }, open)).toMatchObject(overruled('status'))
  expect(await of({ group: 'back' }, { group: 'vip' }, { group: 'vip' })).toMatchObject(overruled('group'))
})
