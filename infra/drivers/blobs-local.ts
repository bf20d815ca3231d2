// Blobs of a gateway on one machine: files in the data directory, but small ones in the database, where many are made safe together.
import { isGatewayError } from '../../core/errors.ts'
import type { BlobStore } from '../../core/ports/edges.ts'
import { smallBytes } from './blobs-together.ts'

export interface LocalBlobOptions {
  readonly files: BlobStore
  readonly database: BlobStore
}

/** A stream, whose size nobody knows before its end, is a file. */
export function makeLocalBlobs({ files, database }: LocalBlobOptions): BlobStore {
  return {
    put: (workspace, bytes, type) =>
      bytes instanceof Uint8Array && bytes.length <= smallBytes
        ? database.put(workspace, bytes, type)
        : files.put(workspace, bytes, type),
    async get(workspace, ref) {
      try {
        return await files.get(workspace, ref)
      } catch (error) {
        if (!isGatewayError(error, 'event.invalid')) throw error
        return database.get(workspace, ref)
      }
    },
    async collect(workspace, stillUsed) {
      return (await files.collect(workspace, stillUsed)) + (await database.collect(workspace, stillUsed))
    },
  }
}
