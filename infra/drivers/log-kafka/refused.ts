// What a Kafka that will not have us says, at the start and to readiness, in words that tell what to set; what may pass by itself stays a fault to try again.
import { GatewayError, messageOf } from '../../../core/errors.ts'
import { isOfTheClock, kindOf, logFault } from './fault.ts'
import { clockLimit, clockLimitMs } from './topic-settings.ts'

const byKind: Readonly<Record<string, string>> = {
  KafkaJSSASLAuthenticationError:
    'Kafka did not take this user name and password. Set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD as Kafka knows them (kafka-configs --alter --entity-type users makes a SCRAM user), and KAFKA_SASL_MECHANISM as that user was made for.',
  SASL_AUTHENTICATION_FAILED:
    'Kafka did not take this user name and password. Set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD as Kafka knows them.',
  UNSUPPORTED_SASL_MECHANISM:
    'Kafka does not sign in this way. Set KAFKA_SASL_MECHANISM to one of its sasl.enabled.mechanisms.',
  CLUSTER_AUTHORIZATION_FAILED:
    'Kafka does not let this user write. Allow it Write on its topics (kafka-acls --add --operation Write); before Kafka 3.0 also IdempotentWrite on the cluster.',
  ILLEGAL_SASL_STATE:
    'Nobody signs in at this port of Kafka. Unset KAFKA_SASL_*, or name the port that users sign in at in KAFKA_BROKERS. Where this is that port, a sign-in holds too short there: set connections.max.reauth.ms of the brokers to 5000 or more.',
}
const byWords: readonly (readonly [pattern: RegExp, says: string])[] = [
  [
    /does not match certificate's altnames/,
    'Kafka’s certificate is for another host name. Name the brokers in KAFKA_BROKERS, and in their advertised.listeners, as their certificates do.',
  ],
  [
    /certificate has expired|certificate is not yet valid/,
    'Kafka’s certificate does not hold today. Renew it, or set the clock of this machine right.',
  ],
  [
    /unable to (verify|get)|self-signed|certificate/,
    'Nobody this machine trusts vouches for Kafka’s certificate. Set KAFKA_TLS_CA to the file (PEM) of the authority that signed it.',
  ],
]

/** `settings.invalid` where trying again cannot help. */
export function refusedAtStart(error: unknown, brokers: readonly string[]): GatewayError {
  if (error instanceof GatewayError) return error
  const doing = `Opening the log on Kafka at ${brokers.join(', ')}`
  const found = messageOf(error)
  const says = byKind[kindOf(error)] ?? byWords.find(([pattern]) => pattern.test(found))?.[1]
  if (says === undefined) return logFault(error, doing)
  return new GatewayError('settings.invalid', `${doing}: ${says} (${found})`, {
    about: { setting: 'KAFKA_BROKERS', kind: kindOf(error) },
    cause: error,
  })
}

/** What readiness says of such a fault. */
export const refusedWrite = (error: unknown): GatewayError =>
  logFault(
    error,
    isOfTheClock(error)
      ? `The clock of this machine is ahead of Kafka’s, or Kafka’s is behind, by more than its topics allow. Set it right, or their ${clockLimit} to ${clockLimitMs}`
      : 'Kafka refuses what is written',
  )
