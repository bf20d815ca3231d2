// A Kafka as operators of several machines have it: TLS by an authority of its own, users with passwords (SCRAM), and rules of who may do what.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs, { type AclOperationTypes as Operation, type AclResourceTypes as Resource } from 'kafkajs'
import { makeAuthority } from './certificates.ts'
import { freePort, startKafkaBroker, type KafkaBroker } from './kafka-broker.ts'

export interface SecuredKafka {
  /** Of the listener with TLS and users. */
  readonly address: string
  /** Certificate of the authority, in a file. */
  readonly caFile: string
  readonly ca: string
  /** Of another authority, which signed nothing here. */
  readonly strangerFile: string
  /** `admin` may do everything, `reader` only read and write topics of the prefix `inlet.` that are there, `writer` that and be in no group, `looker` only read them. */
  readonly users: { readonly admin: User; readonly reader: User; readonly writer: User; readonly looker: User }
  /** An administrator's own way in, without TLS. */
  readonly broker: KafkaBroker
  /** From now on this user writes no messages, until what it gives is called. */
  mute(who: keyof SecuredKafka['users']): Promise<() => Promise<void>>
  close(): Promise<void>
}
interface User {
  readonly username: string
  readonly password: string
}

const users = {
  admin: { username: 'alice', password: 'kafka-canary-scram-7Q2' },
  reader: { username: 'bob', password: 'kafka-canary-scram-9X4' },
  writer: { username: 'carol', password: 'kafka-canary-scram-3M8' },
  looker: { username: 'dora', password: 'kafka-canary-scram-5T6' },
} as const

/** `more`: lines of server.properties. */
export async function startSecuredKafka(more: readonly string[] = []): Promise<SecuredKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-kafka-tls-'))
  const [authority, stranger] = [makeAuthority(), makeAuthority()]
  const { key, cert } = authority.issue('IP:127.0.0.1')
  const files = { key: join(folder, 'server.pem'), ca: join(folder, 'ca.pem'), stranger: join(folder, 'stranger.pem') }
  await writeFile(files.key, key + cert)
  await writeFile(files.ca, authority.ca)
  await writeFile(files.stranger, stranger.ca)
  const port = await freePort()
  const broker = await startKafkaBroker({
    listeners: [`SASL_SSL://127.0.0.1:${port}`],
    more: [...securedBy(files.key), ...more],
    format: Object.values(users).flatMap(({ username, password }) => [
      '--add-scram',
      `SCRAM-SHA-256=[name=${username},password=${password}]`,
    ]),
  })
  for (const it of [authority, stranger]) it.remove()
  await allow(broker)
  return {
    address: `127.0.0.1:${port}`,
    caFile: files.ca,
    ca: authority.ca,
    strangerFile: files.stranger,
    users,
    broker,
    mute: (who) => mute(broker, users[who]),
    async close() {
      await broker.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const securedBy = (keyFile: string): readonly string[] => [
  'ssl.keystore.type=PEM',
  `ssl.keystore.location=${keyFile}`,
  'sasl.enabled.mechanisms=SCRAM-SHA-256',
  'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users=User:ANONYMOUS;User:alice',
]

/** They may use what is there and make nothing: no right to create, neither of a topic nor of the cluster. */
async function allow(broker: KafkaBroker): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const { READ, WRITE, DESCRIBE } = kafkajs.AclOperationTypes
  const { TOPIC, GROUP } = kafkajs.AclResourceTypes
  const to = ({ username }: User, resourceType: Resource, operation: Operation) => ({
    resourceType,
    resourceName: 'inlet.',
    operation,
    resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
    principal: `User:${username}`,
    host: '*',
    permissionType: kafkajs.AclPermissionTypes.ALLOW,
  })
  await admin.createAcls({
    acl: [
      ...[users.reader, users.writer].flatMap((user) =>
        [READ, WRITE, DESCRIBE].map((operation) => to(user, TOPIC, operation)),
      ),
      ...[READ, DESCRIBE].map((operation) => to(users.looker, TOPIC, operation)),
      ...[users.reader, users.looker].map((user) => to(user, GROUP, READ)),
    ],
  })
  await admin.disconnect()
}

async function mute(broker: KafkaBroker, { username }: User): Promise<() => Promise<void>> {
  const admin = new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const rule = {
    resourceType: kafkajs.AclResourceTypes.TOPIC,
    resourceName: 'inlet.message',
    resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
    operation: kafkajs.AclOperationTypes.WRITE,
    principal: `User:${username}`,
    host: '*',
    permissionType: kafkajs.AclPermissionTypes.DENY,
  }
  await admin.createAcls({ acl: [rule] })
  return async () => {
    await admin.deleteAcls({ filters: [rule] })
    await admin.disconnect()
  }
}
