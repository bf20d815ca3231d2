// Why a tree of conditions cannot be asked: too deep, too many, or a leaf whose field, operator and value do not fit.
import type { Desk } from '../../ports/desk.ts'
import {
  conditionFields,
  headerField,
  operators,
  type Condition,
  type FieldType,
  type Test,
} from '../../../schemas/rule.ts'
import { folded } from '../fold.ts'
import { isLanguageTag, whyNoLanguage } from '../language-tag.ts'
import type { NotThis } from './check.ts'
import { unknown } from './did-you-mean.ts'
import { fieldType, takes } from './fields.ts'
import { compiledPattern } from './pattern.ts'
import { isTest } from './tree.ts'
import { knownWords } from './vocabulary.ts'

/** Beyond these nobody could say any more what a rule does, and asking it would take longer than the rest of the event. */
export const treeLimits = { deep: 10, tests: 200, values: 2_000 } as const

interface Room {
  tests: number
  values: number
}

export const whyNotACondition = (when: Condition, desk: Desk): NotThis | null =>
  whyNotATree(when, { path: 'when', deep: 1 }, { room: { tests: treeLimits.tests, values: treeLimits.values }, desk })

interface Place {
  readonly path: string
  readonly deep: number
}
interface Given {
  readonly room: Room
  readonly desk: Desk
}

function whyNotATree(condition: Condition, { path, deep }: Place, given: Given): NotThis | null {
  if (deep > treeLimits.deep)
    return {
      field: path,
      why: `Conditions are nested deeper than ${treeLimits.deep}: make two rules of it, or one list less.`,
    }
  if (isTest(condition)) return whyNoRoom(condition, path, given.room) ?? whyNotATest(condition, path, given.desk)
  if ('not' in condition) return whyNotATree(condition.not, { path: `${path}/not`, deep: deep + 1 }, given)
  const [word, of] = 'all' in condition ? (['all', condition.all] as const) : (['any', condition.any] as const)
  if (of.length === 0)
    return {
      field: `${path}/${word}`,
      why: 'There is no condition in it. For a rule without conditions leave "when" out.',
    }
  for (const [at, one] of of.entries()) {
    const found = whyNotATree(one, { path: `${path}/${word}/${at}`, deep: deep + 1 }, given)
    if (found !== null) return found
  }
  return null
}

function whyNoRoom({ value }: Test, path: string, room: Room): NotThis | null {
  room.tests -= 1
  room.values -= Array.isArray(value) ? value.length : 1
  if (room.tests < 0)
    return { field: path, why: `There are more than ${treeLimits.tests} conditions: make two rules of it.` }
  return room.values < 0
    ? { field: `${path}/value`, why: `There are more than ${treeLimits.values} values in all: make two rules of it.` }
    : null
}

function whyNotATest(test: Test, path: string, desk: Desk): NotThis | null {
  const type = fieldType(test.field)
  if (type === null) return { field: `${path}/field`, why: noField(test.field) }
  if (test.field !== test.field.toLowerCase() && test.field.startsWith(headerField))
    return { field: `${path}/field`, why: `Headers are named in small letters: "${test.field.toLowerCase()}".` }
  if (!takes(type, test.op))
    return {
      field: `${path}/op`,
      why: `${test.field} does not take "${test.op}". It takes: ${operators[type].join(', ')}.`,
    }
  const why = whyNotAValue(test, type) ?? whyNotAWord(test, desk) ?? whyNotALanguage(test)
  return why === null ? null : { field: `${path}/value`, why }
}

function noField(field: string): string {
  if (field === headerField) return 'Name the header: "mail.header.x-priority".'
  const header = /^(?:mail\.|message\.)?headers?\.(.+)$/i.exec(field)?.[1]
  if (header !== undefined) return `There is no field "${field}"; did you mean "${headerField}${header.toLowerCase()}"?`
  return unknown('field', field, Object.keys(conditionFields))
}

const takesNothing: readonly string[] = ['is_set', 'is_not_set', 'is_true', 'is_false']
const takesList: readonly string[] = ['any_of', 'none_of', 'has_any', 'has_all']

function whyNotAValue({ op, value }: Test, type: FieldType): string | null {
  if (takesNothing.includes(op)) return value === undefined ? null : `"${op}" asks for no value. Leave it out.`
  if (type === 'number')
    return typeof value === 'number' && Number.isFinite(value) ? null : `"${op}" needs a number, such as 3.`
  if (type === 'clock') return whyNotTimes(value)
  if (takesList.includes(op)) {
    if (!Array.isArray(value) || value.length === 0) return `"${op}" needs a list with at least one text in it.`
    return value.every(says) ? null : `"${op}" needs texts, and one of them is empty.`
  }
  if (typeof value !== 'string') return `"${op}" needs a text.`
  if (op !== 'matches') return says(value) ? null : `"${op}" needs a text that is not empty.`
  const made = compiledPattern(value)
  return 'why' in made ? `This is no expression that can be searched: ${made.why}.` : null
}
const says = (word: unknown): boolean => typeof word === 'string' && folded(word) !== ''

const time = /^(?:[01]\d|2[0-3]):[0-5]\d$/
function whyNotTimes(value: Test['value']): string | null {
  const [from, to] = Array.isArray(value) ? (value as readonly string[]) : []
  if (!Array.isArray(value) || value.length !== 2 || from === undefined || to === undefined)
    return 'It needs two times, from and until, such as ["09:00", "17:30"].'
  if (!time.test(from)) return `"${from}" is no time from 00:00 to 23:59.`
  if (!time.test(to) && to !== '24:00') return `"${to}" is no time from 00:00 to 24:00.`
  return from === to ? 'From and until are the same: nothing lies between them.' : null
}

/** Where all words that can stand there are known, another one would never be met. */
function whyNotAWord({ field, op, value }: Test, desk: Desk): string | null {
  const known = op === 'matches' ? null : knownWords(field, desk)
  if (known === null || value === undefined || typeof value === 'number') return null
  const words = new Set(known.words.map(folded))
  const odd = [value].flat().find((it) => !words.has(folded(it)))
  return odd === undefined ? null : unknown(known.what, odd, known.words)
}

/** What a language is called is never met. */
function whyNotALanguage({ field, value }: Test): string | null {
  if (!field.endsWith('.language')) return null
  const odd = [value ?? []].flat().find((it) => !isLanguageTag(folded(String(it))))
  return odd === undefined ? null : whyNoLanguage(String(odd))
}
