// The settings of a log in Kafka: where it is, who we are there, and what its topics are like.
import { saslMechanisms } from './drivers/log-kafka/mechanisms.ts'
import { it, maybe } from './settings-described.ts'
import { brokers, oneOf, text, topicPrefix, whole, yesOrNo } from './settings-values.ts'

export const kafkaSettings = {
  kafkaBrokers: maybe({
    env: 'KAFKA_BROKERS',
    says: 'Kafka to keep the log in, host:port with commas between. The same for every process of one database, which remembers it; none: the log moves back into PostgreSQL.',
    parse: brokers,
    unset: 'the log lives in PostgreSQL',
  }),
  kafkaMechanism: maybe({
    env: 'KAFKA_SASL_MECHANISM',
    says: `How to sign in to Kafka: ${saslMechanisms.join(', ')}. Needs a user name and a password.`,
    parse: oneOf(...saslMechanisms),
    unset: 'no sign-in',
  }),
  kafkaUsername: maybe({
    env: 'KAFKA_SASL_USERNAME',
    says: 'User name at Kafka.',
    parse: text,
    unset: 'none',
  }),
  kafkaPassword: maybe({
    env: 'KAFKA_SASL_PASSWORD',
    says: 'Password at Kafka.',
    parse: text,
    unset: 'none',
    secret: true,
  }),
  kafkaTls: it({
    env: 'KAFKA_TLS',
    says: 'Whether to speak TLS with Kafka: yes or no.',
    parse: yesOrNo,
    fallback: false,
    unset: 'no',
  }),
  kafkaTlsCa: maybe({
    env: 'KAFKA_TLS_CA',
    says: 'File with the certificate (PEM) of the authority that signed those of Kafka.',
    parse: text,
    unset: 'the authorities Node knows',
  }),
  kafkaPartitions: it({
    env: 'INLET_KAFKA_PARTITIONS',
    says: 'Partitions of each topic; topics that have another number stop the start.',
    parse: whole(1, 1_000),
    fallback: 12,
  }),
  kafkaReplicas: maybe({
    env: 'INLET_KAFKA_REPLICAS',
    says: 'Replicas of each topic that is made; 3 or more survive a lost machine.',
    parse: whole(1, 100),
    unset: 'as Kafka makes them',
  }),
  kafkaPrefix: it({
    env: 'INLET_KAFKA_PREFIX',
    says: 'Before the names of topics and consumer groups: one for each gateway that shares a Kafka.',
    parse: topicPrefix,
    fallback: 'inlet.',
  }),
}
