// The contract over both places at once: small ones in the database, large ones as files.
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { blobStoreContract } from '../../test/contracts/blob-store.ts'
import { freshDatabase } from '../../test/support/database.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { makeDiskBlobs } from './blobs-disk.ts'
import { makeLocalBlobs } from './blobs-local.ts'
import { makePostgresBlobs } from './blobs-postgres.ts'

async function opened() {
  const database = await freshDatabase()
  const data = await mkdtemp(join(tmpdir(), 'inlet-local-'))
  const inDatabase = makePostgresBlobs({ database, spoolFolder: join(data, 'spool') })
  const store = makeLocalBlobs({ files: makeDiskBlobs({ data }), database: inDatabase })
  const files = async (): Promise<readonly string[]> =>
    (await readdir(join(data, 'blobs'), { recursive: true, withFileTypes: true }).catch(() => []))
      .filter((it) => it.isFile())
      .map((it) => join(it.parentPath, it.name))
  const owner = database.pool('owner')
  const rows = async (): Promise<number> =>
    (await owner.query<{ n: number }>('select count(*)::int as n from inlet.blob')).rows[0]?.n ?? 0
  return { database, data, store, files, owner, rows }
}

blobStoreContract('on one machine', async () => {
  const { database, data, store, files, owner, rows } = await opened()
  return {
    store,
    async age(workspace, ref, hours) {
      const then = new Date(Date.now() - hours * 3_600_000)
      for (const path of await files()) if (path.endsWith(ref.slice(7))) await utimes(path, then, then)
      await owner.query('update inlet.blob set put_at = $3 where workspace = $1 and ref = $2', [workspace, ref, then])
    },
    count: async () => (await files()).length + (await rows()),
    async remove() {
      await database.close()
      await rm(data, { recursive: true })
    },
  }
})

it('a small one lies in the database, a large one is a file', async () => {
  const { database, data, store, files, rows } = await opened()
  await store.put('main' as WorkspaceId, Buffer.alloc(1_000), 'text/html')
  expect([(await files()).length, await rows()]).toEqual([0, 1])
  await store.put('main' as WorkspaceId, Buffer.alloc(100_000), 'image/png')
  expect([(await files()).length, await rows()]).toEqual([1, 1])
  await database.close()
  await rm(data, { recursive: true })
})
