// Refusals that several commands give, in the same words.
import type { Refusal } from '../ports/command.ts'

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
