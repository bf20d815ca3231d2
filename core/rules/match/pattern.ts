// Regular expressions that people write in rules: searched in linear time whatever they say (S15), bounded in length and in size.
import { createRequire } from 'node:module'
import type { RE2JS, RE2JSException } from 're2js'
import { foldedLetters } from '../fold.ts'
import { spelled, type Spelled } from './word-letters.ts'

/** Read with the first expression, and in one go, because deciding waits for nothing: most desks have none, and at rest it would lie there unused. */
const library = (): typeof import('re2js') => createRequire(import.meta.url)('re2js') as typeof import('re2js')

export const patternLimits = { units: 500, steps: 400 } as const

/** Whether it holds is a question for an automaton; where, costs steps times letters. */
const placeBudget = 100_000

export interface Pattern {
  holds(text: string): boolean
  /** Where it was found first, for people to see; null: nowhere, or too far into a long text for an expression so large. */
  place(text: string): { readonly at: number; readonly length: number } | null
}
export type Compiled = { readonly pattern: Pattern } | { readonly why: string }

/** The text that a pattern is searched in: its lines and spaces as they were written. */
export const searchedText = (text: string): string => foldedLetters(text.normalize('NFC'))

export function compiledPattern(source: string): Compiled {
  if (source === '') return { why: 'it is empty, and an empty one is found everywhere' }
  if (source.length > patternLimits.units)
    return { why: `it has ${source.length} characters; at most ${patternLimits.units} are taken` }
  const { RE2JS, RE2JSException } = library()
  try {
    const made = RE2JS.compile(asSearched(source), RE2JS.CASE_INSENSITIVE)
    const steps = made.programSize()
    if (steps > patternLimits.steps)
      return {
        why: `it comes to ${steps} steps; at most ${patternLimits.steps} are taken: repeat less, or choose fewer letters`,
      }
    const other = spelled(asSearched(source))
    return { pattern: other === null ? patternOf(bounded(made)) : spelledPattern(other) }
  } catch (error) {
    if (error instanceof RE2JSException) return { why: whyNot(error) }
    throw error
  }
}

/** What one expression may remember of the texts it was searched in; the library would take eight megabytes for each. */
const automatonBytes = 1024 * 1024

function bounded(made: RE2JS): RE2JS {
  const { dfa } = made.re2Input
  dfa.stateBudget = automatonBytes
  dfa.memBudget = automatonBytes
  return made
}

/** İ and ı are no letters of a searched text; neither has a meaning of its own in an expression. */
export const asSearched = (source: string): string => source.normalize('NFC').replace(/[İı]/g, 'i')

function spelledPattern({ source, text: inOthers }: Spelled): Pattern {
  const made = patternOf(bounded(library().RE2JS.compile(source)))
  return { holds: (text) => made.holds(inOthers(text)), place: (text) => made.place(inOthers(text)) }
}

const patternOf = (made: RE2JS): Pattern => ({
  holds: (text) => made.test(text),
  place(text) {
    const matcher = made.matcher(text.slice(0, Math.floor(placeBudget / made.programSize())))
    return matcher.find() ? { at: matcher.start(), length: matcher.end() - matcher.start() } : null
  },
})

const whyNot = (error: RE2JSException): string =>
  /lookbehind|lookahead|\(\?[=!<]|backref|\\[1-9]/.test(error.message)
    ? `${said(error)}; looking ahead, looking back and back-references are not taken, because they cannot be searched in linear time`
    : said(error)
const said = ({ message }: RE2JSException): string =>
  message.replace(/^error parsing regexp: /, '').replaceAll('`(?i)', '`')
