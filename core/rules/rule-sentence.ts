// Why a rule did something, as a sentence for whoever reads the history of a ticket.
import type { MatchedTest } from '../../schemas/because.ts'
import type { RuleMatch } from '../ports/rule-book.ts'

/** So many conditions are said in words; all of them lie beside the sentence. */
const said = 3
const letters = 80

/** Rule “Complaints”: message.text contains “refund” (found “I want a refund”). */
export function sentenceOf({ rule, tests }: RuleMatch): string {
  const conditions = tests.slice(0, said).map(testInWords)
  const more = tests.length - said
  const all = more > 0 ? [...conditions, `and ${more} more`] : conditions
  const when = rule.after === null ? [] : [`${rule.after.minutes} minutes after ${clockNames[rule.after.since]}`]
  return `Rule “${rule.name}”: ${[...when, ...all].join('; ') || 'always'}`
}

const clockNames = {
  createdAt: 'it was opened',
  lastMessageAt: 'the last message',
  lastCustomerMessageAt: 'the customer’s last message',
  resolvedAt: 'it was resolved',
} as const

function testInWords({ field, op, value, found }: MatchedTest): string {
  const asked = `${field} ${op.replaceAll('_', ' ')}${value === undefined ? '' : ` ${quoted(value)}`}`
  return isShown(value, found) ? asked : `${asked} (found ${quoted(found)})`
}

/** What was asked for and what was there are the same word. */
const isShown = (value: unknown, found: unknown): boolean =>
  found === null || found === undefined || JSON.stringify(found) === JSON.stringify(value)

function quoted(it: unknown): string {
  if (Array.isArray(it)) return it.map(quoted).join(', ') || 'nothing'
  return typeof it === 'string' ? `“${shortened(it)}”` : String(it)
}
const shortened = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= letters ? line : `${[...line].slice(0, letters).join('')}…`
}
