// Which answer stands where a vendor keeps one: ours and colleagues' in any order, words that come back, news that come late.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idFrom, type Instant, type MessageId, type TicketId } from '../../schemas/ids.ts'
import { seed } from '../../test/support/seed.ts'
import type { SaidRow } from '../ports/rows.ts'
import { decisionOf, marksOfSent, marksOfSight, type Mark } from './standing-answer.ts'

const ticket = idFrom('tkt', 'one') as TicketId
const at = (n: number): Instant => new Date(Date.parse('2026-11-20T10:00:00.000Z') + n * 1000).toISOString() as Instant
const row = (name: string, n: number, more: Partial<SaidRow> = {}): SaidRow => ({
  id: idFrom('msg', name) as MessageId,
  ticket,
  direction: 'out',
  externalId: name,
  at: at(n),
  replacedBy: null,
  ...more,
})
const their = (n: number): SaidRow => row(`in ${n}`, n, { direction: 'in' })
const named = (marks: readonly Mark[], said: readonly SaidRow[]) =>
  marks.map(({ message, by }) => {
    const nameOf = (id: MessageId | null) =>
      id === null ? null : (said.find((it) => it.id === id)?.externalId ?? 'new')
    return [nameOf(message), nameOf(by)]
  })

describe('an answer that went out', () => {
  it('D34 P19 takes the place of what we said before, and not of what the customer has answered since', () => {
    const said = [their(0), row('first', 1), row('second', 2)]
    expect(named(marksOfSent(said[2]!.id, said), said)).toEqual([['first', 'second']])
    const answered = [their(0), row('first', 1), their(2), row('second', 3)]
    expect(marksOfSent(answered[3]!.id, answered)).toEqual([])
  })

  it('is told once: what is marked stays as it is', () => {
    const [first, second] = [row('first', 1), row('second', 2)]
    const marked = { ...first, replacedBy: second.id }
    expect(marksOfSent(second.id, [marked, second])).toEqual([])
    expect(decisionOf(marksOfSent(second.id, [first, second]))).toMatchObject({
      changes: [{ do: 'change-message', message: first.id, replacedBy: second.id }],
      events: [{ type: 'ticket.message_replaced', key: ticket, data: { message: first.id, by: second.id } }],
    })
  })
})

describe('an answer that is seen at the vendor', () => {
  const seen = (said: readonly SaidRow[], name: string, lookedAt: number, stands = [name]) =>
    named(
      marksOfSight({ message: idFrom('msg', name) as MessageId, ticket, stands, lookedAt: at(lookedAt) }, said),
      said,
    )

  it('D34 P19 of a colleague in the store’s console takes the place of ours', () => {
    expect(seen([their(0), row('ours', 1)], 'theirs', 5)).toEqual([['ours', 'new']])
  })

  it('P19 of ours marks nothing of what it replaced already, nor what went out after it was looked at', () => {
    const ours = row('ours', 3)
    expect(seen([row('old', 1, { replacedBy: ours.id }), ours], 'ours', 5)).toEqual([])
    expect(seen([row('old', 1), ours], 'old', 2)).toEqual([])
  })

  it('that was overwritten before stands again when its words come back, and one that is told late is overtaken', () => {
    const [old, ours] = [row('old', 1, { replacedBy: row('ours', 3).id }), row('ours', 3)]
    expect(seen([old, ours], 'old', 5)).toEqual([
      ['ours', 'old'],
      ['old', null],
    ])
    expect(seen([row('ours', 3)], 'theirs', 2)).toEqual([['new', 'ours']])
  })

  it('D36 leaves the answers to other things the customer said: all that stand are named', () => {
    const said = [their(0), row('first', 1), their(2), row('second', 3)]
    expect(seen(said, 'third', 5, ['first', 'third'])).toEqual([['second', 'new']])
  })

  interface Step {
    readonly who: 'us' | 'colleague' | 'poll' | 'hears of ours' | 'hears of the poll'
    readonly words: string
  }
  const steps = fc.array(
    fc.record<Step>({
      who: fc.constantFrom('us', 'colleague', 'poll', 'hears of ours', 'hears of the poll'),
      words: fc.constantFrom('A', 'B', 'C'),
    }),
    { maxLength: 24 },
  )

  it(`D34 P19 G7 whatever is heard when, what customers read is what is not marked, seed ${seed}`, () => {
    fc.assert(
      fc.property(steps, (played) => {
        const record = new Map<MessageId, SaidRow>()
        const waiting: { readonly ours: MessageId[]; readonly seen: { readonly words: string; readonly n: number }[] } =
          {
            ours: [],
            seen: [],
          }
        let live: { readonly words: string; readonly n: number } | null = null
        let told = -1
        const mark = (marks: readonly Mark[]) => {
          for (const { message, by } of marks) record.set(message, { ...record.get(message)!, replacedBy: by })
        }
        const all = () => [...record.values()].toSorted((a, b) => (a.at < b.at ? -1 : 1))
        const newest = (words: string) => all().findLast((it) => it.externalId === words)
        const does: Readonly<Record<Step['who'], (words: string, n: number) => void>> = {
          us(words, n) {
            live = { words, n }
            const sent = row(words, n, { id: idFrom('msg', `ours ${n}`) as MessageId })
            record.set(sent.id, sent)
            waiting.ours.push(sent.id)
          },
          colleague: (words, n) => void (live = { words, n }),
          poll(_words, n) {
            if (live === null || live.n === told) return
            told = live.n
            waiting.seen.push({ words: live.words, n })
          },
          'hears of ours'() {
            const sent = waiting.ours.shift()
            if (sent !== undefined) mark(marksOfSent(sent, all()))
          },
          'hears of the poll'() {
            const sight = waiting.seen.shift()
            if (sight === undefined) return
            const { words, n } = sight
            const known = newest(words)
            const message = known?.id ?? (idFrom('msg', `seen ${n}`) as MessageId)
            const marks = marksOfSight({ message, ticket, stands: [words], lookedAt: at(n) }, all())
            if (known === undefined) record.set(message, row(words, n, { id: message }))
            mark(marks)
          },
        }
        for (const [n, { who, words }] of played.entries()) does[who](words, n)
        does.poll('', played.length)
        while (waiting.ours.length + waiting.seen.length > 0) {
          does['hears of ours']('', 0)
          does['hears of the poll']('', 0)
        }
        const standing = all().filter((it) => it.replacedBy === null)
        expect(standing.map((it) => it.externalId)).toEqual(live === null ? [] : [(live as { words: string }).words])
      }),
      { seed, numRuns: 2_000 },
    )
  })
})
