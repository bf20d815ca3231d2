// The catalogues: what kinds of request there are (D7, D14) and why customers write (D8). One shape, two lists.
import { Type, type Static } from 'typebox'
import { automaticTopic } from '../../schemas/auto-reply.ts'
import { nullable } from '../../schemas/shapes.ts'
import { command, type Refusal } from '../ports/command.ts'
import type { CatalogueRow } from '../ports/desk-rows.ts'
import { typeDefault } from '../rules/desk-defaults.ts'
import { given } from '../rules/desk-names.ts'
import { folded } from '../rules/fold.ts'
import {
  deskFacts,
  dropped,
  merged,
  names,
  saved,
  settingsLock,
  version,
  whyLoose,
  whyNotDropped,
  whyNotPut,
  type DeskFacts,
} from './desk-change.ts'
import * as inputs from './inputs.ts'
import { notFound, notTheirs } from './refusals.ts'

const step = '[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}'
export const keyPattern = `^(?!none$)${step}(?:/${step}){0,4}$`
const key = Type.String({ pattern: keyPattern, description: 'A word or a path of words: `billing/refund`.' })
const shared = {
  key,
  version,
  name: Type.Optional(inputs.word('As people call it.')),
  brands: Type.Optional(nullable(names('Of these brands.'), 'Of these brands; null: of all.')),
}
export const PutTypeInput = Type.Object(
  {
    ...shared,
    group: Type.Optional(nullable(inputs.word('The group whose its tickets are.'))),
    agent: Type.Optional(nullable(inputs.word('The agent whose its tickets are.'))),
  },
  { ...inputs.closed, description: 'A type of request, made or changed.' },
)
export type PutTypeInput = Static<typeof PutTypeInput>
export const PutTopicInput = Type.Object(shared, {
  ...inputs.closed,
  description: 'A topic, which is why customers write, made or changed.',
})
export type PutTopicInput = Static<typeof PutTopicInput>
export const DropEntryInput = Type.Object({ key }, { ...inputs.closed, description: 'What goes.' })
export type DropEntryInput = Static<typeof DropEntryInput>

type What = CatalogueRow['what']
type PutInput = PutTopicInput & Pick<PutTypeInput, 'group' | 'agent'>

const put = <I extends PutInput>(what: What, input: typeof PutTypeInput | typeof PutTopicInput) =>
  command({
    name: `put-${what}`,
    input,
    scope: 'rules:write',
    locks: () => [settingsLock],
    facts: (asked: I, read) => deskFacts(asked, read),
    decide(asked: I, facts, moment, by) {
      const known = facts.desk[`${what}s`].get(asked.key) ?? null
      const refusal =
        whyBuiltIn(what, asked.key) ??
        whyNotPut({ what, id: asked.key, known, asked }) ??
        (known === null ? whyTwin(what, asked.key, facts) : null) ??
        whyLoose(facts, [
          ...given('brand', 'brands', asked.brands),
          ...given('group', 'group', [asked.group]),
          ...given('agent', 'agent', [asked.agent]),
        ])
      if (refusal !== null) return refusal
      const empty: CatalogueRow = { ...typeDefault, what, key: asked.key, name: '', version: 0 }
      const base = known ?? empty
      const entry = merged(base, { ...asked, version: base.version + 1 })
      const beyond = notTheirs(by, [known, entry], facts.desk)
      if (beyond !== null) return beyond
      const changes = [{ do: 'put-entry', entry, create: known === null }] as const
      return saved({ what, id: entry.key, known, input: asked, changes }, { moment, by })
    },
  })

/** No row of anybody's: a change would be said to be done, and nothing would be another (D8, D11). */
function whyBuiltIn(what: What, key: string): Refusal | null {
  if (what !== 'topic' || key !== automaticTopic) return null
  const why = `"${key}" is built in: automatic replies give it. It does not go and is called nothing else.`
  return { refuse: 'conflict', code: 'built_in', why }
}

/** Conditions compare words without case: of two that differ by nothing else each would mean the other too. */
function whyTwin(what: What, key: string, { desk }: DeskFacts): Refusal | null {
  const twin = [...desk[`${what}s`].keys()].find((it) => folded(it) === folded(key))
  if (twin === undefined) return null
  const why = `There is the ${what} "${twin}" already, and nothing tells "${key}" apart from it. Change that one, or take another word.`
  return { refuse: 'conflict', code: 'exists', why, field: 'key', facts: { [what]: twin } }
}

/** Tickets keep the word they have: what was asked then does not change because the list does. */
const drop = (what: What) =>
  command({
    name: `drop-${what}`,
    input: DropEntryInput,
    scope: 'rules:write',
    locks: () => [settingsLock],
    facts: (asked: DropEntryInput, read) => deskFacts(asked, read),
    decide({ key }: DropEntryInput, { desk }, moment, by) {
      const known = desk[`${what}s`].get(key)
      if (known === undefined) return notFound(what)
      const refusal = whyBuiltIn(what, key) ?? notTheirs(by, [known], desk) ?? whyNotDropped(desk, what, key)
      return refusal ?? dropped(what, key, [{ do: 'drop-entry', what, key }], { moment, by })
    },
  })

export const putType = put<PutTypeInput>('type', PutTypeInput)
export const putTopic = put<PutTopicInput>('topic', PutTopicInput)
export const dropType = drop('type')
export const dropTopic = drop('topic')
