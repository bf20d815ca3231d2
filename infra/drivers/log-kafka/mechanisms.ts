// How one signs in to Kafka; apart, so that reading the settings loads no client.

export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const
export type SaslMechanism = (typeof saslMechanisms)[number]
