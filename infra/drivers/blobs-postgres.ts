// Blobs in the database, in pieces of 1 MB: for several machines without a disk in common.
import { open, unlink } from 'node:fs/promises'
import type { Pool, PoolClient } from 'pg'
import type { BlobStore } from '../../core/ports/edges.ts'
import type { BlobRef, WorkspaceId } from '../../schemas/ids.ts'
import { blobsUnavailable, chunksOf, hexOf, noSuchBlob, putFault, refOf, youngForMs as aDayMs } from './blob-names.ts'
import { spool } from './blob-spool.ts'
import { keepTogether, smallBytes } from './blobs-together.ts'
import type { Database } from './database.ts'

export interface PostgresBlobOptions {
  readonly database: Pick<Database, 'pool'>
  /** Streams wait here until they are whole: a vendor that sends slowly must not hold a transaction. Not durable, may be empty at each start. */
  readonly spoolFolder: string
  /** What was put within this time is not collected. */
  readonly youngForMs?: number
}
interface Blob {
  readonly workspace: WorkspaceId
  readonly ref: BlobRef
  readonly size: number
  readonly type: string
}

const pieceBytes = 1024 * 1024
const askAtOnce = 500

export function makePostgresBlobs({ database, spoolFolder, youngForMs = aDayMs }: PostgresBlobOptions): BlobStore {
  const pool = database.pool('loops')
  const keepSmall = keepTogether(pool)
  return {
    async put(workspace, bytes, type) {
      try {
        if (bytes instanceof Uint8Array) {
          if (bytes.length <= smallBytes) {
            const ref = refOf(bytes)
            await keepSmall({ workspace, ref, type, bytes })
            return ref
          }
          const blob = { workspace, ref: refOf(bytes), size: bytes.length, type }
          await keep(pool, blob, piecesOf(bytes))
          return blob.ref
        }
        const { path, ...found } = await spool(chunksOf(bytes), spoolFolder)
        try {
          await keep(pool, { workspace, type, ...found }, piecesIn(path))
        } finally {
          await unlink(path)
        }
        return found.ref
      } catch (error) {
        throw putFault(workspace, error)
      }
    },
    get: (workspace, ref) => read(pool, workspace, ref),
    collect: (workspace, stillUsed) => collect({ pool, workspace, youngForMs }, stillUsed),
  }
}

const here = 'workspace = $1 and ref = $2'

/** Bytes that are there already cost one small statement. */
async function keep(pool: Pool, blob: Blob, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const again = await pool.query(`update inlet.blob set put_at = now() where ${here}`, [blob.workspace, blob.ref])
  if (again.rowCount === 0) await inTransaction(pool, (client) => write(client, blob, pieces))
}

/** Of two who put the same bytes, the second waits here for the first, and then only says that it was put again. */
async function write(
  client: PoolClient,
  { workspace, ref, size, type }: Blob,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { rows } = await client.query<{ fresh: boolean }>(
    `insert into inlet.blob (workspace, ref, size, type) values ($1, $2, $3, $4)
     on conflict (workspace, ref) do update set put_at = now() returning xmax = 0 as fresh`,
    [workspace, ref, size, type.slice(0, 200).replaceAll('\0', '')],
  )
  if (rows[0]?.fresh !== true) return
  let n = 0
  for await (const bytes of pieces)
    await client.query('insert into inlet.blob_chunk (workspace, ref, n, bytes) values ($1, $2, $3, $4)', [
      workspace,
      ref,
      n++,
      bytes,
    ])
}

async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await work(client)
    await client.query('commit')
    client.release()
  } catch (error) {
    // A connection that broke in a transaction is thrown away: with it goes the transaction.
    client.release(true)
    throw error
  }
}

async function* piecesOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes)
}

async function* piecesIn(path: string): AsyncIterable<Uint8Array> {
  const file = await open(path, 'r')
  try {
    for (;;) {
      // A new one each time: the driver may still be writing the last.
      const piece = Buffer.allocUnsafe(pieceBytes)
      let filled = 0
      for (let got = -1; got !== 0 && filled < pieceBytes; filled += got)
        got = (await file.read(piece, filled, pieceBytes - filled)).bytesRead
      if (filled > 0) yield piece.subarray(0, filled)
      if (filled < pieceBytes) return
    }
  } finally {
    await file.close()
  }
}

async function read(pool: Pool, workspace: WorkspaceId, ref: BlobRef): Promise<ReadableStream<Uint8Array>> {
  hexOf(workspace, ref)
  const ask = async <Row extends object>(sql: string, more: readonly unknown[] = []): Promise<Row> => {
    const found = await pool
      .query<Row>(sql, [workspace, ref, ...more])
      .catch((error: unknown) => Promise.reject(blobsUnavailable(`Reading a blob of workspace ${workspace}`, error)))
    if (found.rows[0]) return found.rows[0]
    throw noSuchBlob(workspace, ref)
  }
  const { size } = await ask<{ size: string }>(`select size from inlet.blob where ${here}`)
  let left = Number(size)
  let n = 0
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    if (left <= 0) return controller.close()
    const { bytes } = await ask<{ bytes: Buffer }>(`select bytes from inlet.blob_chunk where ${here} and n = $3`, [n++])
    left -= bytes.length
    controller.enqueue(bytes)
  }
  return new ReadableStream({ pull }, { highWaterMark: 1 })
}

async function collect(
  {
    pool,
    workspace,
    youngForMs,
  }: { readonly pool: Pool; readonly workspace: WorkspaceId; readonly youngForMs: number },
  stillUsed: Parameters<BlobStore['collect']>[1],
): Promise<number> {
  const old = `put_at < now() - interval '${youngForMs} milliseconds'`
  const ask = (sql: string, more: readonly unknown[]) =>
    pool
      .query<{ ref: BlobRef }>(sql, [workspace, ...more])
      .catch((error: unknown) =>
        Promise.reject(blobsUnavailable(`Collecting unused blobs of workspace ${workspace}`, error)),
      )
  let removed = 0
  for (let after = ''; ;) {
    const { rows } = await ask(
      `select ref from inlet.blob where workspace = $1 and ref > $2 and ${old} order by ref limit ${askAtOnce}`,
      [after],
    )
    const refs = rows.map((row) => row.ref)
    if (refs.length === 0) return removed
    const used = await stillUsed(refs)
    // Old is asked again: what was put since then stays.
    const gone = await ask(`delete from inlet.blob where workspace = $1 and ref = any($2) and ${old}`, [
      refs.filter((ref) => !used.has(ref)),
    ])
    removed += gone.rowCount ?? 0
    after = refs.at(-1) ?? ''
  }
}
