// The key above all keys: where it comes from, whether it is strong enough, and what is derived from it (S16, S17).
import { createHash, hkdfSync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { GatewayError } from '../../core/errors.ts'
import { makeOrReadKeyFile, readKeyFile } from './key-file.ts'
import { keepSecret } from './secret-values.ts'

export interface MasterKey {
  /** Names the key without telling it: stored beside everything it wraps. */
  readonly id: string
  readonly bytes: Buffer
}

export interface MasterKeyPlaces {
  readonly masterKey: string | null
  readonly masterKeyFile: string | null
  readonly data: string
  /** Set: several processes share the key, so it must be given and must be strong. Null: the trying mode. */
  readonly databaseUrl: string | null
}

const shortest = 32
const samples =
  /change.?me|example|placeholder|insecure|password|your.?secret|master.?key|replace.?(?:me|this)|do.?not.?use|0123456789|abcdefgh|12345678/i

/** Why this text is no key, or null. Any text of 32 random characters is one; `openssl rand -base64 32` makes one. */
export function masterKeyFault(text: string): string | null {
  const key = text.trim()
  if (key.length < shortest) return `it has ${key.length} characters and needs at least ${shortest}`
  if (samples.test(key)) return 'it is a sample'
  if (new Set(key).size < 10) return 'it repeats too few different characters'
  const half = key.length / 2
  for (let period = 1; period <= half; period++)
    if (key.slice(period) === key.slice(0, -period)) return 'it repeats itself'
  const steps = [...key].filter((char, at) => Math.abs(char.charCodeAt(0) - key.charCodeAt(at - 1)) <= 1)
  return steps.length > half ? 'its characters follow each other' : null
}

export function masterKeyFrom(text: string): MasterKey {
  const bytes = Buffer.from(hkdfSync('sha256', text.trim(), 'inlet', 'master key', 32))
  return { id: createHash('sha256').update('inlet master key id').update(bytes).digest('hex').slice(0, 16), bytes }
}

/** `made` is the path of a key that was just made: said once at the start, the key itself never. */
export async function loadMasterKey(places: MasterKeyPlaces): Promise<MasterKey & { readonly made: string | null }> {
  const [text, from, made] = await find(places)
  const fault = places.databaseUrl === null ? (text.trim() === '' ? 'it is empty' : null) : masterKeyFault(text)
  if (fault)
    throw new GatewayError(
      'settings.invalid',
      `Reading the master key from ${from}: ${fault}. Make one with \`openssl rand -base64 32\`.`,
      { about: { setting: from } },
    )
  keepSecret(text)
  return { ...masterKeyFrom(text), made }
}

async function find(places: MasterKeyPlaces): Promise<readonly [text: string, from: string, made: string | null]> {
  if (places.masterKey !== null) return [places.masterKey, 'INLET_MASTER_KEY', null]
  if (places.masterKeyFile !== null) return [await readKeyFile(places.masterKeyFile), places.masterKeyFile, null]
  if (places.databaseUrl !== null)
    throw new GatewayError(
      'settings.invalid',
      'DATABASE_URL is set and no master key is given. Set INLET_MASTER_KEY or INLET_MASTER_KEY_FILE: every process on this database needs the same one.',
      { about: { setting: 'INLET_MASTER_KEY' } },
    )
  const path = join(places.data, 'master.key')
  const file = await makeOrReadKeyFile(path, () => randomBytes(32).toString('base64url'))
  return [file.text, path, file.made ? path : null]
}
