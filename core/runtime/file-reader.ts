// Reads a blob whole, for channels that upload it; bounded by what was stored.
import type { WorkspaceId } from '../../schemas/ids.ts'
import type { Edges } from '../ports/channel.ts'
import type { BlobStore } from '../ports/edges.ts'

export const fileReader =
  (blobs: BlobStore, workspace: WorkspaceId): Edges['file'] =>
  async (ref) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of await blobs.get(workspace, ref)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
