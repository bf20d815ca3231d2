// What an automatic reply says: its text in the customer's language, with a closed list of variables; an unknown one is refused before it is kept.
import type { AutoReplyRow } from '../../ports/auto-reply-rows.ts'
import type { AutoReplyText } from '../../../schemas/auto-reply.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { isLanguageTag, whyNoLanguage } from '../language-tag.ts'
import { unknown } from '../match/did-you-mean.ts'

export const variables = ['ticket.number', 'requester.name', 'brand.name', 'hours.nextOpening'] as const
export type Variable = (typeof variables)[number]
export type Values = Readonly<Record<Variable, string | null>>

/** `{{name}}`, or `{{name|what stands there where none is known}}`. */
const placeholder = /\{\{([^{}|]{0,100})(?:\|([^{}]{0,200}))?\}\}/g

export interface BadText {
  readonly field: string
  readonly code: string
  readonly why: string
}
/** Null: each of them can be said. */
export function whyNotTexts(texts: AutoReplyRow['texts']): BadText | null {
  const all = Object.entries(texts)
  if (all.length === 0)
    return { field: 'texts', code: 'texts_missing', why: 'An automatic reply needs a text in one language at least.' }
  for (const [language, { text, html }] of all) {
    if (!isLanguageTag(language))
      return { field: `texts.${language}`, code: 'unknown_language', why: whyNoLanguage(language) }
    if (text.trim() === '')
      return { field: `texts.${language}.text`, code: 'texts_missing', why: 'A text of blanks says nothing.' }
    for (const [name, said] of [['text', text] as const, ['html', html] as const]) {
      const why = said === undefined ? null : whyNotSaid(said)
      if (why !== null) return { field: `texts.${language}.${name}`, code: 'unknown_variable', why }
    }
  }
  return null
}

function whyNotSaid(said: string): string | null {
  for (const [, name = ''] of said.matchAll(placeholder))
    if (!(variables as readonly string[]).includes(name.trim())) return unknown('variable', name.trim(), variables)
  return /\{\{|\}\}/.test(said.replace(placeholder, ''))
    ? `A variable stands in two braces on each side, such as {{${variables[0]}}}; here some are left over.`
    : null
}

/** The language of the customer, else of its first part, else of the brand, else the first there is. */
export function textIn(
  texts: AutoReplyRow['texts'],
  languages: readonly (string | null | undefined)[],
): { readonly language: string; readonly text: AutoReplyText } | null {
  const names = Object.keys(texts).toSorted()
  for (const asked of languages) {
    if (asked === null || asked === undefined) continue
    const tongue = tongueOf(asked)
    const found =
      names.find((it) => it.toLowerCase() === asked.toLowerCase()) ??
      names.find((it) => it.toLowerCase() === tongue) ??
      names.find((it) => tongueOf(it) === tongue)
    if (found !== undefined) return { language: found, text: texts[found]! }
  }
  const first = names.find((it) => tongueOf(it) === 'en') ?? names[0]
  return first === undefined ? null : { language: first, text: texts[first]! }
}
const tongueOf = (language: string): string => language.toLowerCase().split('-')[0]!

export const filled = (said: string, values: Values, isHtml = false): string =>
  said.replace(placeholder, (_all, name: string, other: string | undefined) => {
    const value = values[name.trim() as Variable] ?? other ?? ''
    return isHtml && values[name.trim() as Variable] !== null ? escaped(value) : value
  })
const escaped = (text: string): string => text.replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`)

/** What somebody calls themselves is said back only where it looks like a name: nobody sends advertisements through us. */
export function safeName(name: string | null): string | null {
  const plain = (name ?? '').replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  const isName = plain !== '' && plain.length <= 60 && /^[\p{L}\p{M}\p{N} .,'’()-]+$/u.test(plain)
  return isName && !/\b(?:https?|www)\b|\.\p{L}{2,}/iu.test(plain) ? plain : null
}

/** A day and an hour on the wall of the business, as the customer says it; the date too where it is more than six days ahead. */
export function openingIn(
  language: string,
  { opens, now, timezone }: { readonly opens: Instant; readonly now: Instant; readonly timezone: string },
): string {
  const isFar = Date.parse(opens) - Date.parse(now) > 6 * 86_400_000
  const day = isFar ? ({ day: 'numeric', month: 'long' } as const) : {}
  const how = { weekday: 'long', hour: 'numeric', minute: '2-digit', timeZone: timezone, ...day } as const
  return formatter(language, how).format(new Date(opens))
}
/** Not every tag of the right form is one (`tr-a1`): then its first part, else English, by the same wall. */
function formatter(language: string, how: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(language, how)
  } catch {
    return new Intl.DateTimeFormat(isLanguageTag(language) ? tongueOf(language) : 'en', how)
  }
}
