// Blobs in a bucket of S3, or of a store that speaks like it: for several machines, and for more than a database should hold.
//
// A blob lies under its content and the hour it was put in: `<workspace>/<sha256>/2026-11-27T13Z`. S3 cannot remove an object only if it is
// still the old one, so whoever puts bytes again writes a new name, which no collector that found the old one removes.
import { createReadStream } from 'node:fs'
import { unlink } from 'node:fs/promises'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { BlobStore, Clock } from '../../core/ports/edges.ts'
import type { BlobRef, WorkspaceId } from '../../schemas/ids.ts'
import {
  blobsUnavailable,
  chunksOf,
  folderNameOf,
  hexOf,
  noSuchBlob,
  putFault,
  refOf,
  refOfHex,
  youngForMs as aDayMs,
} from './blob-names.ts'
import { spool } from './blob-spool.ts'

export interface S3Place {
  readonly bucket: string
  /** Null: Amazon's own. */
  readonly endpoint: string | null
  readonly region: string
  /** Null: as Amazon's tools find them, in the environment or by the role of the machine. */
  readonly keys: { readonly id: string; readonly secret: string } | null
  /** Before every name. */
  readonly prefix: string
}
export interface S3BlobOptions {
  readonly place: S3Place
  readonly clock: Clock
  /** Streams wait here until they are whole: S3 wants to know how long they are. May be empty at each start. */
  readonly spoolFolder: string
  /** What was put within this time is not collected. */
  readonly youngForMs?: number
  /** So many are asked about together whether they are used. */
  readonly askAtOnce?: number
}
interface Inside extends Required<S3BlobOptions> {
  readonly client: S3Client
}

const hourMs = 3_600_000
const usualAskAtOnce = 500
const removeAtOnce = 8

export interface S3Blobs extends BlobStore {
  /** Throws `settings.invalid` where the bucket is not there or not ours; a store that is away for now is no reason. */
  check(): Promise<void>
}

export function makeS3Blobs(options: S3BlobOptions): S3Blobs {
  const inside: Inside = { youngForMs: aDayMs, askAtOnce: usualAskAtOnce, ...options, client: clientOf(options.place) }
  return {
    async put(workspace, bytes, type) {
      try {
        if (bytes instanceof Uint8Array) return await write(inside, { workspace, ref: refOf(bytes), type, bytes })
        const { path, ref, size } = await spool(chunksOf(bytes), options.spoolFolder)
        try {
          return await write(inside, { workspace, ref, type, bytes: createReadStream(path), size })
        } finally {
          await unlink(path)
        }
      } catch (error) {
        throw putFault(workspace, error)
      }
    },
    get: (workspace, ref) => read(inside, workspace, ref),
    collect: (workspace, stillUsed) => collect(inside, workspace, stillUsed),
    check: () => check(inside),
  }
}

const clientOf = ({ endpoint, region, keys }: S3Place): S3Client =>
  new S3Client({
    region,
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    ...(keys === null ? {} : { credentials: { accessKeyId: keys.id, secretAccessKey: keys.secret } }),
    // What else it would send by itself not every store takes; what arrives is held to its hash as it is (see `write`).
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 30_000 },
  })

const folderOf = ({ place: { prefix } }: Inside, workspace: WorkspaceId): string =>
  `${prefix}${folderNameOf(workspace)}/`
const hourOf = (at: string): string => `${at.slice(0, 13)}Z`
/** From the end of the hour it was put in. */
const isOld = (key: string, { clock, youngForMs }: Inside): boolean => {
  const hour = Date.parse(`${key.slice(key.lastIndexOf('/') + 1, -1)}:00:00Z`)
  return Date.parse(clock.now()) - (hour + hourMs) >= youngForMs
}

interface Blob {
  readonly workspace: WorkspaceId
  readonly ref: BlobRef
  readonly type: string
  readonly bytes: Uint8Array | ReturnType<typeof createReadStream>
  readonly size?: number
}
async function write(inside: Inside, { workspace, ref, type, bytes, size }: Blob): Promise<BlobRef> {
  const hex = hexOf(workspace, ref)
  const command = new PutObjectCommand({
    Bucket: inside.place.bucket,
    Key: `${folderOf(inside, workspace)}${hex}/${hourOf(inside.clock.now())}`,
    Body: bytes,
    ContentType: type.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 200),
    ...(size === undefined ? {} : { ContentLength: size }),
  })
  // Signed with the request, so that other bytes are refused where they arrive; of a stream the client would not say it.
  command.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { readonly headers: Record<string, string> }
      headers['x-amz-content-sha256'] = hex
      return next(args)
    },
    { step: 'build', name: 'contentHash' },
  )
  await inside.client.send(command)
  return ref
}

/** In the order of their names. */
async function* keysIn(inside: Inside, prefix: string, after?: string): AsyncGenerator<string> {
  const asked = { Bucket: inside.place.bucket, Prefix: prefix, ...(after === undefined ? {} : { StartAfter: after }) }
  for await (const { Contents = [] } of paginateListObjectsV2({ client: inside.client }, asked))
    for (const { Key } of Contents) if (Key !== undefined) yield Key
}

async function read(inside: Inside, workspace: WorkspaceId, ref: BlobRef): Promise<ReadableStream<Uint8Array>> {
  const folder = `${folderOf(inside, workspace)}${hexOf(workspace, ref)}/`
  // An older copy may be collected between the two questions, beside a younger one.
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      const keys = await Array.fromAsync(keysIn(inside, folder))
      const Key = keys.at(-1)
      if (Key === undefined) throw noSuchBlob(workspace, ref)
      const { Body } = await inside.client.send(new GetObjectCommand({ Bucket: inside.place.bucket, Key }))
      if (Body !== undefined) return Body.transformToWebStream() as ReadableStream<Uint8Array>
    } catch (error) {
      if (error instanceof GatewayError) throw error
      if (nameOf(error) !== 'NoSuchKey') throw blobsUnavailable(`Reading a blob of workspace ${workspace}`, error)
    }
  }
  throw noSuchBlob(workspace, ref)
}

type StillUsed = Parameters<BlobStore['collect']>[1]
/** All names of one content. */
interface Found {
  readonly ref: BlobRef
  readonly keys: string[]
}

async function collect(inside: Inside, workspace: WorkspaceId, stillUsed: StillUsed): Promise<number> {
  const doing = `Collecting unused blobs of workspace ${workspace}`
  const asking = async <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error: unknown) => Promise.reject(blobsUnavailable(doing, error)))
  const folder = folderOf(inside, workspace)
  let removed = 0
  for (let after: string | undefined; ;) {
    const page = await asking(() => contentsIn(inside, folder, after))
    if (page.length === 0) return removed
    const old = page.filter(({ keys }) => keys.every((key) => isOld(key, inside)))
    const used = old.length === 0 ? new Set<BlobRef>() : await stillUsed(old.map(({ ref }) => ref))
    removed += await asking(() =>
      removeStillOld(inside, folder, { old: old.filter(({ ref }) => !used.has(ref)), after }),
    )
    after = page.at(-1)?.keys.at(-1)
  }
}

async function contentsIn(inside: Inside, folder: string, after?: string): Promise<readonly Found[]> {
  const found: Found[] = []
  for await (const key of keysIn(inside, folder, after)) {
    const ref = refOfHex(key.slice(folder.length).split('/')[0] ?? '')
    if (found.at(-1)?.ref === ref) found.at(-1)?.keys.push(key)
    else if (found.length === inside.askAtOnce) break
    else found.push({ ref, keys: [key] })
  }
  return found
}

/** What was put again meanwhile lies there under a new name as well, and counts as kept; its old one may go another time. */
async function removeStillOld(
  inside: Inside,
  folder: string,
  { old, after }: { readonly old: readonly Found[]; readonly after: string | undefined },
): Promise<number> {
  if (old.length === 0) return 0
  const now = new Map((await contentsIn(inside, folder, after)).map((it) => [it.ref, it.keys]))
  const gone = old.filter(({ ref }) => now.get(ref)?.every((key) => isOld(key, inside)) ?? false)
  const keys = gone.flatMap((it) => it.keys)
  const { bucket: Bucket } = inside.place
  for (let from = 0; from < keys.length; from += removeAtOnce)
    await Promise.all(
      keys.slice(from, from + removeAtOnce).map((Key) => inside.client.send(new DeleteObjectCommand({ Bucket, Key }))),
    )
  return gone.length
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')
const statusOf = (error: unknown): number =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0

async function check({ client, place: { bucket, endpoint } }: Inside): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }))
  } catch (error) {
    const words: Readonly<Record<number, string>> = {
      301: 'It lies in another region. Set INLET_S3_REGION to that one.',
      403: 'It does not let us in. Check INLET_S3_ACCESS_KEY and INLET_S3_SECRET_KEY, and that they may list, read, write and delete in it.',
      404: 'It is not there. Make it, or set INLET_S3_BUCKET to one that is.',
    }
    const says = words[statusOf(error)]
    if (says === undefined) return
    throw new GatewayError(
      'settings.invalid',
      `The bucket ${bucket} at ${endpoint ?? 'Amazon S3'}: ${says} (${messageOf(error)})`,
      { about: { setting: 'INLET_S3_BUCKET' }, cause: error },
    )
  }
}
