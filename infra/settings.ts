// Reads the settings of a process from its flags and environment, and stops it at the first thing that is not understood.
import { GatewayError } from '../core/errors.ts'
import { masterKeyFault } from './drivers/master-key.ts'
import type { Described } from './settings-described.ts'
import { settingRows, settingTable } from './settings-table.ts'
import type { ReadValues, SettingRow, Settings } from './settings-table.ts'
import { distance, nearest } from './settings-values.ts'

export { settingsHelp, settingsTable } from './settings-table.ts'
export type { Part, Settings } from './settings-table.ts'

/** Of this process: its flags and its environment, read nowhere else. */
export const settingsOfProcess = (): Settings => readSettings(process.argv.slice(2), process.env)

/** Pure: the same words, the same settings. Throws `settings.invalid` for the first thing that is not understood. */
export function readSettings(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Settings {
  refuseUnknown(env)
  const flags = readFlags(argv)
  const given = (row: SettingRow): string | undefined =>
    flags.get(row.flag) ?? (env[row.env]?.trim() === '' ? undefined : env[row.env])
  refuseMistyped(env, (row) => given(row) !== undefined)
  const values = settingRows.map((row) => [row.name, valueOf(row, given(row), flags.has(row.flag))])
  const read = Object.fromEntries(values) as ReadValues
  checkKeys(read, flags)
  checkAdminKey(read)
  checkKafka(read)
  checkShared(read, flags)
  checkS3(read)
  const blobs = read.blobs ?? (read.databaseUrl === null ? 'disk' : 'postgres')
  return { ...read, blobs, only: [...new Set(read.only)], help: flags.has('--help') }
}

function refuseUnknown(env: Readonly<Record<string, string | undefined>>): void {
  const known = settingRows.map((row) => row.env)
  for (const name of Object.keys(env)) {
    if (!name.startsWith('INLET_') || known.includes(name)) continue
    throw invalid(name, `${name} is set and is no setting of this gateway.${suggest(nearest(name, known))}`)
  }
}

/**
 * Names that begin so may be another program's: only one that is a letter or two from ours is taken for it, and only where ours is not given.
 * Unheard, KAFKA_BROKER would start a gateway that keeps its log elsewhere.
 */
function refuseMistyped(env: Readonly<Record<string, string | undefined>>, isGiven: (row: SettingRow) => boolean) {
  const ours = settingRows.filter((row) => row.env.startsWith('KAFKA_'))
  for (const [name, value = ''] of Object.entries(env)) {
    if (!name.startsWith('KAFKA_') || value.trim() === '' || ours.some((row) => row.env === name)) continue
    const meant = ours.find((row) => distance(name, row.env) <= (row.env.length > 12 ? 2 : 1))
    if (meant === undefined || isGiven(meant)) continue
    throw invalid(
      name,
      `${name} is set and is no setting of this gateway.${suggest(meant.env)} If it is another program’s, say ${meant.env} too: then it is left alone.`,
    )
  }
}

function readFlags(argv: readonly string[]): ReadonlyMap<string, string> {
  const rows = new Map(settingRows.map((row) => [row.flag, row]))
  const flags = new Map<string, string>()
  const words = [...argv]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [flag = '', ...rest] = word.split('=')
    if (word === '--help' || word === '-h') flags.set('--help', '')
    else if (!rows.has(flag))
      throw invalid(flag, `${flag} is no flag of this gateway.${suggest(nearest(flag, [...rows.keys(), '--help']))}`)
    else if (rows.get(flag)?.secret)
      throw invalid(
        flag,
        `${flag} would show the key to everyone who can list processes. Set ${rows.get(flag)?.env} in the environment, or use a file.`,
      )
    else {
      const value = rest.length > 0 ? rest.join('=') : words[0]?.startsWith('--') ? undefined : words.shift()
      if (value === undefined || value === '') throw invalid(flag, `${flag} needs a value: ${rows.get(flag)?.says}`)
      // Which of the two is meant nobody can tell: `--only workers --only api` would run one part, and nobody the other.
      if (flags.has(flag)) throw invalid(flag, `${flag} is given twice. Give it once; a list has commas between.`)
      flags.set(flag, value)
    }
  }
  return flags
}

function valueOf(row: SettingRow, given: string | undefined, byFlag: boolean): unknown {
  const { parse, fallback }: Described<unknown> = settingTable[row.name]
  if (given === undefined) return fallback
  const parsed = parse(given)
  if ('is' in parsed) return parsed.is
  const name = byFlag ? row.flag : row.env
  const found = row.secret || row.name === 'databaseUrl' ? 'what was found' : `"${given.slice(0, 100)}"`
  const choices = /^(?:a list.*of: )?one of (.*)$/.exec(parsed.meant)?.[1]?.split(', ') ?? []
  const wrongWord = given.split(/[\s,]+/).find((word) => !choices.includes(word)) ?? given
  throw invalid(name, `${name}: ${found} is not ${parsed.meant}.${suggest(nearest(wrongWord, choices))} See --help.`)
}

/** S17, S18: outside the trying mode a key is given and is strong; no password stands on a command line. */
function checkKeys(read: ReadValues, flags: ReadonlyMap<string, string>): void {
  if (flags.has('--database-url') && new URL(read.databaseUrl ?? '').password !== '')
    throw invalid(
      '--database-url',
      '--database-url holds a password, which everyone who can list processes would see. Set DATABASE_URL in the environment.',
    )
  if (read.masterKey !== null && read.masterKeyFile !== null)
    throw invalid('INLET_MASTER_KEY', 'INLET_MASTER_KEY and INLET_MASTER_KEY_FILE are both set. Keep one of them.')
  if (read.databaseUrl === null || flags.has('--help')) return
  if (read.masterKey === null && read.masterKeyFile === null)
    throw invalid(
      'INLET_MASTER_KEY',
      'DATABASE_URL is set and no master key is given. Set INLET_MASTER_KEY or INLET_MASTER_KEY_FILE: every process on this database needs the same one. `openssl rand -base64 32` makes one.',
    )
  const fault = read.masterKey === null ? null : masterKeyFault(read.masterKey)
  if (fault)
    throw invalid(
      'INLET_MASTER_KEY',
      `INLET_MASTER_KEY cannot be used: ${fault}. \`openssl rand -base64 32\` makes one.`,
    )
}

/** What no Authorization header can carry would be a key that opens nothing; a short one is for trying only. */
function checkAdminKey({ adminKey, databaseUrl }: ReadValues): void {
  if (adminKey === null) return
  if (!/^[\x21-\x7e]{1,512}$/.test(adminKey))
    throw invalid(
      'INLET_ADMIN_KEY',
      'INLET_ADMIN_KEY may hold printable ASCII characters only, no spaces, at most 512. `openssl rand -base64 32` makes one.',
    )
  if (databaseUrl !== null && adminKey.length < 16)
    throw invalid(
      'INLET_ADMIN_KEY',
      `INLET_ADMIN_KEY has ${adminKey.length} characters and needs at least 16. \`openssl rand -base64 32\` makes one.`,
    )
}

/** Two machines would each keep a database of their own and read the topics as one group: each message in one of the two, by chance. */
function checkShared(read: ReadValues, flags: ReadonlyMap<string, string>): void {
  const onKafka = read.kafkaBrokers !== null && read.kafkaBrokers.length > 0
  if (!onKafka || read.databaseUrl !== null || flags.has('--help')) return
  throw invalid(
    'DATABASE_URL',
    'KAFKA_BROKERS is set and DATABASE_URL is not. The embedded PostgreSQL serves one process on one machine, and processes that share a Kafka share a database too. Set DATABASE_URL to a PostgreSQL that all of them reach, and the same INLET_MASTER_KEY for each; or unset KAFKA_BROKERS.',
  )
}

function checkS3({ blobs, s3Bucket, s3AccessKey, s3SecretKey }: ReadValues): void {
  if (blobs !== 's3') return
  if (s3Bucket === null)
    throw invalid('INLET_S3_BUCKET', 'INLET_BLOBS is s3 and INLET_S3_BUCKET is not set. Name the bucket.')
  if ((s3AccessKey === null) !== (s3SecretKey === null))
    throw invalid(
      'INLET_S3_ACCESS_KEY',
      'Of INLET_S3_ACCESS_KEY and INLET_S3_SECRET_KEY one is set. Set both, or neither where the machine has a role that may use the bucket.',
    )
}

/** What is taken, and may not be what was meant: a sentence each, said at the start. */
export function warningsOf(settings: Settings): readonly string[] {
  const { blobs, kafkaBrokers } = settings
  if (kafkaBrokers === null) return unusedOfKafka(settings)
  if (blobs !== 'disk' || kafkaBrokers.length === 0) return []
  return [
    'INLET_BLOBS is disk and KAFKA_BROKERS is set: processes on other machines cannot read the files of this one, so with more than one machine set INLET_BLOBS to postgres or s3.',
  ]
}

/** Who describes a Kafka and forgets to name it would keep the log where nobody looks for it. */
function unusedOfKafka(settings: Settings): readonly string[] {
  const names = settingRows
    .filter(({ name, env }) => env.includes('KAFKA_') && settings[name] !== settingTable[name].fallback)
    .map(({ env }) => env)
  if (names.length === 0) return []
  return [
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} set and KAFKA_BROKERS is not: the log lives in PostgreSQL and ${names.length === 1 ? 'it is' : 'they are'} not used. Set KAFKA_BROKERS too, or unset ${names.length === 1 ? 'it' : 'them'}.`,
  ]
}

/** Half a sign-in would be refused by Kafka with less to go by. */
function checkKafka(read: ReadValues): void {
  if (read.kafkaBrokers === null) return
  const signIn = {
    KAFKA_SASL_MECHANISM: read.kafkaMechanism,
    KAFKA_SASL_USERNAME: read.kafkaUsername,
    KAFKA_SASL_PASSWORD: read.kafkaPassword,
  }
  const names = Object.keys(signIn)
  const missing = Object.entries(signIn).flatMap(([name, value]) => (value === null ? [name] : []))
  if (missing.length > 0 && missing.length < names.length)
    throw invalid(
      missing[0] ?? '',
      `To sign in to Kafka ${names.join(', ')} are needed together, and ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set.`,
    )
  if (read.kafkaTlsCa !== null && !read.kafkaTls)
    throw invalid('KAFKA_TLS_CA', 'KAFKA_TLS_CA is set and KAFKA_TLS is not. Set KAFKA_TLS=yes, or unset KAFKA_TLS_CA.')
}

const invalid = (setting: string, message: string): GatewayError =>
  new GatewayError('settings.invalid', message, { about: { setting } })
const suggest = (meant: string | null): string => (meant === null ? '' : ` Did you mean ${meant}?`)
