// The settings of a process, described once: where each is read from, what it may be, what it is when nobody says.
import { kafkaSettings } from './settings-kafka.ts'
import { s3Settings } from './settings-s3.ts'
import { it, maybe, type Described } from './settings-described.ts'
import {
  bytes,
  duration,
  host,
  hostHeader,
  listening,
  listOf,
  network,
  oneOf,
  sizeText,
  text,
  url,
  whole,
} from './settings-values.ts'

export type Part = 'connectors' | 'workers' | 'deliver' | 'api'
export const parts = ['connectors', 'workers', 'deliver', 'api'] as const satisfies readonly Part[]

const megabyte = 1024 ** 2
export const settingTable = {
  host: it({
    env: 'INLET_HOST',
    says: 'Address to listen on. Only this machine can reach the default.',
    parse: host,
    fallback: '127.0.0.1',
  }),
  port: it({
    env: 'INLET_PORT',
    says: 'Port to listen on; 0 takes any free one.',
    parse: whole(0, 65_535),
    fallback: 8080,
  }),
  data: it({ env: 'INLET_DATA', says: 'Data directory: database, keys, files.', parse: text, fallback: './data' }),
  databaseUrl: maybe({
    env: 'DATABASE_URL',
    says: 'PostgreSQL to use, postgres://user:password@host/name. A master key must be given with it.',
    parse: url('an address such as postgres://user:password@host:5432/inlet', 'postgres:', 'postgresql:'),
    unset: 'embedded PostgreSQL in the data directory',
  }),
  ...kafkaSettings,
  masterKey: maybe({
    env: 'INLET_MASTER_KEY',
    says: 'Encrypts stored secrets: 32 random characters or more, the same for every process of one database.',
    parse: text,
    unset: 'made once in <data>/master.key',
    secret: true,
  }),
  masterKeyFile: maybe({
    env: 'INLET_MASTER_KEY_FILE',
    says: 'File that holds the master key, instead of INLET_MASTER_KEY.',
    parse: text,
    unset: 'none',
  }),
  adminKey: maybe({
    env: 'INLET_ADMIN_KEY',
    says: 'Key of the administrator for the API.',
    parse: text,
    unset: 'made once in <data>/admin.key',
    secret: true,
  }),
  log: it({
    env: 'INLET_LOG',
    says: 'Least level of log lines: debug, info, warn, error, silent.',
    parse: oneOf('debug', 'info', 'warn', 'error', 'silent'),
    fallback: 'info',
  }),
  publicUrl: maybe({
    env: 'INLET_PUBLIC_URL',
    says: 'Address the world reaches this gateway by; for links, webhook addresses and the name that ports of our own go by.',
    parse: url('an address such as https://inlet.example.com', 'https:', 'http:'),
    unset: 'http://<host>:<port>',
  }),
  allowedHosts: it({
    env: 'INLET_ALLOWED_HOSTS',
    says: 'Host headers to answer besides the own address and the public one, with commas between.',
    parse: listOf(hostHeader),
    fallback: [],
    unset: 'none',
  }),
  trustedProxies: it({
    env: 'INLET_TRUSTED_PROXIES',
    says: 'Addresses or networks of proxies whose forwarded headers count, with commas between.',
    parse: listOf(network),
    fallback: [],
    unset: 'none',
  }),
  answerSeconds: it({
    env: 'INLET_ANSWER_SECONDS',
    says: 'A vendor who cannot be answered within this gets 503 and calls again.',
    parse: duration('s', 0.05, 120),
    fallback: 10,
  }),
  maxBodyBytes: it({
    env: 'INLET_MAX_BODY',
    says: 'Largest body of a call, such as 4MB; more gets 413.',
    parse: bytes(1024, 64 * megabyte),
    fallback: 4 * megabyte,
    unset: sizeText(4 * megabyte),
  }),
  keepDays: it({
    env: 'INLET_KEEP_DAYS',
    says: 'How long raws and the log are kept.',
    parse: duration('d', 1, 3_650),
    fallback: 30,
  }),
  graceSeconds: it({
    env: 'INLET_GRACE_SECONDS',
    says: 'An orderly stop may take this long.',
    parse: duration('s', 0, 600),
    fallback: 25,
  }),
  blobs: maybe({
    env: 'INLET_BLOBS',
    says: 'Where files of messages go: disk (one machine), postgres, or s3 (a bucket). With disk and s3 what is smaller than 64 kB lies in the database all the same.',
    parse: oneOf('disk', 'postgres', 's3'),
    unset: 'disk; postgres when DATABASE_URL is set',
  }),
  ...s3Settings,
  listen: it<readonly { readonly channel: string; readonly host: string; readonly port: number }[]>({
    env: 'INLET_LISTEN',
    says: 'Channels that take what others bring over a port of their own (mail by SMTP), each as channel=host:port, with commas between.',
    parse: listOf(listening),
    fallback: [],
    unset: 'none',
  }),
  tlsCert: maybe({
    env: 'INLET_TLS_CERT',
    says: 'PEM file of the certificate that INLET_LISTEN shows; its key is INLET_TLS_KEY.',
    parse: text,
    unset: 'one that nobody vouches for',
  }),
  tlsKey: maybe({ env: 'INLET_TLS_KEY', says: 'PEM file of that certificate’s key.', parse: text, unset: 'none' }),
  only: it<readonly Part[]>({
    env: 'INLET_ONLY',
    says: `Parts to run in this process, of ${parts.join(', ')}, with commas between.`,
    parse: listOf(oneOf(...parts)),
    fallback: parts,
    unset: 'all',
  }),
}

type Table = typeof settingTable
export type ReadValues = { readonly [K in keyof Table]: Table[K]['fallback'] }
export type Settings = Omit<ReadValues, 'blobs'> & {
  readonly blobs: 'disk' | 'postgres' | 's3'
  readonly help: boolean
}
export type SettingName = keyof Table

export interface SettingRow {
  readonly name: SettingName
  readonly env: string
  readonly flag: string
  readonly says: string
  readonly default: string
  readonly secret: boolean
}

/** `INLET_MAX_BODY` and `--max-body`, `DATABASE_URL` and `--database-url`. */
const flagOf = (env: string): string =>
  `--${env
    .replace(/^INLET_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`

export const settingRows: readonly SettingRow[] = (Object.keys(settingTable) as SettingName[]).map((name) => {
  const { env, says, fallback, unset, secret = false }: Described<unknown> = settingTable[name]
  return { name, env, flag: flagOf(env), says, default: unset ?? String(fallback), secret }
})

export function settingsHelp(): string {
  const rows = settingRows.map(
    (row) => `  ${row.secret ? row.env : `${row.flag}, ${row.env}`}\n      ${row.says} (${row.default})`,
  )
  return `Inlet: every channel's messages as one event stream.\n\nnpm start -- [flags]; each flag can be set in the environment.\n\n${rows.join('\n')}\n  --help\n      This list.\n`
}

/** For the README, which is checked against it. */
export function settingsTable(): string {
  const rows = settingRows.map(
    (row) =>
      `| \`${row.env}\` | ${row.secret ? 'none: environment only' : `\`${row.flag}\``} | ${row.default} | ${row.says} |`,
  )
  return ['| setting | flag | default | what it is |', '|---|---|---|---|', ...rows, ''].join('\n')
}
