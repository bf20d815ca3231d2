// What becomes of a ticket without a person, case by case, on rows in memory.
import { describe, expect, it } from 'vitest'
import type { RuleRow } from '../../core/ports/desk-rows.ts'
import { after } from '../../test/support/given.ts'
import { ruleRow } from '../../test/support/desk-given.ts'
import { triageWorld } from '../../test/support/triage-world.ts'

const contains = (value: string): RuleRow['when'] => ({ field: 'message.text', op: 'contains', value })

describe('a ticket that is opened', () => {
  it('D15 no rule: low, nobody’s, and told once', async () => {
    const on = triageWorld()
    const ticket = await on.writes('m1', 'Merhaba')
    expect(on.ticket(ticket)).toMatchObject({ priority: 'low', group: null, assignee: null })
    expect(on.told('ticket.triaged')).toEqual([
      expect.objectContaining({ ticket, on: 'created', priority: 'low', rules: [] }),
    ])
  })

  it('3.5 the first rule decides a single value, tags and folders of all add up, each with its why', async () => {
    const on = triageWorld({
      folders: ['money', 'anger'],
      rules: [
        ruleRow('b', {
          weight: 1,
          when: contains('refund'),
          then: { priority: 'high', tags: ['money'], folders: ['money'] },
        }),
        ruleRow('a', {
          weight: 2,
          when: contains('never'),
          then: { priority: 'urgent', tags: ['angry', 'Money'], folders: ['anger', 'money'] },
        }),
      ],
    })
    const ticket = await on.writes('m1', 'I want a refund, never again')
    expect(on.ticket(ticket)).toMatchObject({ priority: 'high', tags: ['money', 'angry'], folders: ['money', 'anger'] })
    const [raised] = on.events('ticket.priority_changed')
    expect(raised).toMatchObject({
      actor: { kind: 'rule', id: 'b' },
      data: {
        from: 'low',
        to: 'high',
        why: 'Rule “Rule b”: message.text contains “refund” (found “I want a refund, never again”)',
        because: {
          rule: 'b',
          by: 'rule',
          name: 'Rule b',
          tests: [{ field: 'message.text', op: 'contains', value: 'refund' }],
        },
      },
    })
    expect(on.told('ticket.triaged')[0]?.rules).toEqual([
      { rule: 'b', did: ['priority', 'tags', 'folders'] },
      { rule: 'a', did: ['tags', 'folders'] },
    ])
  })

  it('3.5 the first rule that names a status decides it, also where the ticket stands there already', async () => {
    const on = triageWorld({
      rules: [
        ruleRow('vip', {
          weight: 1,
          on: 'changed',
          fields: ['tags'],
          when: { field: 'ticket.tags', op: 'has', value: 'vip' },
          then: { status: 'open' },
        }),
        ruleRow('rest', { weight: 2, on: 'changed', fields: ['tags'], then: { status: 'on_hold' } }),
      ],
    })
    const ticket = await on.writes('m1', 'hello', { status: 'open', category: 'open' })
    await on.changes(ticket, { tags: ['vip'] })
    expect(on.ticket(ticket).status).toBe('open')
    await on.changes(ticket, { tags: [] })
    expect(on.ticket(ticket).status).toBe('on_hold')
  })

  it('P14 no rule sees what another one does', async () => {
    const on = triageWorld({
      rules: [
        ruleRow('a', { when: contains('refund'), then: { priority: 'high' } }),
        ruleRow('b', { when: { field: 'ticket.priority', op: 'is', value: 'high' }, then: { tags: ['seen'] } }),
      ],
    })
    expect(on.ticket(await on.writes('m1', 'refund'))).toMatchObject({ priority: 'high', tags: [] })
  })

  it('D13 what its opener said stands, whatever rules say', async () => {
    const on = triageWorld({
      groups: ['vip', 'rest'],
      rules: [ruleRow('a', { then: { priority: 'high', group: 'rest' } })],
    })
    const ticket = await on.opens({ priority: 'urgent', group: 'vip', origin: 'agent' })
    expect(on.ticket(ticket)).toMatchObject({ priority: 'urgent', group: 'vip' })
  })

  it('G7 what a person set before triage came to it stands', async () => {
    const on = triageWorld({ rules: [ruleRow('a', { then: { priority: 'high' } })] })
    const { ticket, run } = on.written('m1', 'Merhaba')
    on.set(ticket, { priority: 'urgent' })
    await run()
    expect(on.ticket(ticket).priority).toBe('urgent')
  })

  it('G4 the message that opened it is not triaged once more', async () => {
    const on = triageWorld({ rules: [ruleRow('a', { on: 'message', then: { tags: ['again'] } })] })
    const ticket = await on.writes('m1', 'Merhaba')
    expect(on.ticket(ticket).tags).toEqual([])
    await on.adds(ticket, 'm2', 'Orada mısınız?')
    expect(on.ticket(ticket).tags).toEqual(['again'])
  })
})

describe('a message on a ticket that was there', () => {
  it('D71 says the language that nothing said before it, and moves one that is known no more', async () => {
    const on = triageWorld()
    const ticket = await on.writes('m1', '👍')
    expect(on.ticket(ticket).language).toBeNull()
    await on.adds(ticket, 'm2', 'Bonjour, je voudrais savoir où est ma commande')
    expect(on.ticket(ticket).language).toBe('fr')
    await on.adds(ticket, 'm3', 'Hello, I would like to know where my order is')
    expect(on.ticket(ticket).language).toBe('fr')
    expect(on.told('ticket.triaged').at(-1)?.detected).toMatchObject({ language: 'fr' })
  })

  it('D71 a language that a rule says is on the ticket by its tag, however the rule was typed', async () => {
    const on = triageWorld({ rules: [ruleRow('a', { then: { language: 'PT-br' } })] })
    expect(on.ticket(await on.writes('m1', 'Oi')).language).toBe('pt-BR')
  })

  it('B3 adds tags and folders; status, priority, group and agent are for a ticket that it opens', async () => {
    const then: RuleRow['then'] = {
      tags: ['more'],
      folders: ['money'],
      priority: 'urgent',
      group: 'vip',
      agent: 'ada',
      status: 'on_hold',
    }
    const on = triageWorld({
      folders: ['money'],
      groups: ['vip'],
      agents: ['ada'],
      rules: [ruleRow('a', { on: 'message', then })],
    })
    const ticket = await on.writes('m1', 'Merhaba')
    const before = on.ticket(ticket)
    await on.adds(ticket, 'm2', 'refund')
    expect(on.ticket(ticket)).toMatchObject({
      ...before,
      tags: ['more'],
      folders: ['money'],
      version: expect.any(Number),
      updatedAt: expect.any(String),
    })
  })
})

describe('rules that answer rules', () => {
  const chase = (id: string, from: string, to: 'high' | 'urgent' | 'normal' | 'low') =>
    ruleRow(id, {
      on: 'changed',
      fields: ['priority'],
      when: { field: 'ticket.priority', op: 'is', value: from },
      then: { priority: to },
    })

  it('P14 two that undo each other end, each asked once', async () => {
    const on = triageWorld({ rules: [chase('up', 'low', 'high'), chase('down', 'high', 'low')] })
    const ticket = await on.writes('m1', 'Merhaba')
    await on.changes(ticket, { priority: 'high' })
    expect(on.events('ticket.priority_changed').map(({ actor, data }) => [actor.id, data.to])).toEqual([
      ['agent-7', 'high'],
      ['down', 'low'],
      ['up', 'high'],
    ])
  })

  it('P14 a row of rules that each wait for the one before ends with the third', async () => {
    const steps = ['normal', 'high', 'urgent', 'low'] as const
    const on = triageWorld({
      rules: [
        chase('one', 'normal', 'high'),
        chase('two', 'high', 'urgent'),
        chase('three', 'urgent', 'low'),
        chase('four', 'low', 'normal'),
      ],
    })
    const ticket = await on.writes('m1', 'Merhaba')
    await on.changes(ticket, { priority: 'normal' })
    expect(on.events('ticket.priority_changed').map(({ data }) => data.to)).toEqual([...steps])
    expect(on.events('ticket.priority_changed').at(-1)?.data.because?.after).toEqual(['one', 'two'])
  })
})

describe('rules of time', () => {
  const hour = (id: string, minutes: number, more: Partial<RuleRow> = {}) =>
    ruleRow(id, { on: 'time', after: { minutes, since: 'lastCustomerMessageAt' }, then: { tags: [id] }, ...more })

  it('B13 one wake-up a ticket; a rule fires once at a value of its clock, and again at the next', async () => {
    const on = triageWorld({ rules: [hour('soon', 30), hour('late', 60)] })
    const ticket = await on.writes('m1', 'Merhaba')
    expect(on.wakes()).toEqual([['rule_time', after({ minutes: 30 })]])
    await on.wake(after({ minutes: 30 }))
    expect(on.ticket(ticket).tags).toEqual(['soon'])
    expect(on.wakes()).toEqual([['rule_time', after({ minutes: 60 })]])
    on.set(ticket, { tags: [] })
    await on.adds(ticket, 'm2', 'Orada mısınız?', after({ minutes: 40 }))
    expect(on.wakes()).toEqual([['rule_time', after({ minutes: 60 })]].map(() => ['rule_time', after({ minutes: 70 })]))
    await on.wake(after({ minutes: 70 }))
    await on.wake(after({ minutes: 70 }))
    expect(on.ticket(ticket).tags).toEqual(['soon'])
    await on.wake(after({ minutes: 100 }))
    expect(on.ticket(ticket).tags).toEqual(['soon', 'late'])
    expect(on.wakes()).toEqual([])
  })
})
