// Keys of the API: kept as a hash that the API made, revoked once and for all.
import { Type, type Static } from 'typebox'
import type { Instant } from '../../schemas/ids.ts'
import { instant, nullable, oneOf } from '../../schemas/shapes.ts'
import { command, scopes } from '../ports/command.ts'
import type { KeyRow } from '../ports/rows.ts'
import { lockOf } from '../ports/worker.ts'
import { audit } from './audited.ts'
import { closed, word } from './inputs.ts'
import { invalid, notFound, notOver } from './refusals.ts'

export const MakeKeyInput = Type.Object(
  {
    name: word('What it is for.'),
    scopes: Type.Array(oneOf(scopes), { minItems: 1, uniqueItems: true, description: 'What it may do.' }),
    expiresAt: Type.Optional(nullable(instant, 'From then on it opens nothing; null or left out: never.')),
    prefix: Type.String({ minLength: 1, maxLength: 40, description: 'Its beginning, by which people know it again.' }),
    hash: Type.String({ minLength: 32, maxLength: 200, description: 'Of the whole key.' }),
  },
  { ...closed, description: 'A key whose value only its asker sees, once.' },
)
export type MakeKeyInput = Static<typeof MakeKeyInput>
export const RevokeKeyInput = Type.Object({ key: word('key_…') }, { ...closed, description: 'A key that ends.' })
export type RevokeKeyInput = Static<typeof RevokeKeyInput>

export const makeKey = command({
  name: 'make-key',
  input: MakeKeyInput,
  scope: 'keys:write',
  locks: () => [],
  facts: async (_input: MakeKeyInput) => null,
  decide(input: MakeKeyInput, _facts, moment, by) {
    const { name, prefix, hash } = input
    const expiresAt: Instant | null = input.expiresAt ?? null
    if (expiresAt !== null && expiresAt <= moment.now)
      return invalid('already_over', 'expiresAt', 'This moment has passed; the key would open nothing.')
    const more = input.scopes.find((it) => !by.scopes.includes('admin') && !by.scopes.includes(it))
    if (more !== undefined) {
      const why = `A key cannot give what it does not hold: ${more}.`
      return { refuse: 'forbidden', code: 'scope_missing', why, field: 'scopes' }
    }
    // It would be a way around what they may see.
    if (by.agent !== undefined && (by.agent.brands !== null || by.agent.channels !== null))
      return notOver('A key sees everything of the workspace, and you see a part of it. Ask somebody who sees all.')
    const key = moment.newId('key')
    const about = { name, scopes: input.scopes.join(' '), expiresAt }
    return {
      changes: [
        { do: 'put-key', key, name, prefix, hash, scopes: input.scopes, expiresAt, at: moment.now },
        audit({ what: 'key.created', subject: key, about }, { moment, by }),
      ],
      events: [],
      answer: { status: 201, show: 'key', id: key } as const,
    }
  },
})

export const revokeKey = command({
  name: 'revoke-key',
  input: RevokeKeyInput,
  scope: 'keys:write',
  locks: ({ key }: RevokeKeyInput) => [lockOf('desk', 'key', key)],
  facts: (input: RevokeKeyInput, read) => read.keys.one(input.key),
  decide({ key }: RevokeKeyInput, known: KeyRow | null, moment, by) {
    if (known === null) return notFound('key')
    const answer = { status: 204, body: null }
    if (known.revokedAt !== null) return { changes: [], events: [], answer }
    const line = audit({ what: 'key.revoked', subject: key, about: { name: known.name } }, { moment, by })
    return { changes: [{ do: 'revoke-key', key, at: moment.now }, line], events: [], answer }
  },
})
