// Blobs as files named by their content, in the data directory: for one machine.
import { mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import type { BlobStore } from '../../core/ports/edges.ts'
import type { BlobRef, WorkspaceId } from '../../schemas/ids.ts'
import {
  blobsUnavailable,
  chunksOf,
  folderNameOf,
  hexOf,
  noSuchBlob,
  putFault,
  youngForMs as aDayMs,
} from './blob-names.ts'
import { collectFolder, setAside } from './blobs-disk-collect.ts'
import { spool } from './blob-spool.ts'
import { codeOf, syncFolder } from './key-file.ts'
import type { OpenFile } from './key-file.ts'

export interface DiskBlobOptions {
  readonly data: string
  readonly openFile?: OpenFile
  /** What was put within this time is not collected. */
  readonly youngForMs?: number
}

export function makeDiskBlobs({ data, openFile = open, youngForMs = aDayMs }: DiskBlobOptions): BlobStore {
  const root = join(data, 'blobs')
  const incoming = join(root, '.incoming')
  const folders = foldersUnder(root, openFile)
  const folderOf = (workspace: WorkspaceId): string => join(root, folderNameOf(workspace))
  return {
    async put(workspace, bytes) {
      try {
        const { path, ref } = await spool(chunksOf(bytes), incoming, openFile)
        await settle(path, placeOf(folderOf(workspace), hexOf(workspace, ref)), folders)
        return ref
      } catch (error) {
        throw putFault(workspace, error)
      }
    },
    async get(workspace, ref) {
      return read(placeOf(folderOf(workspace), hexOf(workspace, ref)), { workspace, ref })
    },
    async collect(workspace, stillUsed) {
      return collectFolder(
        { folder: folderOf(workspace), incoming, placeOf: (hex) => placeOf(folderOf(workspace), hex), youngForMs },
        stillUsed,
      )
    },
  }
}

const placeOf = (folder: string, hex: string): string => join(folder, hex.slice(0, 2), hex)

/**
 * Over what may be there already: the same bytes under the same name, with today's date, which is what keeps them from being
 * collected. Whoever resolves second has synced the folder as well, so no promise rests on another's sync.
 */
async function settle(from: string, to: string, folders: Folders): Promise<void> {
  try {
    await folders.ready(dirname(to))
    await rename(from, to)
    await folders.sync(dirname(to))
  } catch (error) {
    folders.forget(dirname(to))
    await unlink(from).catch((gone: unknown) => gone)
    throw error
  }
}

interface Folders {
  /** Made, and would survive a power cut: so does a folder when the one above it was synced. Whoever finds it made waits for that too. */
  ready(folder: string): Promise<void>
  /** It may have been removed under our feet. */
  forget(folder: string): void
  /** The names in it are safe. */
  sync(folder: string): Promise<void>
}

function foldersUnder(root: string, openFile: OpenFile): Folders {
  const known = new Map<string, Promise<void>>()
  const make = async (folder: string): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (let above = dirname(folder); above.length >= dirname(root).length; above = dirname(above))
      await syncFolder(above, openFile)
  }
  return {
    ready(folder) {
      if (known.size >= mostKnownFolders) known.clear()
      const making = known.get(folder) ?? make(folder)
      known.set(folder, making)
      return making
    },
    forget: (folder) => void known.delete(folder),
    sync: (folder) => syncFolder(folder, openFile),
  }
}
const mostKnownFolders = 10_000

/** A collector that finds a blob young after all has it set aside for a moment; after a crash, until the next collection. */
async function read(
  place: string,
  what: { readonly workspace: WorkspaceId; readonly ref: BlobRef },
): Promise<ReadableStream<Uint8Array>> {
  let missing: unknown = null
  for (const path of [place, setAside(place), place]) {
    try {
      const file = await open(path, 'r')
      return Readable.toWeb(file.createReadStream({ highWaterMark: 65_536 })) as ReadableStream<Uint8Array>
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw blobsUnavailable(`Reading a blob of workspace ${what.workspace}`, error)
      missing = error
    }
  }
  throw noSuchBlob(what.workspace, what.ref, missing)
}
