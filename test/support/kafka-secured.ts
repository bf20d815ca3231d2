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
  /** `admin` may do everything, `reader` only read and write topics of the prefix `inlet.` that are there. */
  readonly users: { readonly admin: User; readonly reader: User }
  /** An administrator's own way in, without TLS. */
  readonly broker: KafkaBroker
  close(): Promise<void>
}
interface User {
  readonly username: string
  readonly password: string
}

const users = {
  admin: { username: 'alice', password: 'kafka-canary-scram-7Q2' },
  reader: { username: 'bob', password: 'kafka-canary-scram-9X4' },
} as const

export async function startSecuredKafka(): Promise<SecuredKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-kafka-tls-'))
  const [authority, stranger] = [makeAuthority(), makeAuthority()]
  const { key, cert } = authority.issue('IP:127.0.0.1', 'DNS:localhost')
  const files = { key: join(folder, 'server.pem'), ca: join(folder, 'ca.pem'), stranger: join(folder, 'stranger.pem') }
  await writeFile(files.key, key + cert)
  await writeFile(files.ca, authority.ca)
  await writeFile(files.stranger, stranger.ca)
  const port = await freePort()
  const broker = await startKafkaBroker({
    listeners: [`SASL_SSL://127.0.0.1:${port}`],
    more: securedBy(files.key),
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

/** The reader may use what is there and make nothing: no right to create, neither of a topic nor of the cluster. */
async function allow(broker: KafkaBroker): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const toBob = (resourceType: Resource, resourceName: string, operation: Operation) => ({
    resourceType,
    resourceName,
    operation,
    resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
    principal: `User:${users.reader.username}`,
    host: '*',
    permissionType: kafkajs.AclPermissionTypes.ALLOW,
  })
  await admin.createAcls({
    acl: [
      ...[kafkajs.AclOperationTypes.READ, kafkajs.AclOperationTypes.WRITE, kafkajs.AclOperationTypes.DESCRIBE].map(
        (it) => toBob(kafkajs.AclResourceTypes.TOPIC, 'inlet.', it),
      ),
      toBob(kafkajs.AclResourceTypes.GROUP, 'inlet.', kafkajs.AclOperationTypes.READ),
    ],
  })
  await admin.disconnect()
}
