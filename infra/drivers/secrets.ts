// Secrets of accounts: sealed for the database, opened for use, and from then on hidden from every log line (S16, S18).
import { GatewayError } from '../../core/errors.ts'
import type { Clock, Secrets } from '../../core/ports/edges.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { makeKeyRing } from './data-key-ring.ts'
import type { DataKeys, KeyRing } from './data-key-ring.ts'
import { decrypt, encrypt } from './envelope.ts'
import { masterKeyFrom, type MasterKey } from './master-key.ts'
import { isReference, makeReferences } from './secret-references.ts'
import { keepSecret as keepSecretOfProcess } from './secret-values.ts'

export interface SecretsDeps {
  readonly masterKey: MasterKey
  readonly dataKeys: DataKeys
  readonly clock: Pick<Clock, 'ticks'>
  /** The data directory: no account may name a file in it. */
  readonly data: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly keepSecret?: (value: string) => void
}
export interface KeptSecrets extends Secrets {
  /** The keys that it seals by, for what else is bound to a workspace. */
  readonly ring: Pick<KeyRing, 'newest' | 'named'>
  /** Wraps every data key by another master key, all or none; what is sealed stays as it is. Again after a crash is harmless. */
  rewrap(to: MasterKey): Promise<number>
  /** Rejects when the database was sealed under another master key: said at the start, not to the first vendor that calls. */
  check(): Promise<void>
}

type Refer = ReturnType<typeof makeReferences>
const sealedText = /^sealed:1:(\d{1,6}):([A-Za-z0-9_-]+)$/

export function makeSecrets(deps: SecretsDeps): KeptSecrets {
  const ring = makeKeyRing(deps.masterKey, deps.dataKeys)
  const references = makeReferences({ clock: deps.clock, data: deps.data, env: deps.env ?? process.env })
  const refer = withoutMasterKey(references, deps.masterKey)
  const keepSecret = deps.keepSecret ?? keepSecretOfProcess
  const unseal = remembered((at, stored) => unsealed(ring, at, stored))
  return {
    ring,
    async seal(workspace, place, plain) {
      // A reference is no secret, and must stay readable for whoever rotates what it names.
      if (isReference(plain)) return plain
      keepSecret(plain)
      const key = await ring.newest(workspace)
      const sealed = encrypt(key.bytes, Buffer.from(plain), placeOf(workspace, place, key.id))
      return `sealed:1:${key.id}:${sealed.toString('base64url')}`
    },
    async open(workspace, place, stored) {
      const plain = isReference(stored)
        ? await referred(refer, place, stored)
        : await unseal({ workspace, place }, stored)
      keepSecret(plain)
      return plain
    },
    rewrap: (to) => ring.rewrap(to),
    check: () => ring.check(),
  }
}

const placeOf = (workspace: WorkspaceId, place: string, keyId: number) => ['secret', workspace, place, keyId]

/** Wherever it lies (INLET_MASTER_KEY_FILE may be anywhere): an account could send it to an address of its own. */
function withoutMasterKey(refer: Refer, { id }: MasterKey): Refer {
  return async (reference) => {
    const found = await refer(reference)
    return 'is' in found && masterKeyFrom(found.is).id === id
      ? { why: 'it is the master key of the gateway, which is given to no account' }
      : found
  }
}

async function referred(refer: Refer, place: string, reference: string): Promise<string> {
  const value = await refer(reference)
  if ('is' in value) return value.is
  throw unreadable(place, value.why)
}

interface Place {
  readonly workspace: WorkspaceId
  readonly place: string
}
const mostRemembered = 2_000

/**
 * Every signed call needs a secret, and unsealing it was a seventh of what a call cost. By the sealed text itself: a secret that is changed
 * is another text, so nothing old is ever given; who may still use a retired one is asked before, each time. References are not
 * remembered here: what they name changes elsewhere.
 */
function remembered(unseal: (at: Place, stored: string) => Promise<string>): typeof unseal {
  const known = new Map<string, string>()
  return async (at, stored) => {
    const name = JSON.stringify([at.workspace, at.place, stored])
    const found = known.get(name)
    if (found !== undefined) return found
    const plain = await unseal(at, stored)
    if (known.size >= mostRemembered) known.clear()
    known.set(name, plain)
    return plain
  }
}

async function unsealed(ring: KeyRing, at: Place, stored: string): Promise<string> {
  const [, id, sealed] = sealedText.exec(stored) ?? []
  if (id === undefined || sealed === undefined)
    throw unreadable(at.place, 'what is stored is neither sealed nor a reference (env:NAME, file:PATH)')
  const key = await ring.named(at.workspace, Number(id))
  if (!key) throw unreadable(at.place, `the data key ${id} of workspace ${at.workspace} is missing`)
  const plain = decrypt(key.bytes, Buffer.from(sealed, 'base64url'), placeOf(at.workspace, at.place, key.id))
  if (!plain) throw unreadable(at.place, 'what is stored was changed, or was sealed for another place')
  return plain.toString()
}

const unreadable = (place: string, why: string): GatewayError =>
  new GatewayError('settings.invalid', `Opening the secret ${place}: ${why}. Set it anew.`, { about: { place } })
