// What a process reads from its words and surroundings, and what it says when it does not understand them.
import { describe, expect, it } from 'vitest'
import { isGatewayError } from '../core/errors.ts'
import { readSettings, settingsHelp, settingsTable, warningsOf } from './settings.ts'
import { distance, nearest } from './settings-values.ts'

const strong = 'r8Jq0v3mZc1XwT5nKe7YbL2dHs9GfUaPiVoQx4EtMy6='
const withDatabase = { DATABASE_URL: 'postgres://inlet:pw-canary@db.example/inlet', INLET_MASTER_KEY: strong }

function refusal(argv: readonly string[], env: Record<string, string> = {}): string {
  const thrown = thrownBy(() => readSettings(argv, env))
  if (isGatewayError(thrown, 'settings.invalid') && thrown.about['setting']) return thrown.message
  throw new Error('these settings were taken, or refused in another way', { cause: thrown })
}

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return null
}

describe('process settings', () => {
  it('S29 need none: loopback, embedded database, everything in one process', () => {
    expect(readSettings([], { PATH: '/bin', INLET_PUBLIC_URL: ' ' })).toEqual({
      host: '127.0.0.1',
      port: 8080,
      data: './data',
      databaseUrl: null,
      kafkaBrokers: null,
      kafkaMechanism: null,
      kafkaUsername: null,
      kafkaPassword: null,
      kafkaTls: false,
      kafkaTlsCa: null,
      kafkaPartitions: 12,
      kafkaReplicas: null,
      kafkaPrefix: 'inlet.',
      masterKey: null,
      masterKeyFile: null,
      adminKey: null,
      log: 'info',
      publicUrl: null,
      allowedHosts: [],
      trustedProxies: [],
      answerSeconds: 10,
      maxBodyBytes: 4_194_304,
      keepDays: 30,
      graceSeconds: 25,
      blobs: 'disk',
      s3Bucket: null,
      s3Endpoint: null,
      s3Region: 'us-east-1',
      s3AccessKey: null,
      s3SecretKey: null,
      s3Prefix: 'inlet/',
      listen: [],
      tlsCert: null,
      tlsKey: null,
      only: ['connectors', 'workers', 'deliver', 'api'],
      help: false,
    })
  })

  it('come from the environment, and a flag of the same name stands over it', () => {
    const env = {
      INLET_PORT: '9000',
      INLET_HOST: '0.0.0.0',
      INLET_MAX_BODY: '3.5 MB',
      INLET_KEEP_DAYS: '36h',
      INLET_ANSWER_SECONDS: '2s',
      INLET_LOG: 'DEBUG',
    }
    const read = readSettings(
      ['--port', '0', '--max-body=512kB', '--only', 'api,deliver,api', '--data', '/var/inlet', '--grace-seconds', '1m'],
      env,
    )
    expect(read).toMatchObject({
      port: 0,
      host: '0.0.0.0',
      maxBodyBytes: 524_288,
      keepDays: 1.5,
      answerSeconds: 2,
      log: 'debug',
      only: ['api', 'deliver'],
      data: '/var/inlet',
      graceSeconds: 60,
    })
    const lists = readSettings([], {
      INLET_ALLOWED_HOSTS: 'Inlet.example, [::1]:8080',
      INLET_TRUSTED_PROXIES: '10.0.0.0/8 ::1',
    })
    expect(lists).toMatchObject({
      allowedHosts: ['inlet.example', '[::1]:8080'],
      trustedProxies: ['10.0.0.0/8', '::1'],
    })
    expect(readSettings([], { ...withDatabase, INLET_KAFKA_PREFIX: 'a.', KAFKA_SASL_PASSWORD: 'x' })).toMatchObject({
      blobs: 'postgres',
      databaseUrl: withDatabase.DATABASE_URL,
    })
    expect(readSettings(['--blobs', 'disk'], withDatabase).blobs).toBe('disk')
    expect(readSettings(['--help'], {}).help).toBe(true)
  })

  it('an unknown one stops the start with "did you mean"', () => {
    expect(refusal([], { INLET_PROT: '1' })).toBe(
      'INLET_PROT is set and is no setting of this gateway. Did you mean INLET_PORT?',
    )
    expect(refusal(['--answer-second', '3'])).toBe(
      '--answer-second is no flag of this gateway. Did you mean --answer-seconds?',
    )
    expect(refusal([], { INLET_SOMETHING_ELSE: '1' })).not.toContain('Did you mean')
    expect(refusal(['--only', 'conectors'])).toMatch(
      /--only: "conectors" is not .*one of connectors, workers, deliver, api. Did you mean connectors\?/,
    )
    expect(refusal([], { INLET_LOG: 'wran' })).toContain('Did you mean warn?')
    expect(refusal(['serve'])).toContain('serve is no flag')
  })

  it('a bucket needs its name, and a key both its halves or neither', () => {
    expect(refusal([], { INLET_BLOBS: 's3' })).toMatch(/INLET_S3_BUCKET is not set/)
    const half = { INLET_BLOBS: 's3', INLET_S3_BUCKET: 'files', INLET_S3_ACCESS_KEY: 'id' }
    expect(refusal([], half)).toMatch(/Of INLET_S3_ACCESS_KEY and INLET_S3_SECRET_KEY one is set/)
    expect(readSettings([], { ...half, INLET_S3_SECRET_KEY: 'key' }).blobs).toBe('s3')
    expect(refusal(['--s3-secret-key', 'key'])).toMatch(/would show the key/)
  })

  it.each([
    ['INLET_PORT', '80800'],
    ['INLET_PORT', '80.5'],
    ['INLET_PORT', '-1'],
    ['INLET_MAX_BODY', '4 apples'],
    ['INLET_MAX_BODY', '9GB'],
    ['INLET_KEEP_DAYS', '0'],
    ['INLET_ANSWER_SECONDS', 'soon'],
    ['INLET_PUBLIC_URL', 'inlet.example.com'],
    ['DATABASE_URL', 'mysql://x/y'],
    ['INLET_BLOBS', 'the cloud'],
    ['INLET_S3_ENDPOINT', 'minio:9000'],
    ['INLET_HOST', 'a b'],
    ['INLET_TRUSTED_PROXIES', '10.0.0.0/8,everything'],
    ['INLET_ALLOWED_HOSTS', 'https://x'],
  ])('%s=%s is malformed: the name, what was found and what is meant are told', (name, value) => {
    const said = refusal([], { [name]: value })
    expect(said).toContain(`${name}: `)
    expect(said).toContain(name === 'DATABASE_URL' ? 'what was found' : JSON.stringify(value))
    expect(said).toMatch(/ is not .+\. See --help\.$/)
  })

  it('a flag without its value, or in place of one, is told so', () => {
    expect(refusal(['--port'])).toContain('--port needs a value')
    expect(refusal(['--port', '--host'])).toContain('--port needs a value')
    expect(refusal(['--port='])).toContain('--port needs a value')
  })

  it('a flag that is given twice is refused: of --only workers --only api one part would be run by nobody', () => {
    expect(refusal(['--only', 'workers', '--only=api'])).toBe(
      '--only is given twice. Give it once; a list has commas between.',
    )
    const url = ['--database-url', 'postgres://inlet:canary@db/inlet']
    expect(refusal([...url, ...url])).toBe('--database-url is given twice. Give it once; a list has commas between.')
    expect(readSettings(['--only', 'workers,api'], { INLET_ONLY: 'deliver' }).only).toEqual(['workers', 'api'])
  })

  it('S17 with DATABASE_URL a master key must be there, long and no sample', () => {
    const database = { DATABASE_URL: withDatabase.DATABASE_URL }
    expect(refusal([], database)).toContain('no master key is given')
    // The first two break one rule alone.
    const bad = [
      'k9XwQ2m7Zp4RtVb8LsYc1',
      'r8Jq0v3mZc1XwT5nKe7YbL-example-2dHs9GfU',
      'short',
      'a'.repeat(64),
      'changeme-changeme-changeme-changeme',
      '0123456789abcdef'.repeat(4),
      'qwzxrtpl'.repeat(8),
      'abcdefghijklmnopqrstuvwxyzABCDEFGHIJ',
      'k9Xw'.repeat(9),
    ]
    for (const key of bad)
      expect(refusal([], { ...database, INLET_MASTER_KEY: key })).toMatch(/^INLET_MASTER_KEY cannot be used: it/)
    for (const key of bad) expect(refusal([], { ...database, INLET_MASTER_KEY: key })).not.toContain(key)
    expect(readSettings([], { ...database, INLET_MASTER_KEY: strong }).masterKey).toBe(strong)
    expect(readSettings([], { ...database, INLET_MASTER_KEY_FILE: '/run/secrets/k' }).masterKeyFile).toBe(
      '/run/secrets/k',
    )
    expect(readSettings([], { INLET_MASTER_KEY: 'short' }).masterKey).toBe('short')
    expect(refusal([], { INLET_MASTER_KEY: strong, INLET_MASTER_KEY_FILE: '/x' })).toContain('both set')
    expect(refusal([], { ...withDatabase, INLET_ADMIN_KEY: 'admin' })).toContain('needs at least 16')
    for (const key of ['with a space in its middle', 'ş'.repeat(20), 'x'.repeat(513)])
      expect(refusal([], { INLET_ADMIN_KEY: key })).toMatch(/^INLET_ADMIN_KEY may hold printable ASCII/)
  })

  it('S18 no secret stands on a command line, nor in a refusal', () => {
    for (const flag of ['--master-key', '--admin-key']) {
      for (const argv of [[flag, 'canary'], [`${flag}=canary`]]) {
        expect(refusal(argv)).toContain(`${flag} would show the key`)
        expect(refusal(argv)).not.toContain('canary')
      }
    }
    const url = ['--database-url', 'postgres://inlet:canary@db/inlet']
    expect(refusal(url, { INLET_MASTER_KEY: strong })).toContain('list processes')
    expect(refusal(url, { INLET_MASTER_KEY: strong })).not.toContain('canary')
    expect(readSettings(['--database-url', 'postgres://db/inlet'], { INLET_MASTER_KEY: strong }).databaseUrl).toBe(
      'postgres://db/inlet',
    )
    expect(refusal([], { DATABASE_URL: 'mysql://u:canary@x/y' })).not.toContain('canary')
  })

  it('S18 say where Kafka is and how to sign in there, whole or not at all, the password in the environment only', () => {
    const signIn = {
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: 'inlet',
      KAFKA_SASL_PASSWORD: 'canary',
    }
    const database = { DATABASE_URL: 'postgres://db/inlet', INLET_MASTER_KEY: 'k'.repeat(20) + 'Yc0y1QbJ5nGm3vK8zL2p' }
    const read = readSettings(['--kafka-partitions', '3', '--kafka-tls=yes', '--kafka-tls-ca', '/etc/ca.pem'], {
      ...signIn,
      ...database,
      KAFKA_BROKERS: 'K1:9092, [::1]:9093',
      INLET_KAFKA_REPLICAS: '3',
    })
    expect(read).toMatchObject({
      kafkaBrokers: ['k1:9092', '[::1]:9093'],
      kafkaMechanism: 'scram-sha-512',
      kafkaUsername: 'inlet',
      kafkaPassword: 'canary',
      kafkaTls: true,
      kafkaTlsCa: '/etc/ca.pem',
      kafkaPartitions: 3,
      kafkaReplicas: 3,
    })
    const at = { KAFKA_BROKERS: 'k1:9092' }
    const { KAFKA_SASL_USERNAME: _name, ...nameless } = signIn
    expect(refusal([], { ...at, ...nameless })).toMatch(/together, and KAFKA_SASL_USERNAME is not set\.$/)
    expect(refusal([], { ...at, KAFKA_SASL_USERNAME: 'inlet' })).toMatch(
      /MECHANISM and KAFKA_SASL_PASSWORD are not set/,
    )
    expect(refusal([], { ...at, KAFKA_TLS_CA: '/etc/ca.pem' })).toContain('KAFKA_TLS is not')
    expect(refusal(['--kafka-sasl-password', 'canary'])).toContain('would show')
    expect(refusal([], { ...at, ...nameless })).not.toContain('canary')
    expect(refusal([], { KAFKA_SASL_MECHANISM: 'scram' })).toContain('scram-sha-256')
    for (const one of ['k1', 'k1:0', 'k1:70000', 'http://k1:9092']) {
      expect(refusal([], { KAFKA_BROKERS: one })).toContain('host:port')
    }
  })

  it('G24 refuse a Kafka without a database that others reach, with what to set; --help is answered all the same', () => {
    const said = refusal([], { KAFKA_BROKERS: 'k1:9092' })
    expect(said).toMatch(/^KAFKA_BROKERS is set and DATABASE_URL is not\./)
    expect(said).toMatch(/Set DATABASE_URL to a PostgreSQL that all of them reach, and the same INLET_MASTER_KEY/)
    expect(readSettings(['--help'], { KAFKA_BROKERS: 'k1:9092' }).help).toBe(true)
    expect(readSettings([], { KAFKA_BROKERS: 'none' }).databaseUrl).toBe(null)
  })

  it('G24 a mistyped name of Kafka’s stops the start with "did you mean"; what other programs call theirs does not', () => {
    expect(refusal([], { KAFKA_BROKER: 'k1:9092' })).toBe(
      'KAFKA_BROKER is set and is no setting of this gateway. Did you mean KAFKA_BROKERS? If it is another program’s, say KAFKA_BROKERS too: then it is left alone.',
    )
    expect(refusal([], { KAFKA_BORKERS: 'k1:9092' })).toContain('Did you mean KAFKA_BROKERS?')
    expect(refusal([], { KAFKA_SASL_PASWORD: 'canary' })).toMatch(/Did you mean KAFKA_SASL_PASSWORD\?(?!.*canary)/)
    expect(refusal([], { KAFKA_TLSCA: '/etc/ca.pem' })).toContain('Did you mean KAFKA_TLS_CA?')
    const others = [
      'KAFKA_BROKER_ID',
      'KAFKA_HOME',
      'KAFKA_OPTS',
      'KAFKA_PORT',
      'KAFKA_SSL',
      'KAFKA_TTL',
      'KAFKA_TOPIC',
    ]
    const theirs = Object.fromEntries(others.map((name) => [name, 'x']))
    expect(readSettings([], { ...theirs, KAFKA_BROKER: ' ' }).kafkaBrokers).toBe(null)
    expect(readSettings([], { KAFKA_BROKER: 'k1:9092', KAFKA_BROKERS: 'none' }).kafkaBrokers).toEqual([])
    expect(readSettings(['--kafka-brokers', 'none'], { KAFKA_BROKER: 'k1:9092' }).kafkaBrokers).toEqual([])
  })

  it('G24 files on one disk beside a log that several machines share are warned of, with what to set', () => {
    const onKafka = { ...withDatabase, KAFKA_BROKERS: 'k1:9092' }
    const warnings = (env: Record<string, string>) => warningsOf(readSettings([], env))
    expect(warnings({ ...onKafka, INLET_BLOBS: 'disk' })).toEqual([
      'INLET_BLOBS is disk and KAFKA_BROKERS is set: processes on other machines cannot read the files of this one, so with more than one machine set INLET_BLOBS to postgres or s3.',
    ])
    for (const env of [onKafka, { ...onKafka, INLET_BLOBS: 'postgres' }, { ...withDatabase, INLET_BLOBS: 'disk' }, {}])
      expect(warnings(env)).toEqual([])
    expect(warnings({ ...withDatabase, KAFKA_BROKERS: 'none', INLET_BLOBS: 'disk' })).toEqual([])
  })

  it('G24 what is said of Kafka where no KAFKA_BROKERS is given is warned of: the log lies elsewhere', () => {
    const warnings = (env: Record<string, string>) => warningsOf(readSettings([], { ...withDatabase, ...env }))
    expect(warnings({ KAFKA_TLS: 'yes', KAFKA_SASL_PASSWORD: 'canary', INLET_KAFKA_REPLICAS: '3' })).toEqual([
      'KAFKA_SASL_PASSWORD, KAFKA_TLS, INLET_KAFKA_REPLICAS are set and KAFKA_BROKERS is not: the log lives in PostgreSQL and they are not used. Set KAFKA_BROKERS too, or unset them.',
    ])
    expect(warnings({ INLET_KAFKA_PREFIX: 'shop.' })).toEqual([expect.stringMatching(/^INLET_KAFKA_PREFIX is set and/)])
    for (const env of [{}, { KAFKA_BROKERS: 'none' }, { KAFKA_BROKERS: 'k1:9092' }])
      expect(warnings({ INLET_KAFKA_REPLICAS: '3', ...env })).toHaveLength('KAFKA_BROKERS' in env ? 0 : 1)
    expect(warnings({})).toEqual([])
  })

  it('help and README table name every setting with its default', () => {
    for (const name of ['INLET_HOST', 'INLET_MAX_BODY', 'DATABASE_URL', 'INLET_MASTER_KEY_FILE', 'INLET_BLOBS']) {
      expect(settingsHelp()).toContain(name)
      expect(settingsTable()).toContain(`| \`${name}\` |`)
    }
    expect(settingsHelp()).toMatch(/--max-body, INLET_MAX_BODY\n.*\(4MB\)/)
    expect(settingsHelp()).not.toContain('--master-key,')
    expect(
      settingsTable()
        .trim()
        .split('\n')
        .every((line) => line.split('|').length === 6),
    ).toBe(true)
  })

  it('guesses by the number of letters between words', () => {
    expect([distance('', 'abc'), distance('kitten', 'sitting'), distance('same', 'same')]).toEqual([3, 3, 0])
    expect([nearest('hots', ['host', 'port']), nearest('zzzzzz', ['host'])]).toEqual(['host', null])
  })
})
