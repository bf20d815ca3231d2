// What asking the rules costs of the processor for one event, with ten rules and with a thousand times as many; what they hold compiled.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { RuleRow } from '../../../core/ports/desk-rows.ts'
import type { RuleBook, RuleQuestion } from '../../../core/ports/rule-book.ts'
import { makeRuleBook } from '../../../core/rules/match/rule-book.ts'
import { question, ruleRow } from '../../support/make-rule.ts'
import { median, ratios } from '../stats.ts'
import { suite } from '../suite.ts'

const sizes = [10, 100, 1_000, 10_000] as const
const channels = ['pigeon', 'dove', 'swan', 'heron'] as const
const words = [
  ...'order refund invoice shipping delivery broken late password account subscription'.split(' '),
  ...'payment card address return exchange size color warranty gift coupon'.split(' '),
]
const word = (n: number): string => words[n % words.length]!

/** As the console makes them: of a channel, with a subject that contains something and a customer of that name (D15). */
const byName = (n: number): RuleRow['when'] => ({
  all: [
    { field: 'ticket.subject', op: 'contains', value: `${word(n)} ${word(n * 7)}` },
    { field: 'contact.name', op: 'is', value: `Customer ${n}` },
  ],
})
/** Nothing to go by but letters somewhere in a text. */
const byWords = (n: number): RuleRow['when'] => ({
  all: [
    { field: 'message.text', op: 'contains', value: `${word(n)} ${n}` },
    { field: 'ticket.subject', op: 'not_contains', value: 'test' },
  ],
})
/** An expression each, as people write them for order numbers and the like. */
const byExpression = (n: number): RuleRow['when'] => ({
  field: 'message.text',
  op: 'matches',
  value: `${word(n)} ${n}\\b.*\\b(?:before|after)`,
})
const bookOf = (count: number, when: (n: number) => RuleRow['when']): RuleBook =>
  makeRuleBook({
    rules: Array.from({ length: count }, (_, n) =>
      ruleRow({ id: `rule-${n}`, weight: n % 100, channels: [channels[n % channels.length]!], when: when(n) }),
    ),
  })

/** Some of them meet a rule, most none, as it is with customers. */
const askedAbout = (n: number): RuleQuestion =>
  question(
    {
      'ticket.channel': channels[n % channels.length]!,
      'ticket.subject': `About my ${word(n)} ${word(n * 7)}, number ${n}`,
      'contact.name': `Customer ${(n * 7_919) % 20_000}`,
      'message.text':
        `Merhaba, siparişim hâlâ gelmedi. I asked about my ${word(n)} ${(n * 31) % 20_000} before, and nobody has answered me yet. `.repeat(
          4,
        ),
    },
    { channel: channels[n % channels.length]! },
  )

export default suite({
  name: 'rules',
  title: 'What rules cost',
  says: 'processor time of this process for one event that all rules are asked about, facts of 600 letters folded anew each time; as many rules as are named against ten in the same round. Of a channel each: by subject and customer (D15), by words of the message alone, and by an expression over it.',
  async run(bench) {
    const events = Array.from({ length: bench.size(2_000, 50) }, (_, n) => askedAbout(n))
    const kinds = [
      ['by subject and customer', byName],
      ['by words of the message', byWords],
      ['by an expression', byExpression],
    ] as const
    const measures = []
    const aims = []
    for (const [kind, when] of kinds) {
      const books = sizes.map((size) => bookOf(size, when))
      const rounds: number[][] = sizes.map(() => [])
      for (let round = bench.firstRound; round < bench.rounds; round += 1) {
        const each = books.map((book) => microsOf(book, events, bench.size(20_000, 200)))
        if (round >= 0) each.forEach((micros, at) => rounds[at]!.push(micros))
        bench.say(`${kind}: ${each.map((it, at) => `${sizes[at]} rules ${it.toFixed(1)} µs`).join(', ')}`)
        if (bench.stop.aborted) throw bench.stop.reason
      }
      const [ten = []] = rounds
      for (const [at, size] of sizes.entries())
        measures.push({
          name: `${size.toLocaleString('en')} rules ${kind}`,
          unit: 'µs',
          better: 'lower' as const,
          inlet: rounds[at]!,
          control: at === 0 ? [] : ten,
        })
      const times = (at: number): number => median(ratios(rounds[at]!, ten))
      aims.push(
        { name: `1,000 rules ${kind}, of ten`, unit: '×', value: times(2), is: 'at most' as const, bound: 2 },
        { name: `10,000 rules ${kind}, of ten`, unit: '×', value: times(3), is: 'at most' as const, bound: 5 },
      )
    }
    const held = heldBy(() => bookOf(bench.size(10_000, 1_000), byName))
    measures.push({
      name: '10,000 rules, their rows and compiled',
      unit: 'MB',
      better: 'lower' as const,
      inlet: [held.megabytes],
      control: [],
    })
    measures.push({
      name: '10,000 rules compiled',
      unit: 'ms',
      better: 'lower' as const,
      inlet: [held.ms],
      control: [],
    })
    return {
      measures,
      aims,
      notes: [
        'A desk is compiled anew when it changed, in each process that triages, with the first event after the change.',
      ],
    }
  },
})

function microsOf(book: RuleBook, events: readonly RuleQuestion[], times: number): number {
  const before = process.cpuUsage()
  for (let n = 0; n < times; n += 1) book.matches(events[n % events.length]!)
  const { user, system } = process.cpuUsage(before)
  return Math.max(user + system, 1) / times
}

function heldBy<T>(make: () => T): { readonly megabytes: number; readonly ms: number } {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const before = process.memoryUsage().heapUsed
  const began = process.cpuUsage()
  const made = make()
  const { user, system } = process.cpuUsage(began)
  collect()
  const megabytes = Math.max(process.memoryUsage().heapUsed - before, 1) / 1024 ** 2
  // Held until it was counted.
  if (made === null) throw new Error('nothing was made')
  return { megabytes, ms: (user + system) / 1000 }
}
