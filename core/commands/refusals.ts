// Refusals that several commands give, in the same words.
import type { Asker, Refusal } from '../ports/command.ts'
import type { Desk } from '../ports/desk.ts'
import { whyBeyond, type Reach } from '../rules/reach.ts'

export const notFound = (what: string): Refusal => ({
  refuse: 'not-found',
  code: 'not_found',
  why: `There is no such ${what} in this workspace.`,
})

export const staleVersion = (what: string, present: number): Refusal => ({
  refuse: 'conflict',
  code: 'stale_version',
  why: `Somebody changed this ${what} meanwhile; it is at version ${present}. Read it again, then decide.`,
  field: 'version',
  facts: { version: present },
})

export const invalid = (code: string, field: string, why: string): Refusal => ({ refuse: 'invalid', code, why, field })

/** Somebody is not theirs to make, change, invite or send away. */
export const notOver = (why: string): Refusal => ({ refuse: 'forbidden', code: 'not_over', why })

/** As it was and as it would be, each where it is there: neither may act on what they do not see (D54). */
export function notTheirs(by: Asker, each: readonly (Reach | null)[], desk: Desk): Refusal | null {
  const found = each.flatMap((it) => (it === null ? [] : (whyBeyond(by, it, desk) ?? [])))[0]
  return found === undefined ? null : { refuse: 'forbidden', code: 'not_yours', why: found.why, field: found.field }
}
