// Statuses under names of one's own (B24): made, named anew, dropped. What becomes of a ticket is said by their category, which stands for ever.
import { Type, type Static } from 'typebox'
import { oneOf } from '../../schemas/shapes.ts'
import { categories } from '../../schemas/ticket.ts'
import { command, type Refusal } from '../ports/command.ts'
import type { Desk } from '../ports/desk.ts'
import type { StatusRow } from '../ports/desk-rows.ts'
import { statusDefault } from '../rules/desk-defaults.ts'
import { isLanguageTag, whyNoLanguage } from '../rules/language-tag.ts'
import { isBuiltInStatus } from '../rules/statuses.ts'
import { deskFacts, dropped, merged, saved, settingsLock, version, whyNotDropped, whyNotPut } from './desk-change.ts'
import * as inputs from './inputs.ts'
import { invalid, notFound } from './refusals.ts'

const key = Type.String({
  pattern: '^(?!(?:none|urgent)$)[a-z][a-z0-9_]{0,40}$',
  description:
    'What filters and rules name it by: small letters, digits, underscores; not `none` and `urgent`, which filters have.',
})
const label = Type.String({ pattern: '\\S', maxLength: 100 })
export const PutStatusInput = Type.Object(
  {
    key,
    version,
    name: Type.Optional(inputs.word('As people call it where their language has no label.')),
    category: Type.Optional(
      oneOf(
        categories,
        'What becomes of a ticket that has it; said once. `waiting` behaves like on_hold, `done` like resolved.',
      ),
    ),
    labels: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$' }), label, {
        description: 'As people call it, by language: `tr`, `en`. All of them from now on.',
        maxProperties: 50,
      }),
    ),
  },
  { ...inputs.closed, description: 'A status, made or named anew.' },
)
export type PutStatusInput = Static<typeof PutStatusInput>
export const DropStatusInput = Type.Object({ key }, { ...inputs.closed, description: 'A status that goes.' })
export type DropStatusInput = Static<typeof DropStatusInput>

const scope = 'rules:write'
const locks = () => [settingsLock]

export const putStatus = command({
  name: 'put-status',
  input: PutStatusInput,
  scope,
  locks,
  facts: (input: PutStatusInput, read) => deskFacts(input, read),
  decide(input: PutStatusInput, { desk }, moment, by) {
    const known = desk.statuses.get(input.key) ?? null
    const refusal =
      whyNotPut({ what: 'status', id: input.key, known, asked: input }) ??
      whyNotCategory(input.category, known) ??
      whyNotLabels(input.labels ?? {})
    if (refusal !== null) return refusal
    const empty: StatusRow = {
      ...statusDefault,
      key: input.key,
      name: '',
      category: input.category ?? 'open',
      version: 0,
    }
    const base = known ?? empty
    const status = merged(base, { ...input, version: base.version + 1 })
    // A built-in one is kept from the first time it is given another name.
    const create = !desk.rows.statuses.some((it) => it.key === input.key)
    const changes = [{ do: 'put-status', status, create }] as const
    return saved({ what: 'status', id: status.key, known, input, changes }, { moment, by })
  },
})

function whyNotLabels(labels: StatusRow['labels']): Refusal | null {
  const odd = Object.keys(labels).find((it) => !isLanguageTag(it))
  return odd === undefined ? null : invalid('unknown_language', `labels.${odd}`, whyNoLanguage(odd))
}

function whyNotCategory(asked: StatusRow['category'] | undefined, known: StatusRow | null): Refusal | null {
  if (known === null)
    return asked === undefined
      ? invalid('category_missing', 'category', `A new status needs a category: ${categories.join(', ')}.`)
      : null
  if (asked === undefined || asked === known.category) return null
  const why = `"${known.key}" is of the category ${known.category}, and tickets went by that. Make another status of the category ${asked}, and move them to it.`
  return invalid('fixed_category', 'category', why)
}

interface DropFacts {
  readonly desk: Desk
  readonly tickets: number
}
/** Tickets that have it would be called nothing: they come first, whatever became of them. */
export const dropStatus = command({
  name: 'drop-status',
  input: DropStatusInput,
  scope,
  locks,
  facts: async ({ key }: DropStatusInput, read): Promise<DropFacts> => ({
    desk: await read.desk(),
    tickets: await read.ticketsWithStatus(key),
  }),
  decide({ key }: DropStatusInput, { desk, tickets }, moment, by) {
    if (!desk.statuses.has(key)) return notFound('status')
    const refusal = isBuiltInStatus(key)
      ? whyBuiltIn(key, desk)
      : (whyNotDropped(desk, 'status', key) ?? whyHeld(key, tickets))
    return refusal ?? dropped('status', key, [{ do: 'drop-status', status: key }], { moment, by })
  },
})

/** One that was given another name is given its own back. */
function whyBuiltIn(key: string, desk: Desk): Refusal | null {
  if (desk.rows.statuses.some((it) => it.key === key)) return null
  const why = `"${key}" is built in and does not go. It can be called something else: PATCH /v1/statuses/${key}.`
  return { refuse: 'conflict', code: 'built_in', why }
}

function whyHeld(key: string, tickets: number): Refusal | null {
  if (tickets === 0) return null
  const many = tickets === 1 ? 'One ticket is' : `${tickets === 10_000 ? '10000 or more' : tickets} tickets are`
  const why = `${many} "${key}". Move ${tickets === 1 ? 'it' : 'them'} to another status first: GET /v1/tickets?status=${key} shows which.`
  return { refuse: 'conflict', code: 'in_use', why, facts: { tickets } }
}
