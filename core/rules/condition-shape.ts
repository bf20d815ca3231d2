// Where a condition is no condition, and what would be one: a tree that is wrong in one leaf is otherwise told as wrong in every way at once.
import { everyOperator } from '../../schemas/rule.ts'
import { nearest } from './nearest.ts'

const branches = ['all', 'any', 'not']
const leaf = ['field', 'op', 'value']
const shape = 'A condition is {all: […]}, {any: […]}, {not: …} or {field, op, value}'

interface Trouble {
  readonly field: string
  readonly why: string
}
/** The first fault in the order it is written; null where the shape is right. */
export function whyNoCondition(it: unknown, path: string): Trouble | null {
  if (typeof it !== 'object' || it === null || Array.isArray(it)) return { field: path, why: `${shape}.` }
  const keys = Object.keys(it)
  const [branch] = keys.filter((key) => branches.includes(key))
  if (branch !== undefined) return whyNoBranch(it as Record<string, unknown>, branch, path)
  const odd = keys.find((key) => !leaf.includes(key))
  if (odd !== undefined) return { field: `${path}.${odd}`, why: `${shape}; ${odd} is none of these.${meant(odd)}` }
  return whyNoTest(it as Record<string, unknown>, path)
}

const meant = (odd: string): string => {
  const near = nearest(odd, [...branches, ...leaf])
  return near === null ? '' : ` Did you mean ${near}?`
}

function whyNoBranch(it: Readonly<Record<string, unknown>>, branch: string, path: string): Trouble | null {
  const beside = Object.keys(it).find((key) => key !== branch)
  if (beside !== undefined)
    return {
      field: `${path}.${beside}`,
      why: `${branch} stands alone; put ${beside} beside it into a condition of its own.`,
    }
  if (branch === 'not') return whyNoCondition(it['not'], `${path}.not`)
  const list = it[branch]
  if (!Array.isArray(list) || list.length > 100)
    return { field: `${path}.${branch}`, why: `${branch} takes a list of at most 100 conditions.` }
  for (const [at, one] of list.entries()) {
    const trouble = whyNoCondition(one, `${path}.${branch}.${at}`)
    if (trouble !== null) return trouble
  }
  return null
}

function whyNoTest({ field, op, value }: Readonly<Record<string, unknown>>, path: string): Trouble | null {
  if (typeof field !== 'string' || field === '' || field.length > 200)
    return { field: `${path}.field`, why: 'Name the field that is looked at, such as message.text.' }
  if (typeof op !== 'string' || !(everyOperator as readonly string[]).includes(op)) {
    const near = typeof op === 'string' ? nearest(op, everyOperator) : null
    const hint = near === null ? ` Known are: ${everyOperator.join(', ')}.` : ` Did you mean ${near}?`
    return { field: `${path}.op`, why: `${typeof op === 'string' ? `"${op}"` : 'This'} is no operator.${hint}` }
  }
  if (value === undefined || isValue(value)) return null
  return { field: `${path}.value`, why: 'A value is a text of at most 2,000 letters, a number, or a list of texts.' }
}

const isText = (it: unknown): boolean => typeof it === 'string' && it.length <= 2000
const isValue = (it: unknown): boolean =>
  isText(it) || Number.isFinite(it) || (Array.isArray(it) && it.length <= 1000 && it.every(isText))
