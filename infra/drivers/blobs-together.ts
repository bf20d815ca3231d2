// Small blobs that are put in the same moment are kept by one statement: a hundred bodies of mails are safe by one sync, not by a hundred.
import type { Pool } from 'pg'
import type { BlobRef, WorkspaceId } from '../../schemas/ids.ts'

export const smallBytes = 64 * 1024
const mostAtOnce = 500
const bytesAtOnce = 4_000_000

export interface SmallBlob {
  readonly workspace: WorkspaceId
  readonly ref: BlobRef
  readonly type: string
  readonly bytes: Uint8Array
}
interface Asked {
  readonly blob: SmallBlob
  done(): void
  fail(error: unknown): void
}

/** Resolves when the blob is durable. What comes while one statement is under way goes with the next. */
export function keepTogether(pool: Pool): (blob: SmallBlob) => Promise<void> {
  const waiting: Asked[] = []
  let isWriting = false
  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const asked = waiting.splice(0, someOf(waiting))
      await keepAll(
        pool,
        asked.map((it) => it.blob),
      ).then(
        () => asked.forEach((it) => it.done()),
        (error: unknown) => asked.forEach((it) => it.fail(error)),
      )
    }
    isWriting = false
  }
  return (blob) =>
    new Promise((done, fail) => {
      waiting.push({ blob, done, fail })
      if (isWriting) return
      isWriting = true
      setImmediate(() => void write())
    })
}

function someOf(waiting: readonly Asked[]): number {
  let bytes = 0
  const at = waiting.findIndex(
    ({ blob }, n) => n >= mostAtOnce || (n > 0 && (bytes += blob.bytes.length) > bytesAtOnce),
  )
  return at === -1 ? waiting.length : at
}

// In the order of their names, so that two processes that put the same do not wait for each other in a circle.
const text = `with q as materialized (select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) as q (workspace, ref, type, bytes)),
   b as (insert into inlet.blob (workspace, ref, size, type) select workspace, ref, length(bytes), type from q order by workspace, ref
     on conflict (workspace, ref) do update set put_at = now() returning workspace, ref, xmax = 0 as fresh)
 insert into inlet.blob_chunk (workspace, ref, n, bytes) select workspace, ref, 0, q.bytes from b join q using (workspace, ref)
   where b.fresh and length(q.bytes) > 0`

async function keepAll(pool: Pool, blobs: readonly SmallBlob[]): Promise<void> {
  const once = [...new Map(blobs.map((it) => [`${it.workspace} ${it.ref}`, it])).values()]
  const column = (of: (it: SmallBlob) => unknown): unknown[] => once.map(of)
  await pool.query({
    name: 'blobs_keep_together',
    text,
    values: [
      column((it) => it.workspace),
      column((it) => it.ref),
      column((it) => it.type.slice(0, 200).replaceAll('\0', '')),
      column((it) => Buffer.from(it.bytes.buffer, it.bytes.byteOffset, it.bytes.byteLength)),
    ],
  })
}
