// The contract over a bucket of a real server that speaks S3, and what is peculiar to it: keys, a bucket that is not there, a server that is away.
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { blobStoreContract } from '../../test/contracts/blob-store.ts'
import { startS3, type S3Server } from '../../test/support/s3-server.ts'
import { makeS3Blobs, type S3Place } from './blobs-s3.ts'
import { systemClock } from './clock.ts'

let server: S3Server
let spoolFolder: string
beforeAll(async () => {
  ;[server, spoolFolder] = await Promise.all([startS3(), mkdtemp(join(tmpdir(), 'inlet-spool-'))])
}, 150_000)
afterAll(async () => {
  await server.close()
  await rm(spoolFolder, { recursive: true })
})
const many = { blobs: 130, atOnce: 50 }
const storeAt = (more: Partial<S3Place> = {}) => {
  const { endpoint, bucket, keys } = server
  const place = { endpoint, bucket, keys, region: 'us-east-1', prefix: 'inlet/', ...more }
  return makeS3Blobs({ place, clock: systemClock, spoolFolder, askAtOnce: many.atOnce })
}
/** Names of objects, and files of the spool. */
const objects = async (): Promise<readonly string[]> =>
  (await readdir(server.objects, { recursive: true, withFileTypes: true }))
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name))

blobStoreContract('in S3', async () => ({
  store: storeAt(),
  many,
  async age(_workspace, ref, hours) {
    const hour = `${new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 13)}Z`
    for (const path of await objects())
      if (path.includes(`${ref.slice(7)}/`)) await rename(path, join(path, '..', hour))
  },
  // Of one content there may be two names when an hour ends in between.
  count: async () =>
    new Set((await objects()).map((path) => join(path, '..'))).size + (await readdir(spoolFolder)).length,
  remove: () => Promise.resolve(),
}))

describe('blobs in S3', () => {
  it('S18 a bucket that is not there and a key it does not take stop the start, with what to set and without the key', async () => {
    await storeAt().check()
    const wordsOf = (more: Partial<S3Place>) =>
      storeAt(more)
        .check()
        .then(
          () => 'nothing',
          (error: { code: string; message: string }) => `${error.code} ${error.message}`,
        )
    expect(await wordsOf({ bucket: 'nobodys' })).toMatch(/^settings\.invalid The bucket nobodys at .* INLET_S3_BUCKET/)
    const wrong = await wordsOf({ keys: { id: server.keys.id, secret: 's3-wrong-991' } })
    expect(wrong).toMatch(/^settings\.invalid .*INLET_S3_ACCESS_KEY/)
    expect(wrong).not.toContain('s3-wrong-991')
  })

  it('a server that is away is blobs.unavailable, and no reason not to start', async () => {
    const away = storeAt({ endpoint: 'http://127.0.0.1:1' })
    await away.check()
    await expect(away.put('main' as WorkspaceId, Buffer.from('x'), 'text/plain')).rejects.toMatchObject({
      code: 'blobs.unavailable',
    })
    await expect(away.get('main' as WorkspaceId, `sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({
      code: 'blobs.unavailable',
    })
  })
})
