// The contract over files, and what is peculiar to them: rights, space, crashes.
import { mkdtemp, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { blobStoreContract } from '../../test/contracts/blob-store.ts'
import type { BlobRef, WorkspaceId } from '../../schemas/ids.ts'
import { makeDiskBlobs } from './blobs-disk.ts'
import { madeBytes } from '../../test/support/seed.ts'

const main = 'main' as WorkspaceId
const filesIn = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])).filter((one) => one.isFile())
const placeOf = (data: string, ref: BlobRef) => join(data, 'blobs', main, ref.slice(7, 9), ref.slice(7))
const longAgo = (hours: number) => Date.now() / 1000 - hours * 3600

blobStoreContract('on disk', async () => {
  const data = await mkdtemp(join(tmpdir(), 'inlet-blobs-'))
  return {
    store: makeDiskBlobs({ data }),
    age: (workspace, ref, hours) =>
      utimes(join(data, 'blobs', workspace, ref.slice(7, 9), ref.slice(7)), longAgo(hours), longAgo(hours)),
    count: async () => (await filesIn(data)).length,
    remove: () => rm(data, { recursive: true }),
  }
})

describe('blobs on disk', () => {
  const folders: string[] = []
  const fresh = async () => {
    folders.push(await mkdtemp(join(tmpdir(), 'inlet-blobs-')))
    return folders.at(-1) as string
  }
  afterEach(() => Promise.all(folders.splice(0).map((one) => rm(one, { recursive: true }))))

  it('S32 are for their owner only', async () => {
    const data = await fresh()
    const ref = await makeDiskBlobs({ data }).put(main, Buffer.from('mine'), 'text/plain')
    expect((await stat(placeOf(data, ref))).mode & 0o777).toBe(0o600)
    for (const folder of ['blobs', 'blobs/.incoming', 'blobs/main', `blobs/main/${ref.slice(7, 9)}`])
      expect((await stat(join(data, folder))).mode & 0o777).toBe(0o700)
  })

  it('G23 are synced before they get their name, and their name before anybody is told', async () => {
    const data = await fresh()
    const events: string[] = []
    const store = makeDiskBlobs({ data, openFile: watching(data, events) })
    const ref = await store.put(main, Buffer.from('safe'), 'text/plain')
    const fan = ref.slice(7, 9)
    expect(events).toEqual(['blobs/.incoming/… 0', 'blobs/main 0', 'blobs 0', ' 0', `blobs/main/${fan} 1`])
    events.length = 0
    await store.put(main, Buffer.from('safe'), 'text/plain')
    expect(events).toEqual(['blobs/.incoming/… 1', `blobs/main/${fan} 1`])
    expect(await filesIn(join(data, 'blobs/.incoming'))).toEqual([])
  })

  it('F11 a full disk is blobs.unavailable, leaves no half file, and is over when there is space again', async () => {
    const data = await fresh()
    let space = 3
    const store = makeDiskBlobs({
      data,
      openFile: (path, flags, mode) => open(path, flags, mode).then((file) => fillingUp(file, () => space-- > 0)),
    })
    const stream = async function* () {
      for (let n = 0; n < 10; n++) yield madeBytes(1000)
    }
    await expect(store.put(main, stream(), 'image/png')).rejects.toMatchObject({
      code: 'blobs.unavailable',
      message: expect.stringContaining('ENOSPC') as string,
    })
    expect(await filesIn(data)).toEqual([])
    space = 100
    await expect(store.put(main, stream(), 'image/png')).resolves.toMatch(/^sha256:/)
  })

  it('a place that cannot be written is blobs.unavailable, with nothing left behind', async () => {
    const data = await fresh()
    const store = makeDiskBlobs({ data })
    const ref = await store.put(main, Buffer.from('first'), 'text/plain')
    await rm(join(data, 'blobs/main'), { recursive: true })
    await open(join(data, 'blobs/main'), 'wx').then((file) => file.close())
    await expect(store.put(main, Buffer.from('first'), 'text/plain')).rejects.toMatchObject({
      code: 'blobs.unavailable',
    })
    expect(await filesIn(join(data, 'blobs/.incoming'))).toEqual([])
    await expect(store.get(main, ref)).rejects.toMatchObject({ code: 'blobs.unavailable' })
    await rm(join(data, 'blobs/main'))
    await expect(store.put(main, Buffer.from('first'), 'text/plain')).resolves.toBe(ref)
  })

  it('F1 what a crash left is cleared: halves of puts go, a blob set aside by a collector is readable and comes back', async () => {
    const data = await fresh()
    const store = makeDiskBlobs({ data })
    const ref = await store.put(main, Buffer.from('aside'), 'text/plain')
    const incoming = join(data, 'blobs/.incoming')
    for (const name of ['old-half', 'young-half']) await open(join(incoming, name), 'wx').then((file) => file.close())
    await utimes(join(incoming, 'old-half'), longAgo(25), longAgo(25))
    await rename(placeOf(data, ref), `${placeOf(data, ref)}.collecting`)
    await (await store.get(main, ref)).cancel()
    await store.collect(main, () => Promise.resolve(new Set()))
    expect((await filesIn(data)).map((one) => one.name).sort()).toEqual(['young-half', ref.slice(7)].sort())
  })
})

/** Notes each sync: of what, and how many blobs had their name by then. */
function watching(data: string, events: string[]): typeof open {
  return async (path, flags, mode) => {
    const file = await open(path, flags, mode)
    const sync = file.sync.bind(file)
    file.sync = async () => {
      await sync()
      const what = relative(data, String(path)).replace(/\.incoming\/.*/, '.incoming/…')
      events.push(`${what} ${(await filesIn(join(data, 'blobs/main'))).length}`)
    }
    return file
  }
}

/** A file on a disk with room for so many more writes; the last one fits only in part, as on a real one. */
function fillingUp(file: FileHandle, hasRoom: () => boolean): FileHandle {
  const write = file.write.bind(file) as (
    bytes: Uint8Array,
    from: number,
    length?: number,
  ) => Promise<{ bytesWritten: number; buffer: Uint8Array }>
  file.write = (async (bytes: Uint8Array, from: number) => {
    if (!hasRoom()) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    return write(bytes, from, Math.min(600, bytes.length - from))
  }) as typeof file.write
  return file
}
