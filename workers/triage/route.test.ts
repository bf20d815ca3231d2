// Whose a ticket is, and whether it waits for an agent: the order of what may say so, and the mode of its account.
import { describe, expect, it } from 'vitest'
import type { AccountDesk, CatalogueRow, GroupRow, RuleRow } from '../../core/ports/desk-rows.ts'
import { after, channel, start } from '../../test/support/given.ts'
import { agentRow, ruleRow } from '../../test/support/desk-given.ts'
import { triageWorld } from '../../test/support/triage-world.ts'

const front: GroupRow = {
  id: 'front',
  name: 'Front',
  description: null,
  channels: ['pigeon'],
  isDefault: true,
  version: 1,
}
const typeOf = (key: string, more: Partial<CatalogueRow> = {}): CatalogueRow => ({
  what: 'type',
  key,
  name: key,
  brands: null,
  group: null,
  agent: null,
  version: 1,
  ...more,
})
const account = (mode: AccountDesk['mode'], autoAfterMinutes = 10): AccountDesk => ({
  channel,
  id: 'main',
  brand: null,
  mode,
  autoAfterMinutes,
})
const french: RuleRow['when'] = { field: 'ticket.language', op: 'is', value: 'fr' }
const refund: RuleRow['when'] = { field: 'message.text', op: 'contains', value: 'remboursement' }
const text = 'Bonjour, je voudrais un remboursement pour ma commande'
const all = {
  groups: [front, 'explicit', 'typed', 'french'],
  catalogue: [typeOf('money', { group: 'typed' })],
}
const byText = ruleRow('text', { weight: 9, when: refund, then: { group: 'explicit' } })
const byLanguage = ruleRow('language', { weight: 1, when: french, then: { group: 'french' } })
const setsType = ruleRow('type', { weight: 5, when: refund, then: { type: 'money' } })

describe('3.5 stage 11: who says whose it is', () => {
  it.each([
    ['a rule about what is written', [byLanguage, setsType, byText], 'explicit', 'rule'],
    ['its type', [byLanguage, setsType], 'typed', 'type'],
    ['its language', [byLanguage], 'french', 'language'],
    ['the default group of its channel', [], 'front', 'default_group'],
  ] as const)('D13 D14 D55 %s, before what comes behind it', async (_name, rules, group, by) => {
    const on = triageWorld({ ...all, rules })
    const ticket = await on.writes('m1', text)
    expect(on.ticket(ticket)).toMatchObject({ group, assignee: null })
    expect(on.told('ticket.assigned')).toEqual([
      expect.objectContaining({ field: 'group', from: null, to: group, because: expect.objectContaining({ by }) }),
    ])
    expect(on.waiting()).toEqual([
      expect.objectContaining({ ticket, group, isGroupByLanguage: by === 'language', agent: null }),
    ])
  })

  it('D13 a rule that is switched off gives nothing to anybody; what was deleted since is passed over', async () => {
    const off = ruleRow('off', { when: refund, isActive: false, then: { group: 'explicit' } })
    const gone = ruleRow('gone', { when: refund, then: { group: 'closed-down', agent: 'left' } })
    const on = triageWorld({ ...all, agents: [agentRow('left', { isActive: false })], rules: [off, gone] })
    expect(on.ticket(await on.writes('m1', text)).group).toBe('front')
  })

  it('D55 of no default group of its channel it lies in the pool', async () => {
    const on = triageWorld({ groups: [{ ...front, channels: ['gull'] }], accounts: [account('pool')] })
    const ticket = await on.writes('m1', text)
    expect(on.ticket(ticket).group).toBeNull()
    expect(on.waiting()).toEqual([])
    expect(on.told('ticket.triaged')[0]?.waits).toBe(false)
  })
})

describe('a type that is set later', () => {
  it('D14 by an agent: its group once, and nothing at the same type again', async () => {
    const on = triageWorld(all)
    const ticket = await on.writes('m1', text)
    await on.changes(ticket, { type: 'money' })
    await on.changes(ticket, { type: 'money' })
    const groups = on.told('ticket.assigned').map(({ to, why }) => [to, why])
    expect(groups.slice(1)).toEqual([['typed', 'Tickets of type “money” are those of typed']])
  })

  it('D14 whoever has it and is not of that group gives it back; who is keeps it', async () => {
    for (const [groups, assignee] of [
      [[], null],
      [['typed'], 'ada'],
    ] as const) {
      const on = triageWorld({ ...all, agents: [agentRow('ada', { groups })] })
      const ticket = await on.writes('m1', text)
      on.set(ticket, { assignee: 'ada', assignedAt: start })
      on.world.waiting.clear()
      await on.changes(ticket, { type: 'money' })
      expect(on.ticket(ticket)).toMatchObject({ group: 'typed', assignee, assignedAt: assignee && start })
      expect(on.waiting().map((it) => it.group)).toEqual(assignee === null ? ['typed'] : [])
    }
  })

  it('D14 whom a person names in the same breath keeps it, person or group; taken from somebody, its type says whose it is', async () => {
    for (const [assignee, asked, stands] of [
      [null, { assignee: 'ada' }, { group: 'front', assignee: 'ada' }],
      ['ada', { assignee: 'ada' }, { group: 'front', assignee: 'ada' }],
      [null, { group: 'explicit' }, { group: 'explicit', assignee: null }],
      ['bob', { assignee: null }, { group: 'typed', assignee: null }],
      ['bob', {}, { group: 'typed', assignee: null }],
    ] as const) {
      const on = triageWorld({ ...all, agents: ['ada', 'bob'] })
      const ticket = await on.writes('m1', text)
      on.set(ticket, { assignee })
      await on.changes(ticket, { type: 'money', ...asked })
      expect(on.ticket(ticket)).toMatchObject({ type: 'money', ...stands })
    }
  })

  it('B6 3.3 what is resolved closes by the days of the group it comes to', async () => {
    const typed = { id: 'typed', name: 'Typed', description: null, channels: [], isDefault: false, version: 1 } as const
    const on = triageWorld({ ...all, groups: [{ ...typed, followUp: { reopen: 'within', days: 30 } }] })
    const ticket = await on.writes('m1', text)
    on.set(ticket, { status: 'resolved', category: 'done', resolvedAt: start })
    await on.changes(ticket, { type: 'money' })
    expect(on.ticket(ticket).group).toBe('typed')
    expect(on.wakes()).toContainEqual(['close_ticket', after({ days: 30 })])
  })

  it('D14 its agent by name, in a pool too', async () => {
    const on = triageWorld({
      agents: ['ada'],
      catalogue: [typeOf('money', { agent: 'ada' })],
      accounts: [account('pool')],
    })
    const ticket = await on.writes('m1', text)
    expect(on.waiting()).toEqual([])
    await on.changes(ticket, { type: 'money' })
    expect(on.waiting()).toEqual([expect.objectContaining({ ticket, agent: 'ada' })])
  })
})

describe('whether it waits', () => {
  it('D43 3.8 live conversations at once, others lie in the pool', async () => {
    const live = triageWorld()
    const ticket = await live.writes('m1', text)
    expect(live.waiting()).toEqual([
      expect.objectContaining({ ticket, isLive: true, language: 'fr', since: live.ticket(ticket).createdAt }),
    ])
    expect(live.told('ticket.triaged')[0]?.waits).toBe(true)
    const mail = triageWorld()
    mail.world.kinds['dm'] = { ...mail.world.kinds['dm']!, live: false }
    await mail.writes('m1', text)
    expect(mail.waiting()).toEqual([])
  })

  it('L6 in a pool nobody waits, whatever its group; one that a rule named does', async () => {
    const on = triageWorld({
      ...all,
      agents: ['ada'],
      accounts: [account('pool')],
      rules: [
        byText,
        ruleRow('named', { when: { field: 'message.text', op: 'contains', value: 'Ada' }, then: { agent: 'ada' } }),
      ],
    })
    await on.writes('m1', text)
    expect(on.waiting()).toEqual([])
    const ticket = await on.writes('m2', 'Où est Ada ?')
    expect(on.waiting()).toEqual([expect.objectContaining({ ticket, agent: 'ada' })])
  })

  it('3.8 pool_then_auto asks to be woken when the pool’s time is over', async () => {
    const on = triageWorld({ accounts: [account('pool_then_auto', 25)] })
    await on.writes('m1', text)
    expect(on.waiting()).toEqual([])
    expect(on.wakes()).toEqual([['assign_ticket', after({ minutes: 25 })]])
  })

  it('3.8 B11 what waited for others and is another group’s by now waits for them no more: it lies in the pool, and has its time there', async () => {
    for (const mode of ['pool', 'pool_then_auto'] as const) {
      const on = triageWorld({
        ...all,
        agents: ['ada'],
        accounts: [account(mode, 25)],
        rules: [ruleRow('named', { then: { agent: 'ada' } })],
      })
      const ticket = await on.writes('m1', text)
      expect(on.waiting()).toMatchObject([{ ticket, agent: 'ada' }])
      await on.changes(ticket, { type: 'money' })
      expect(on.ticket(ticket).group).toBe('typed')
      expect(on.waiting()).toEqual([])
      expect(on.wakes().map(([kind]) => kind)).toEqual(mode === 'pool' ? [] : ['assign_ticket'])
    }
  })

  it('an import is sorted like any other, and given to nobody; no clock of it starts', async () => {
    const hour = ruleRow('hour', { on: 'time', after: { minutes: 60, since: 'createdAt' } })
    const on = triageWorld({
      ...all,
      agents: ['ada'],
      rules: [hour, ruleRow('named', { then: { agent: 'ada', priority: 'high' } })],
    })
    const ticket = await on.writes('m1', text, { origin: 'import', eventOrigin: 'import' })
    expect(on.ticket(ticket)).toMatchObject({ priority: 'high', language: 'fr', assignee: null })
    expect([on.waiting(), on.wakes()]).toEqual([[], []])
  })

  it('what waits for the customer, is done, or is somebody’s waits for nobody', async () => {
    const on = triageWorld({
      rules: [
        ruleRow('spam', { when: { field: 'message.text', op: 'contains', value: 'viagra' }, then: { status: 'spam' } }),
      ],
    })
    await on.writes('m1', text, { status: 'pending', category: 'waiting' })
    await on.writes('m2', text, { assignee: 'ada' })
    const junk = await on.writes('m3', 'viagra pour vous')
    expect(on.ticket(junk).status).toBe('spam')
    expect(on.waiting()).toEqual([])
  })

  it('B13 an hour that names an agent takes it from whoever has it', async () => {
    const late = ruleRow('late', {
      on: 'time',
      after: { minutes: 60, since: 'lastCustomerMessageAt' },
      then: { agent: 'boss' },
    })
    const on = triageWorld({ agents: ['ada', 'boss'], rules: [late] })
    const ticket = await on.writes('m1', text)
    on.set(ticket, { assignee: 'ada' })
    on.world.waiting.clear()
    await on.wake(after({ minutes: 60 }))
    expect(on.ticket(ticket).assignee).toBeNull()
    expect(on.waiting()).toEqual([expect.objectContaining({ ticket, agent: 'boss' })])
    expect(on.events('ticket.unassigned')).toEqual([
      expect.objectContaining({
        actor: { kind: 'rule', id: 'late' },
        data: expect.objectContaining({
          from: 'ada',
          why: 'Rule “Rule late”: 60 minutes after the customer’s last message',
        }),
      }),
    ])
  })

  it('P14 what follows from the machine’s own assignment gives the ticket to nobody else', async () => {
    const pass = (to: string) => ({
      on: 'changed' as const,
      fields: ['assignee'] as const,
      then: { agent: to, tags: [to] },
    })
    const on = triageWorld({ agents: ['ada', 'bea'], rules: [ruleRow('a', pass('bea'))] })
    const ticket = await on.writes('m1', text)
    on.set(ticket, { assignee: 'ada' })
    on.world.waiting.clear()
    await on.assigns(ticket, 'ada', { kind: 'system', id: 'assignment' })
    expect(on.ticket(ticket)).toMatchObject({ assignee: 'ada', tags: ['bea'] })
    await on.assigns(ticket, 'ada', { kind: 'agent', id: 'boss' })
    expect(on.ticket(ticket).assignee).toBeNull()
    expect(on.waiting()).toEqual([expect.objectContaining({ agent: 'bea' })])
  })
})
