// What changes of the desk's settings share: one lock, one copy of the desk, the same refusals, a line in the audit.
import { Type } from 'typebox'
import type { FollowUp, LifecycleSet } from '../../schemas/lifecycle.ts'
import type { Condition } from '../../schemas/rule.ts'
import type { Answer, Asker, Decided, Refusal, Shown } from '../ports/command.ts'
import type { Desk } from '../ports/desk.ts'
import type { Reader } from '../ports/reader.ts'
import { lockOf, type Change, type LockKey, type Moment } from '../ports/worker.ts'
import { plusSeconds } from '../rules/durations.ts'
import { loose, namedBy, whyNoKind, type NameGiven, type NameKind } from '../rules/desk-names.ts'
import { isSeen } from '../rules/fold.ts'
import { audit } from './audited.ts'
import { invalid, notFound, staleVersion } from './refusals.ts'

/** Who names something and who drops it hold the same lock: no name leads nowhere because two people worked at once. */
export const settingsLock: LockKey = lockOf('desk', 'settings')

export interface DeskFacts {
  readonly desk: Desk
  /** A sentence where no such channel is installed. */
  readonly whyNoChannel: (name: string) => string | null
  /** Of conversations that installed channels have. */
  readonly kinds: readonly string[]
}
export const deskFacts = async (_input: unknown, read: Reader): Promise<DeskFacts> => ({
  desk: await read.desk(),
  kinds: read.kinds(),
  whyNoChannel: (name) => {
    const found = read.whyNotAnAccount(name, {}, [])
    return found?.field === 'channel' ? found.why : null
  },
})

/** The word `none` is how lists ask for what has nothing there. */
export const idPattern = '^(?!none$)[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$'
export const idOf = (what: string) =>
  Type.String({ pattern: idPattern, description: `The ${what}: letters, digits, dots, hyphens, underscores.` })
export const version = Type.Optional(
  Type.Integer({ minimum: 1, description: 'The version you saw; leave it out to make one.' }),
)
export const names = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 500, uniqueItems: true, description })

interface Put {
  readonly what: Shown
  /** Null: it is being made, and its id will be made too. */
  readonly id: string | null
  readonly known: { readonly version: number } | null
  readonly asked: { readonly version?: number; readonly name?: string }
}
/** Made without a version, changed from the version that was seen. */
export function whyNotPut({ what, id, known, asked }: Put): Refusal | null {
  if (known === null && asked.version !== undefined) return notFound(what)
  if (known === null && asked.name === undefined) return invalid('name_missing', 'name', `A new ${what} needs a name.`)
  if (asked.name !== undefined && !isSeen(asked.name)) return invalid('name_missing', 'name', noName)
  if (known === null) return null
  if (asked.version === undefined)
    return {
      refuse: 'conflict',
      code: 'exists',
      why: `There is ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what} "${id}" already.`,
      field: what === 'type' || what === 'topic' || what === 'status' ? 'key' : 'id',
    }
  return asked.version === known.version ? null : staleVersion(what, known.version)
}

export const noName = 'A name has at least one character that can be seen.'

/** A name that leads nowhere, channels among them. */
export function whyLoose(
  { desk, whyNoChannel }: DeskFacts,
  names: readonly NameGiven[],
  channels: readonly { readonly field: string; readonly name: string }[] = [],
): Refusal | null {
  for (const { field, name } of channels) {
    const why = whyNoChannel(name)
    if (why !== null) return invalid('unknown_channel', field, why)
  }
  const found = loose(desk, names)
  return found === null ? null : invalid(found.code, found.field, found.why)
}

/** A kind of conversation that no channel here has would never be met. */
export function whyOddKind(when: Condition | null, { kinds }: DeskFacts): Refusal | null {
  const found = whyNoKind(when, kinds)
  return found === null ? null : invalid('unknown_kind', found.field, found.why)
}

const shownAtMost = 5
/** Taking the name away from those that have it would change what they do without anybody asking for it. */
export function whyNotDropped(desk: Desk, kind: NameKind, name: string): Refusal | null {
  const by = namedBy(desk, kind, name)
  if (by.length === 0) return null
  const more = by.length > shownAtMost ? ` and ${by.length - shownAtMost} more` : ''
  const why = `The ${kind} "${name}" is still named by ${by.slice(0, shownAtMost).join(', ')}${more}. Change or drop them first.`
  return { refuse: 'conflict', code: 'in_use', why, facts: { by: by.slice(0, 100) } }
}

/**
 * What waits to be closed keeps the name of a group, a brand or an account that goes, and is of it again when it comes back: its days are
 * counted anew, as the store has them counted where days change. In two seconds: whoever resolved by the old ones has committed by then.
 */
export const daysAnew = (days: FollowUp | LifecycleSet | null | undefined, { now }: Moment): readonly Change[] =>
  days && ('reopen' in days || days.closeDays !== undefined)
    ? [{ do: 'wake-me', kind: 'close_days', subject: 'desk', dueAt: plusSeconds(now, 2), basis: null }]
    : []

export interface Asked {
  readonly moment: Moment
  readonly by: Asker
}
/** What is set is what was given; what was left out stays as it is, or as it is by default. */
export const merged = <Row extends object>(base: Row, input: object): Row => ({
  ...base,
  ...Object.fromEntries(Object.entries(input).filter(([field, value]) => field in base && value !== undefined)),
})

interface Saved {
  readonly what: Shown
  readonly id: string
  readonly known: object | null
  readonly input: object
  readonly changes: readonly Change[]
  readonly events?: Decided['events']
}
/** Which fields were given stands in the audit, their values in the thing itself. */
export function saved({ what, id, known, input, changes, events = [] }: Saved, asked: Asked): Decided {
  const fields = Object.keys(input).filter((it) => !['id', 'key', 'version'].includes(it))
  const line = audit(
    { what: `${what}.${known === null ? 'created' : 'changed'}`, subject: id, about: { fields: fields.join(' ') } },
    asked,
  )
  const answer: Answer = { status: known === null ? 201 : 200, show: what, id }
  return { changes: [...changes, line], events, answer }
}
export const dropped = (what: Shown, id: string, changes: readonly Change[], asked: Asked): Decided => ({
  changes: [...changes, audit({ what: `${what}.dropped`, subject: id }, asked)],
  events: [],
  answer: { status: 204, body: null },
})
