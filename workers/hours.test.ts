// Rules of time that come to be while tickets are there: each gets its wake-up, page by page, and a rule that is another by now ends its look.
import { expect, it } from 'vitest'
import { ruleRow } from '../test/support/desk-given.ts'
import { after } from '../test/support/given.ts'
import { triageWorld } from '../test/support/triage-world.ts'
import { take } from '../test/support/world.ts'
import hours from './hours.ts'

const late = (more = {}) =>
  ruleRow('late', { on: 'time', after: { minutes: 60, since: 'createdAt' }, then: { tags: ['late'] }, ...more })

it('B13 tickets that were there get their wake-ups a page at a time; those that are over, junk or brought in from elsewhere none', async () => {
  const it = triageWorld()
  const names = ['a', 'b', 'c', 'd', 'e']
  const tickets = []
  for (const name of names) tickets.push(await it.writes(name, 'Merhaba'))
  const closed = await it.writes('f', 'Merhaba', { status: 'closed', category: 'done' })
  const spam = await it.writes('g', 'Merhaba', { status: 'spam', category: 'junk' })
  const brought = await it.writes('h', 'Merhaba', { origin: 'import' })
  expect(it.wakes()).toEqual([])
  it.world.desk = { ...it.world.desk, rules: [late()] }
  const seen: (string | null)[] = []
  let wake = it.woken('rule_hours', 'late/1', after({ minutes: 1 }))
  for (;;) {
    await take(it.world, hours, wake as never)
    const next =
      it.world.wakes.get('rule_hours late/1') ?? [...it.world.wakes.values()].find(({ kind }) => kind === 'rule_hours')
    if (next === undefined) break
    seen.push(next.basis)
    for (const [key, { kind }] of it.world.wakes) if (kind === 'rule_hours') it.world.wakes.delete(key)
    const { data } = wake as { data: object }
    wake = { ...wake, id: `${wake.id}${seen.length}`, data: { ...data, basis: next.basis } } as typeof wake
  }
  expect(seen.length).toBeGreaterThan(2)
  const woken = [...it.world.wakes.values()].map(({ subject, dueAt }) => [subject, dueAt])
  expect(woken.toSorted()).toEqual(tickets.map((id) => [id, after({ minutes: 60 })]).toSorted())
  expect(woken.flat()).not.toContain(closed)
  expect([woken.flat().includes(spam), woken.flat().includes(brought)]).toEqual([false, false])
  await it.wake(after({ minutes: 61 }))
  expect(tickets.map((id) => it.ticket(id).tags)).toEqual(names.map(() => ['late']))
})

it('B13 a rule that was changed again, switched off or dropped meanwhile ends its look; one of another channel wakes nobody', async () => {
  const it = triageWorld()
  await it.writes('a', 'Merhaba')
  for (const rules of [[late({ version: 2 })], [late({ isActive: false })], [], [late({ channels: ['other'] })]]) {
    it.world.desk = { ...it.world.desk, rules }
    await take(it.world, hours, it.woken('rule_hours', 'late/1', after({ minutes: 1 })) as never)
    expect(it.wakes()).toEqual([])
  }
})
