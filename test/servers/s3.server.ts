// S3Proxy, from Maven Central into the user's cache: a server that speaks S3 for the tests of files in a bucket.
import { join } from 'node:path'
import { jarsInCache } from './maven.ts'

const version = '2.7.0'
const jars = jarsInCache({
  name: 'S3Proxy',
  folder: `s3proxy-${version}`,
  pom: join(import.meta.dirname, 's3', 'pom.xml'),
  holds: `s3proxy ${version} and what it depends on`,
  megabytes: 44,
})

/** The folder of the jars. */
export const s3Jars = jars.here
export const server = { ...jars.server, for: 'files of messages in S3' }
