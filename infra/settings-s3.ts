// The settings of a bucket that files of messages go to, where INLET_BLOBS is s3.
import type { S3Place } from './drivers/blobs-s3.ts'
import type { Settings } from './settings-table.ts'
import { it, maybe } from './settings-described.ts'
import { text, url } from './settings-values.ts'

export const s3Settings = {
  s3Bucket: maybe({
    env: 'INLET_S3_BUCKET',
    says: 'Bucket that files of messages go to, for INLET_BLOBS=s3; it must be there.',
    parse: text,
    unset: 'none',
  }),
  s3Endpoint: maybe({
    env: 'INLET_S3_ENDPOINT',
    says: 'Address of a store that speaks like S3, http:// or https://.',
    parse: url('an http or https address', 'http:', 'https:'),
    unset: 'Amazon’s own',
  }),
  s3Region: it({
    env: 'INLET_S3_REGION',
    says: 'Region of the bucket.',
    parse: text,
    fallback: 'us-east-1',
  }),
  s3AccessKey: maybe({
    env: 'INLET_S3_ACCESS_KEY',
    says: 'Id of the key that may list, read, write and delete in the bucket.',
    parse: text,
    unset: 'as Amazon’s tools find it: in the environment, or by the role of the machine',
  }),
  s3SecretKey: maybe({
    env: 'INLET_S3_SECRET_KEY',
    says: 'That key.',
    parse: text,
    unset: 'as the id',
    secret: true,
  }),
  s3Prefix: it({
    env: 'INLET_S3_PREFIX',
    says: 'Before the names of files in the bucket: one for each gateway that shares it.',
    parse: text,
    fallback: 'inlet/',
  }),
}

/** The bucket they name, where there is one. */
export const bucketIn = ({
  s3Bucket,
  s3Endpoint: endpoint,
  s3Region: region,
  s3AccessKey,
  s3SecretKey,
  s3Prefix: prefix,
}: Pick<Settings, Extract<keyof Settings, `s3${string}`>>): S3Place => ({
  bucket: s3Bucket ?? '',
  endpoint,
  region,
  keys: s3AccessKey === null || s3SecretKey === null ? null : { id: s3AccessKey, secret: s3SecretKey },
  prefix,
})
