// Apache Kafka, from Maven Central into the user's cache: a real broker for the tests of the Kafka log.
import { join } from 'node:path'
import { jarsInCache } from './maven.ts'

const version = '4.3.1'
const jars = jarsInCache({
  name: 'Kafka',
  folder: `kafka-${version}`,
  pom: join(import.meta.dirname, 'kafka', 'pom.xml'),
  holds: `kafka_2.13 ${version} and slf4j-simple`,
  megabytes: 44,
})

/** The folder of the jars. */
export const kafkaJars = jars.here
export const server = { ...jars.server, for: 'the log on Kafka' }
