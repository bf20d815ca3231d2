// The rows about when a rule is asked, and what may stand in it, from outside.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deskHouse, type DeskHouse } from '../support/desk-house.ts'
import { rulesIn, says } from '../support/desk-rules.ts'
import { quiet } from '../support/desk.ts'

let at: DeskHouse
beforeAll(async () => void (at = await deskHouse(816)), 60_000)
afterAll(() => at.end(), 30_000)
const { rule, countOf } = rulesIn(() => at)

describe('when a rule is asked', () => {
  it('B13 one of each: what opens, what follows, what changes, and when time has passed; by weight', async () => {
    const when = { field: 'message.subject', op: 'contains', value: 'clockwork' }
    const rules = [
      await rule('c2', { weight: 2, when, then: { priority: 'normal', tags: ['second'] } }),
      await rule('c1', { weight: 1, when, then: { priority: 'high', tags: ['first'] } }),
      await rule('c3', { on: 'message', when, then: { tags: ['wrote again'] } }),
      await rule('c4', { on: 'changed', fields: ['priority'], when, then: { tags: ['moved'] } }),
      await rule('c5', {
        on: 'time',
        after: { minutes: 120, since: 'lastCustomerMessageAt' },
        when,
        then: { tags: ['late'] },
      }),
    ]
    const at0 = new Date(Date.now() - 3 * 3_600_000)
    const ids = { 'Message-ID': '<clock@people.test>' }
    const late = await at.mail({ subject: 'clockwork', from: 'late@people.test', at: at0, headers: ids })
    const struck = await at.until(late.id, ({ tags }) => tags.includes('late'))
    expect(struck.priority).toBe('high')
    expect(struck.tags.toSorted()).toEqual(['first', 'late', 'moved', 'second'])
    expect(await at.because(late.id, 'ticket.tagged')).toMatchObject({ rule: 'c5' })
    const more = { 'In-Reply-To': '<clock@people.test>' }
    await at.post({ subject: 'Re: clockwork', from: 'late@people.test', headers: more })
    await at.until(late.id, ({ tags }) => tags.includes('wrote again'))
    const young = await at.mail({ subject: 'clockwork', from: 'young@people.test' })
    await at.settled()
    expect((await at.desk.ticket(young.id)).tags).not.toContain('late')
    await at.drop(...rules)
  })

  it('B13 a rule of time that is made or changed today is about the tickets of yesterday too', async () => {
    const from = 'yesterday@people.test'
    const old = await at.mail({ subject: 'Left lying', from, at: new Date(Date.now() - 20 * 3_600_000) })
    const when = { field: 'message.subject', op: 'is', value: 'Left lying' }
    const after = { minutes: 48 * 60, since: 'lastCustomerMessageAt' }
    const made = await rule('later', { on: 'time', after, when, then: { priority: 'high', tags: ['overdue'] } })
    await at.settled()
    expect((await at.desk.ticket(old.id)).tags).toEqual([])
    await at.change(made, { after: { ...after, minutes: 10 * 60 } })
    const found = await at.until(old.id, ({ tags }) => tags.length > 0)
    expect(found).toMatchObject({ priority: 'high', tags: ['overdue'] })
    const another = await rule('at-once', {
      on: 'time',
      after: { ...after, minutes: 60 },
      when,
      then: { tags: ['hour'] },
    })
    await at.until(old.id, ({ tags }) => tags.includes('hour'))
    expect(await countOf(old.id, 'ticket.priority_changed')).toBe(1)
    await at.drop(made, another)
  })

  it('P14 rules that undo each other end, each asked once; none meets its own doing, and the order they are made in is none', async () => {
    const answer = (id: string, is: string, priority: string) =>
      rule(id, {
        on: 'changed',
        fields: ['priority'],
        when: { field: 'ticket.priority', op: 'is', value: is },
        then: { priority },
      })
    const opens = ['b', 'c', 'a'].map((id) => ({
      id: `p-${id}`,
      priority: { a: 'high', b: 'normal', c: 'urgent' }[id]!,
    }))
    const rules: string[] = []
    for (const { id, priority } of opens)
      rules.push(await rule(id, { weight: 7, when: says('döngü'), then: { priority, tags: [id] } }))
    rules.push(await answer('up', 'high', 'normal'), await answer('down', 'normal', 'high'))
    const { id } = await at.chat('döngü')
    await quiet(at.desk)
    const moves = (await at.history(id)).filter((it) => it.event === 'ticket.priority_changed')
    // Of equal weight the smallest id decides; its effect is answered once by each of the two.
    expect(moves.map((it) => [it.because?.rule, it.change?.to])).toEqual([
      ['p-a', 'high'],
      ['up', 'normal'],
      ['down', 'high'],
    ])
    expect(moves.at(-1)?.because?.after).toEqual(['p-a', 'up'])
    expect((await at.desk.ticket(id)).tags.toSorted()).toEqual(['p-a', 'p-b', 'p-c'])
    await at.drop(...rules)
  })

  it('P14 of rules that each wait for what the one before does, the third is the last', async () => {
    const rules = [await rule('link-1', { when: says('zincir'), then: { tags: ['k1'] } })]
    for (const n of [1, 2, 3, 4])
      rules.push(
        await rule(`link-${n + 1}`, {
          on: 'changed',
          fields: ['tags'],
          when: { field: 'ticket.tags', op: 'has', value: `k${n}` },
          then: { tags: [`k${n + 1}`] },
        }),
      )
    const { id } = await at.chat('zincir')
    await at.until(id, ({ tags }) => tags.includes('k3'))
    await quiet(at.desk)
    expect((await at.desk.ticket(id)).tags.toSorted()).toEqual(['k1', 'k2', 'k3'])
    expect(await at.because(id, 'ticket.tagged')).toMatchObject({ rule: 'link-3', after: ['link-1', 'link-2'] })
    await at.drop(...rules)
  })
})

describe('expressions', () => {
  it('S15 one that others would search for ever is answered at once, by messages and by a trial; one that cannot be is refused', async () => {
    const evil = ['(a+)+q', '(a|aa)*q', '([a-z]+)*#']
    const when = { any: evil.map((value) => ({ field: 'message.text', op: 'matches', value })) }
    const made = await rule('evil', { when, then: { tags: ['evil'] } })
    const began = performance.now()
    const long = await at.mail({ text: `${'a'.repeat(30_000)}!` })
    expect((await at.mail()).tags).toEqual([])
    expect([long.tags, performance.now() - began < 10_000]).toEqual([[], true])
    const tried = await at.done<{ looked: number }>('POST', '/v1/rules/try', { when, then: { tags: ['evil'] } })
    expect(tried.looked).toBeGreaterThan(0)
    for (const value of ['(?=a)b', '(a)\\1', '(?<!a)b', '('])
      expect(
        await at.refused('POST', '/v1/rules', {
          id: 'refused',
          name: 'x',
          when: { field: 'message.text', op: 'matches', value },
          then: { tags: ['x'] },
        }),
      ).toEqual([422, 'invalid_rule'])
    await at.drop(made)
  })
})
