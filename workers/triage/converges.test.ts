// Whatever order events come in and however often, a ticket ends with the same fields, in the same line, with the same said of it.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { RuleRow } from '../../core/ports/desk-rows.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import { after } from '../../test/support/given.ts'
import { seed } from '../../test/support/seed.ts'
import { ruleRow } from '../../test/support/desk-given.ts'
import { triageWorld } from '../../test/support/triage-world.ts'

const contains = (value: string): RuleRow['when'] => ({ field: 'message.text', op: 'contains', value })
const rules = [
  ruleRow('angry', { weight: 1, when: contains('never'), then: { priority: 'urgent', tags: ['angry'] } }),
  ruleRow('refund', {
    weight: 2,
    when: contains('refund'),
    then: { priority: 'high', tags: ['money'], folders: ['money'] },
  }),
  ruleRow('again', { on: 'message', when: contains('again'), then: { tags: ['again'], folders: ['loud'] } }),
  ruleRow('typed', { on: 'changed', fields: ['type'], then: { topic: 'late', tags: ['typed'] } }),
  ruleRow('late', { on: 'time', after: { minutes: 30, since: 'createdAt' }, then: { tags: ['late'] } }),
  ruleRow('silent', {
    on: 'time',
    after: { minutes: 30, since: 'lastCustomerMessageAt' },
    then: { folders: ['loud'] },
  }),
]
const catalogue = [
  { what: 'type', key: 'refund', name: 'Refund', brands: null, group: 'refunds', agent: null, version: 1 },
  { what: 'topic', key: 'late', name: 'Late', brands: null, group: null, agent: null, version: 1 },
] as const

/** A desk with a ticket, three messages of its customer and a type that an agent gave it; and the events that tell of these. */
function given() {
  const on = triageWorld({ rules, catalogue, folders: ['money', 'loud'], groups: ['refunds'], agents: [] })
  const { ticket, events } = on.written('m1', 'I want a refund and never come here')
  const more = ['m2', 'm3'].map((name, n) => on.said(ticket, name, `${name} again and again`, after({ minutes: n })))
  on.set(ticket, { type: 'refund' })
  const typed = on.from(
    [{ type: 'ticket.type_changed', key: ticket, subject: ticket, data: { ticket, from: null, to: 'refund' } }],
    null,
    { actor: { kind: 'agent', id: 'agent-7' } },
  )
  const wake = (n: number) => on.woken('rule_time', ticket, after({ minutes: 40 + n }))
  return { on, ticket, events: [...events, ...more, ...typed, wake(0), wake(1)] as readonly AnyEvent[] }
}

async function run(order: readonly number[]) {
  const { on, ticket, events } = given()
  for (const at of order) await on.hear(events[at]!, after({ days: 1 }))
  const { version: _, updatedAt: __, tags, folders, ...row } = on.ticket(ticket)
  return {
    ticket: { ...row, tags: tags.toSorted(), folders: folders.toSorted() },
    waiting: on.waiting(),
    wakes: on.wakes(),
    hours: [...on.world.hours].toSorted(),
    told: on
      .told('ticket.tagged')
      .map(({ tag }) => tag)
      .toSorted(),
    priorities: on.told('ticket.priority_changed').map(({ to }) => to),
    groups: on.told('ticket.assigned').map(({ to }) => to),
    opened: on.told('ticket.triaged').filter(({ on: about }) => about === 'created').length,
  }
}

it('G4 G7 G13 triage comes to one end, whatever order events come in, late, repeated, or set aside and asked again', async () => {
  const places = given().events.map((_, at) => at)
  const expected = await run(places)
  expect(expected).toMatchObject({
    ticket: { priority: 'urgent', type: 'refund', topic: 'late', group: 'refunds', folders: ['loud', 'money'] },
    told: ['again', 'angry', 'late', 'money', 'typed'],
    priorities: ['urgent'],
    groups: ['refunds'],
    opened: 1,
  })
  const orders = fc.shuffledSubarray(places, { minLength: places.length })
  await fc.assert(
    fc.asyncProperty(orders, fc.array(fc.constantFrom(...places), { maxLength: 5 }), async (order, repeats) => {
      expect(await run([...order, ...repeats])).toEqual(expected)
    }),
    { seed, numRuns: 60 },
  )
})

it('P14 any set of rules that answer each other comes to an end, each rule asked at most once on the way', async () => {
  const words = ['low', 'normal', 'high', 'urgent'] as const
  const fields = ['priority', 'tags', 'topic'] as const
  const rule = fc.record({
    from: fc.constantFrom(...words),
    to: fc.constantFrom(...words),
    field: fc.constantFrom(...fields),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 12 }), async (asked) => {
      const on = triageWorld({
        catalogue,
        rules: asked.map(({ from, to, field }, n) =>
          ruleRow(`r${n}`, {
            on: 'changed',
            fields: [field, 'priority'],
            when: { field: 'ticket.priority', op: 'is', value: from },
            then: { priority: to, tags: [`${to}${n}`], topic: 'late' },
          }),
        ),
      })
      const ticket = await on.writes('m1', 'Merhaba')
      await on.changes(ticket, { priority: 'high' })
      for (const { data } of on.world.events) {
        const because = 'because' in data ? data.because : undefined
        const chain = [...(because?.after ?? []), because?.rule ?? '']
        expect(chain.length).toBeLessThanOrEqual(3)
        expect(new Set(chain).size).toBe(chain.length)
      }
    }),
    { seed, numRuns: 50 },
  )
})
