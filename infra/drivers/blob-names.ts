// What all blob stores share: how a blob is named, how bytes arrive, what a blob that is not there is called.
import { createHash } from 'node:crypto'
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { BlobRef, WorkspaceId } from '../../schemas/ids.ts'

/** Whoever put a blob has this long to write down that it is used. */
export const youngForMs = 24 * 3_600_000

export const refOfHex = (hex: string): BlobRef => `sha256:${hex}`
export const refOf = (bytes: Uint8Array): BlobRef => refOfHex(createHash('sha256').update(bytes).digest('hex'))

/** The 64 digits of a ref, or the same words as for a blob that is not there: what is no ref names nothing. */
export function hexOf(workspace: WorkspaceId, ref: BlobRef): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(ref)?.[1]
  if (hex === undefined) throw noSuchBlob(workspace, ref)
  return hex
}

/** Also for a blob of another workspace: whether it exists is not told (S27). */
export const noSuchBlob = (workspace: WorkspaceId, ref: string, cause?: unknown): GatewayError =>
  new GatewayError(
    'event.invalid',
    `Reading a blob of workspace ${workspace}: there is no ${ref.slice(0, 80)}. It was never put, or was collected.`,
    {
      about: { workspace, ref: ref.slice(0, 80) },
      cause,
    },
  )

export const blobsUnavailable = (doing: string, cause: unknown): GatewayError =>
  new GatewayError(
    'blobs.unavailable',
    `${doing}: ${messageOf(cause)}. It is tried again; check space and rights of the store.`,
    { cause },
  )

/** A fault of the place the bytes come from, told apart from a fault of the place they go to. */
export class SourceBroke extends Error {}

export async function* chunksOf(bytes: Uint8Array | AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (bytes instanceof Uint8Array) return yield bytes
  try {
    yield* bytes
  } catch (error) {
    throw new SourceBroke('the source of a blob broke', { cause: error })
  }
}

/** The caller gets its own source's error back as it was; everything else is the store's. */
export const putFault = (workspace: WorkspaceId, error: unknown): unknown =>
  error instanceof SourceBroke ? error.cause : blobsUnavailable(`Keeping a blob of workspace ${workspace}`, error)

/** What cannot be a folder's name on every system (`..`, a slash, `Main` beside `main`) gets a hash for one: no name leaves the root. */
export const folderNameOf = (workspace: WorkspaceId): string =>
  /^[a-z0-9][a-z0-9_-]{0,62}$/.test(workspace)
    ? workspace
    : `~${createHash('sha256').update(workspace).digest('hex').slice(0, 40)}`
