// A review of an app in a store, as the stores of this family have it in common: what was written, and what was said under it.
import { createHash } from 'node:crypto'
import type { Instant } from '../../../schemas/ids.ts'

export interface Review {
  readonly id: string
  readonly by: string | null
  /** When it was written, or last changed, as far as the store says. */
  readonly at: Instant
  readonly title?: string
  readonly text: string
  readonly stars?: number
  /** Where and with what it was written: country, language, version of the app. Shown to the agent. */
  readonly about: Readonly<Record<string, string | number>>
  /** What sending an answer needs. */
  readonly vendor: Readonly<Record<string, string>>
  /** What was said under it, oldest first; left out where the store did not say, which is not "nothing". */
  readonly talk?: readonly Said[]
  /** What the store's list says of the talk where it does not show it: another mark, another talk. */
  readonly mark?: string
}
export interface Said {
  /** What it is called as a message of ours. */
  readonly key: string
  readonly by: 'us' | 'customer'
  readonly text: string
  /** Null where the store does not say: then it is dated by when it was seen. */
  readonly at: Instant | null
  /** How far an answer of ours got, where the store says. */
  readonly state?: 'sent' | 'delivered' | 'failed'
}

const digest = (...pieces: readonly string[]): string =>
  createHash('sha256').update(pieces.join('\u001f')).digest('hex').slice(0, 32)

/** Of what the customer said alone: a nickname, a country or a counter that changes is no edit. */
export const hashOf = ({ stars, title, text }: Review): string => digest(String(stars ?? ''), title ?? '', text)

/** An answer is named by the review and its words: the store keeps one, under one id, whatever it says by now. */
export const answerKey = (review: string, text: string): string => `${review}:re:${digest(text).slice(0, 12)}`

/** What the agent reads: the title is a part of it, and changes with it. */
export const wordsOf = ({ title, text }: Review): string =>
  [title, text].filter((it) => it !== undefined && it !== '').join('\n\n')
