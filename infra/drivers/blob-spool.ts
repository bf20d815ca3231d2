// Bytes on their way into a blob store: written to a file that has no name yet, hashed and synced.
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobRef } from '../../schemas/ids.ts'
import { refOfHex } from './blob-names.ts'
import type { OpenFile } from './key-file.ts'

export interface Spooled {
  readonly path: string
  readonly ref: BlobRef
  readonly size: number
}

/** Leaves a closed, synced file in `folder`, or nothing at all. The caller moves it away or removes it. */
export async function spool(
  chunks: AsyncIterable<Uint8Array>,
  folder: string,
  openFile: OpenFile = open,
): Promise<Spooled> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, randomBytes(12).toString('hex'))
  const file = await openFile(path, 'wx', 0o600)
  try {
    const { ref, size } = await fill(file, chunks)
    await file.sync()
    await file.close()
    return { path, ref, size }
  } catch (error) {
    await file.close().catch((second: unknown) => second)
    await unlink(path).catch((second: unknown) => second)
    throw error
  }
}

async function fill(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly ref: BlobRef; readonly size: number }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of chunks) {
    hash.update(chunk)
    for (let from = 0; from < chunk.length;) from += (await file.write(chunk, from)).bytesWritten
    size += chunk.length
  }
  return { ref: refOfHex(hash.digest('hex')), size }
}
