// What leaves no other trace, written into the audit before it is done: reading a vendor's bytes, sending raws through again (S28).
import Type, { type Static } from 'typebox'
import { command, type Scope } from '../ports/command.ts'
import { closed } from './inputs.ts'

export const NoteInput = Type.Object(
  {
    subject: Type.String({ minLength: 1, maxLength: 300, description: 'What it was done to.' }),
    about: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Null()]), {
      description: 'What else belongs to it.',
    }),
  },
  { ...closed, description: 'An entry of the audit.' },
)
export type NoteInput = Static<typeof NoteInput>

const note = (what: string, scope: Scope) =>
  command({
    name: `note-${what}`,
    input: NoteInput,
    scope,
    locks: () => [],
    facts: async (_input: NoteInput) => null,
    decide: ({ subject, about }: NoteInput, _facts, moment, by) => ({
      changes: [{ do: 'audit', what, subject, by: by.actor, from: by.from, about, at: moment.now }],
      events: [],
      answer: { status: 200, body: null },
    }),
  })

export const noteRawRead = note('raw.read', 'raws:read')
export const noteReplay = note('replay.started', 'parked:write')
