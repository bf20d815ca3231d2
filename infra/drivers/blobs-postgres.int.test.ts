// The contract over the database, and what is peculiar to it: roles, and nothing left of a spool.
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blobStoreContract } from '../../test/contracts/blob-store.ts'
import { freshDatabase } from '../../test/support/database.ts'
import type { FreshDatabase } from '../../test/support/database.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { makePostgresBlobs } from './blobs-postgres.ts'

blobStoreContract('in PostgreSQL', async () => {
  const database = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'inlet-spool-'))
  return {
    store: makePostgresBlobs({ database, spoolFolder: join(folder, 'spool') }),
    age: async (workspace, ref, hours) => {
      await database
        .pool('owner')
        .query(`update inlet.blob set put_at = now() - $3 * interval '1 hour' where workspace = $1 and ref = $2`, [
          workspace,
          ref,
          hours,
        ])
    },
    count: async () => {
      const { rows } = await database
        .pool('owner')
        .query<{ n: number }>(
          'select count(distinct (workspace, ref))::int as n from (select workspace, ref from inlet.blob union all select workspace, ref from inlet.blob_chunk) as all_of_them',
        )
      return (rows[0]?.n ?? 0) + (await readdir(join(folder, 'spool')).catch(() => [])).length
    },
    remove: async () => {
      await database.close()
      await rm(folder, { recursive: true })
    },
  }
})

const sha = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

describe('blobs in PostgreSQL', () => {
  let database: FreshDatabase
  beforeAll(async () => {
    database = await freshDatabase()
  })
  afterAll(() => database.close())

  it('S27 the desk, which works for one workspace, cannot read them at all', async () => {
    for (const table of ['blob', 'blob_chunk', 'data_key'])
      await expect(database.pool('desk').query(`select * from inlet.${table}`)).rejects.toMatchObject({ code: '42501' })
  })

  it('G23 small ones put in one moment share a commit; the same bytes twice are one, and each caller waits for its own', async () => {
    const store = makePostgresBlobs({ database, spoolFolder: tmpdir() })
    const owner = database.pool('owner')
    const texts = Array.from({ length: 300 }, (_, n) => `body ${n % 250}`)
    const refs = await Promise.all(texts.map((it) => store.put('main' as WorkspaceId, Buffer.from(it), 'text/html')))
    expect(refs).toEqual(texts.map(sha))
    const { rows } = await owner.query<{ commits: number; blobs: number }>(
      'select count(distinct xmin::text)::int as commits, count(*)::int as blobs from inlet.blob',
    )
    expect(rows[0]?.blobs).toBe(250)
    expect(rows[0]?.commits).toBeLessThanOrEqual(2)
    const kept = await store.get('main' as WorkspaceId, refs[7]!)
    expect(await new Response(kept).text()).toBe('body 7')
    await owner.query('delete from inlet.blob')
  })

  it('F11 a store that refuses is blobs.unavailable, and half a blob is none', async () => {
    const store = makePostgresBlobs({ database, spoolFolder: tmpdir() })
    await database.pool('owner').query('alter table inlet.blob_chunk add constraint full_disk check (n < 1)')
    await expect(store.put('main' as WorkspaceId, Buffer.alloc(2_000_000), 'x/y')).rejects.toMatchObject({
      code: 'blobs.unavailable',
    })
    const { rows } = await database.pool('owner').query('select ref from inlet.blob')
    expect(rows).toEqual([])
  })
})
