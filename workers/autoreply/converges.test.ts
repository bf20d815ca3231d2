// Any sequence of customers and robots, late, repeated and in any order of processes: never above a budget, never a word to a robot, and the same again when it is replayed.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { autoReplyBudgetsDefault as budgets } from '../../schemas/auto-reply.ts'
import type { Instant } from '../../schemas/ids.ts'
import { after } from '../../test/support/given.ts'
import { autoReplyWorld, type Word } from '../../test/support/auto-reply-world.ts'
import { seed } from '../../test/support/seed.ts'

interface Step {
  readonly who: number
  readonly domain: number
  readonly thread: number
  readonly minutes: number
  readonly robot: boolean
  readonly live: boolean
}
const step: fc.Arbitrary<Step> = fc.record({
  who: fc.nat(30),
  domain: fc.nat(2),
  thread: fc.nat(4),
  minutes: fc.integer({ min: 0, max: 30 }),
  robot: fc.boolean(),
  live: fc.boolean(),
})
const replies = [
  { id: 'thanks' },
  { id: 'hi', kind: 'greeting', texts: { en: { text: 'Hello.' } } },
  { id: 'closed', kind: 'outOfHours', texts: { en: { text: 'Closed.' } } },
] as const

/** A robot says so; who is called by a name of its own each time is one all the same. */
function wordsOf(steps: readonly Step[]): readonly (Word & { readonly at: Instant })[] {
  let minutes = 0
  return steps.map(({ who, domain, thread, robot, live, ...it }, n) => {
    minutes += it.minutes
    const at = after({ minutes })
    const data = robot ? { data: { automatic: 'auto-submitted: auto-replied' } } : {}
    if (live) return { id: `w${n}`, at, from: `90532000000${who % 5}`, ...data }
    const from = `bot${who}@d${domain}.example`
    return { id: `w${n}`, at, from, ...(thread > 2 ? {} : { thread: `mail:${from} ${thread}` }), ...data }
  })
}

async function run(steps: readonly Step[], repeats: readonly number[]) {
  const on = autoReplyWorld({ replies })
  const words = wordsOf(steps)
  const played: { readonly first: number; readonly last: number }[] = []
  for (const [n, word] of words.entries()) {
    await on.comes(word, word.at)
    const first = on.world.events.length
    for (const _ of repeats.filter((at) => at % words.length === n)) await on.comes(word, word.at)
    played.push({ first, last: on.world.events.length })
  }
  return { on, words, played }
}

it('G21 P10 G4 never above a budget, never an answer to a robot, whatever comes and however often', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 60 }),
      fc.array(fc.nat(59), { maxLength: 10 }),
      async (steps, repeats) => {
        const { on, words, played } = await run(steps, repeats)
        expect(played.filter(({ first, last }) => last > first)).toEqual([])
        const sent = on.notes().filter(({ code }) => code === null)
        expect(on.sent()).toHaveLength(sent.length)
        const robots = new Set(words.filter(({ data }) => data !== undefined).map(({ id }) => id))
        const answered = sent.map(({ cause }) => on.world.messages.get(cause)?.externalId)
        expect(answered.filter((id) => robots.has(id ?? ''))).toEqual([])
        expect(new Set(answered).size).toBe(sent.length)
        const within = (hours: number, of: (it: (typeof sent)[number]) => string | null, most: number) => {
          const counted = sent.filter((it) => of(it) !== null)
          const over = counted.filter((it) => {
            const near = counted.filter(
              (other) =>
                of(other) === of(it) &&
                other.at <= it.at &&
                Date.parse(it.at) - Date.parse(other.at) < hours * 3_600_000,
            )
            return near.length > most
          })
          expect(over).toEqual([])
        }
        within(24, (it) => it.ticket, budgets.ticketPerDay)
        within(24, (it) => it.address, budgets.addressPerDay)
        within(1, (it) => it.domain, budgets.domainPerHour)
      },
    ),
    { seed, numRuns: 25 },
  )
})

it('G4 G7 what was decided of a log is decided of it again, and a replay of it says nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const [one, two] = [await run(steps, []), await run(steps, [])]
      expect(two.on.notes()).toEqual(one.on.notes())
      expect(two.on.texts()).toEqual(one.on.texts())
      const before = one.on.notes().length
      for (const word of one.words)
        await one.on.comes({ ...word, id: `${word.id} again`, envelope: { origin: 'replay' } }, after({ days: 1 }))
      expect(one.on.notes().length).toBe(before)
    }),
    { seed, numRuns: 8 },
  )
})
