// Changes of settings with their line in the audit: who, when, what, from where (S28).
import type { Asker } from '../ports/command.ts'
import type { Change, Moment } from '../ports/worker.ts'

export interface Audited {
  /** `noun.past`: `account.created`. */
  readonly what: string
  readonly subject: string
  /** Names and numbers, never values of secrets. */
  readonly about?: Readonly<Record<string, string | number | null>>
}
export const audit = (it: Audited, asked: { readonly moment: Moment; readonly by: Asker }): Change => ({
  do: 'audit',
  what: it.what,
  subject: it.subject,
  by: asked.by.actor,
  from: asked.by.from,
  about: it.about ?? {},
  at: asked.moment.now,
})
