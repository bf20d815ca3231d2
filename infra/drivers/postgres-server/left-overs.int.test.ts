// What an earlier run may have left on the disk or running: each is handled or explained.
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ask, clusterOf, embeddedServers, isRoot, untilGone } from '../../../test/support/embedded-servers.ts'
import { exists } from '../process-identity.ts'

const here = embeddedServers()

describe('what an earlier run left', () => {
  /** As if nothing had stopped it with us: the server's own program, on the cluster, under the account that owns it. */
  async function leaveServerRunning(): Promise<number> {
    const server = await here.start()
    const command = (await readFile(`/proc/${server.pid}/cmdline`, 'utf8')).split('\0').slice(0, -1)
    const { uid, gid } = await stat(server.directory)
    await server.stop()
    const [file = '', ...words] = command
    const child = here.run(file, words, isRoot ? { uid, gid } : undefined)
    const path = join(clusterOf(server), 'postmaster.pid')
    await expect.poll(() => readFile(path, 'utf8').catch(() => ''), { timeout: 10_000 }).toContain('ready')
    return child.pid ?? 0
  }

  it('G25 a server still running is stopped before ours starts', async () => {
    const leftOver = await leaveServerRunning()
    const server = await here.start()
    expect(server.pid).not.toBe(leftOver)
    await untilGone(leftOver)
    expect(await ask(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('G25 a postmaster.pid of a dead server', async () => {
    const server = await here.start()
    const path = join(clusterOf(server), 'postmaster.pid')
    const text = await readFile(path, 'utf8')
    await server.stop()
    await writeFile(path, text)
    expect((await here.start()).pid).not.toBe(server.pid)
  })

  it('G25 a postmaster.pid whose pid somebody else has now: that one is left alone', async () => {
    const server = await here.start()
    const path = join(clusterOf(server), 'postmaster.pid')
    const { uid, gid } = await stat(server.directory)
    const text = await readFile(path, 'utf8')
    await server.stop()
    const innocent = here.run('sleep', ['60'], isRoot ? { uid, gid } : undefined)
    await writeFile(path, text.replace(/^\d+/, String(innocent.pid)))
    expect(await ask((await here.start()).connection, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(exists(innocent.pid ?? 0)).toBe(true)
  })

  it('G25 half a database that is not of our making is explained and not touched', async () => {
    const cluster = join(here.dataDir, 'postgres', 'cluster')
    await mkdir(cluster, { recursive: true, mode: 0o700 })
    await mkdir(join(cluster, 'base'))
    await writeFile(join(cluster, 'PG_VERSION'), '18\n')
    await expect(here.start()).rejects.toMatchObject({
      code: 'data.unusable',
      message: expect.stringContaining('restore again'),
    })
    expect(await readdir(cluster)).toEqual(['PG_VERSION', 'base'])
  })

  it('G25 a database of another PostgreSQL is explained', async () => {
    const server = await here.start()
    await server.stop()
    await writeFile(join(clusterOf(server), 'PG_VERSION'), '17\n')
    await expect(here.start()).rejects.toMatchObject({
      code: 'data.unusable',
      message: expect.stringContaining('PostgreSQL 17'),
    })
  })
})
