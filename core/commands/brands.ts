// Brands: made or changed by one command, dropped by another.
import { Type, type Static } from 'typebox'
import { AutoReplyBudgets } from '../../schemas/auto-reply.ts'
import { LifecycleSet } from '../../schemas/lifecycle.ts'
import { nullable } from '../../schemas/shapes.ts'
import { command } from '../ports/command.ts'
import type { Reader } from '../ports/reader.ts'
import type { BrandRow } from '../ports/rows.ts'
import { lockOf, type Change, type Moment } from '../ports/worker.ts'
import { given } from '../rules/desk-names.ts'
import { isSeen } from '../rules/fold.ts'
import { isLanguageTag, whyNoLanguage } from '../rules/language-tag.ts'
import { isTimezone, whyNoTimezone } from '../rules/time-zone.ts'
import { audit } from './audited.ts'
import { daysAnew, deskFacts, noName, settingsLock, whyLoose, whyNotDropped, type DeskFacts } from './desk-change.ts'
import * as inputs from './inputs.ts'
import { invalid, notFound, notTheirs, staleVersion } from './refusals.ts'

const id = Type.String({
  pattern: '^(?!none$)[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$',
  description: 'The brand: letters, digits, dots, hyphens, underscores.',
})
export const PutBrandInput = Type.Object(
  {
    id,
    version: Type.Optional(Type.Integer({ minimum: 1, description: 'The version you saw; leave it out to make one.' })),
    name: Type.Optional(inputs.word('As people call it.')),
    language: Type.Optional(nullable(inputs.word('BCP 47; the language it answers in.'))),
    timezone: Type.Optional(nullable(inputs.word('IANA: Europe/Istanbul.'))),
    calendar: Type.Optional(nullable(inputs.word('When it is open; null: always.'))),
    lifecycle: Type.Optional(nullable(LifecycleSet, 'What differs of the life of its tickets; null: nothing.')),
    autoReplyBudgets: Type.Optional(
      nullable(AutoReplyBudgets, 'What differs of how much a machine may say; null: nothing.'),
    ),
  },
  { ...inputs.closed, description: 'A brand, made or changed.' },
)
export type PutBrandInput = Static<typeof PutBrandInput>
export const DropBrandInput = Type.Object({ id }, { ...inputs.closed, description: 'A brand that goes.' })
export type DropBrandInput = Static<typeof DropBrandInput>

const brandLock = ({ id }: { readonly id: string }) => [lockOf('desk', 'brand', id)]
type BrandFacts = DeskFacts & { readonly known: BrandRow | null }
const brandFacts = async (input: { readonly id: string }, read: Reader): Promise<BrandFacts> => ({
  known: await read.brands.one(input.id),
  ...(await deskFacts(input, read)),
})

/** Open promises are reckoned by other hours. */
const recountAt = ({ now }: Moment): Change => ({
  do: 'wake-me',
  kind: 'sla_recount',
  subject: 'desk',
  dueAt: now,
  basis: '',
})

export const putBrand = command({
  name: 'put-brand',
  input: PutBrandInput,
  scope: 'settings:write',
  locks: (input: PutBrandInput) => [settingsLock, ...brandLock(input)],
  facts: (input: PutBrandInput, read) => brandFacts(input, read),
  decide(input: PutBrandInput, { known, ...facts }: BrandFacts, moment, by) {
    const { id, name, version, language, timezone, calendar } = input
    if (known === null && version !== undefined) return notFound('brand')
    const beyond = notTheirs(by, [{ brands: [id] }], facts.desk)
    if (beyond !== null) return beyond
    if (known === null && name === undefined) return invalid('name_missing', 'name', 'A new brand needs a name.')
    if (name !== undefined && !isSeen(name)) return invalid('name_missing', 'name', noName)
    if (known !== null && version === undefined)
      return { refuse: 'conflict', code: 'exists', why: `There is a brand "${id}" already.`, field: 'id' }
    if (known !== null && version !== known.version) return staleVersion('brand', known.version)
    if (timezone && !isTimezone(timezone)) return invalid('unknown_timezone', 'timezone', whyNoTimezone(timezone))
    if (language && !isLanguageTag(language)) return invalid('unknown_language', 'language', whyNoLanguage(language))
    const nowhere = whyLoose(facts, given('calendar', 'calendar', [calendar]))
    if (nowhere !== null) return nowhere
    const brand: BrandRow = {
      id,
      name: name ?? known?.name ?? id,
      language: language === undefined ? (known?.language ?? null) : language,
      timezone: timezone === undefined ? (known?.timezone ?? null) : timezone,
      calendar: calendar === undefined ? (known?.calendar ?? null) : calendar,
      lifecycle: input.lifecycle === undefined ? (known?.lifecycle ?? null) : input.lifecycle,
      autoReplyBudgets:
        input.autoReplyBudgets === undefined ? (known?.autoReplyBudgets ?? null) : input.autoReplyBudgets,
      version: (known?.version ?? 0) + 1,
    }
    const what = known === null ? 'brand.created' : 'brand.changed'
    // Tickets of one that was dropped kept its name, and are of this one now: another calendar of a known one is told by the store.
    const isBack = known === null && brand.calendar !== null
    return {
      changes: [
        { do: 'put-brand', brand },
        ...(isBack ? [recountAt(moment)] : []),
        ...(known === null ? daysAnew(brand.lifecycle, moment) : []),
        audit({ what, subject: id }, { moment, by }),
      ],
      events: [],
      answer: { status: known === null ? 201 : 200, show: 'brand', id } as const,
    }
  },
})

/** What is only of this brand would be of all, or of none, without it: whoever names it comes first. Accounts and tickets keep the name. */
export const dropBrand = command({
  name: 'drop-brand',
  input: DropBrandInput,
  scope: 'settings:write',
  locks: (input: DropBrandInput) => [settingsLock, ...brandLock(input)],
  facts: (input: DropBrandInput, read) => brandFacts(input, read),
  decide({ id }: DropBrandInput, { known, desk }: BrandFacts, moment, by) {
    if (known === null) return notFound('brand')
    const needed = notTheirs(by, [{ brands: [id] }], desk) ?? whyNotDropped(desk, 'brand', id)
    if (needed !== null) return needed
    // Its tickets keep the name, and are always open from now on: their promises are reckoned by that at once.
    return {
      changes: [
        { do: 'drop-brand', brand: id },
        ...(known.calendar === null ? [] : [recountAt(moment)]),
        ...daysAnew(known.lifecycle, moment),
        audit({ what: 'brand.dropped', subject: id }, { moment, by }),
      ],
      events: [],
      answer: { status: 204, body: null },
    }
  },
})
