// When we are root: the account the server runs under, what it owns, and what a folder closed to it leads to. Run as root only (vitest.config.ts).
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { embeddedServers, notes, untilGone, writeNote } from '../../../test/support/embedded-servers.ts'
import { startProcess } from '../../../test/support/server-processes.ts'
import type { Said } from '../../../test/support/server-processes.ts'
import { copyTree } from '../../../test/support/tree-copy.ts'

const here = embeddedServers()
const nobody = { uid: 65_534, gid: 65_534 }
/** Effective user of a running process. */
const uidOf = async (pid: number) =>
  Number(/^Uid:\s+\d+\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1])
const modeOf = async (path: string) => (await stat(path)).mode & 0o777

describe('as root', () => {
  it('S32 the server runs as nobody and owns its part of the data directory, not the directory', async () => {
    const { pid, directory } = await here.start()
    expect(await uidOf(pid)).toBe(nobody.uid)
    expect([(await stat(directory)).uid, await modeOf(directory)]).toEqual([nobody.uid, 0o700])
    expect([(await stat(here.dataDir)).uid, await modeOf(here.dataDir)]).toEqual([0, 0o710])
    const others = (await readdir(here.dataDir)).filter((name) => name !== 'postgres')
    for (const name of others) expect((await stat(join(here.dataDir, name))).uid).toBe(0)
  })

  it('S32 data of an ordinary user stay that user’s', async () => {
    const someone = { uid: 54_321, gid: 54_321 }
    const first = await here.start()
    await writeNote(first.connection)
    await first.stop()
    for (const entry of await readdir(first.directory, { recursive: true })) {
      await chown(join(first.directory, entry), someone.uid, someone.gid)
    }
    const second = await here.start()
    expect(await uidOf(second.pid)).toBe(someone.uid)
    expect(await notes(second.connection)).toEqual([{ words: 'kept' }])
  })
})

describe('as root, from a folder only root may read', () => {
  const shelf = '/var/lib/inlet'
  let before: readonly string[]
  const onShelf = async () => (existsSync(shelf) ? await readdir(shelf) : [])
  beforeEach(async () => {
    before = await onShelf()
  })
  const taken = new Set<string>()
  afterEach(async () => {
    for (const directory of taken) await rm(directory, { recursive: true, force: true })
    for (const name of await onShelf()) {
      if (!before.includes(name) && name.startsWith('postgresql-')) await rm(join(shelf, name), { recursive: true })
    }
  })
  async function runOnce(tree: { tree: string; node: string }, during: (said: Said) => Promise<void>): Promise<Said> {
    const child = startProcess(join(tree.tree, 'data'), tree)
    const said = await child.said
    taken.add(said.directory)
    await during(said)
    child.kill('SIGTERM')
    await child.ended
    return said
  }

  it('S32 G25 program and data go where nobody may read, the folder is printed and found again', async () => {
    const closed = join(here.parent, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const tree = await copyTree(join(closed, 'checkout'))
    const first = await runOnce(tree, async (said) => {
      expect(await uidOf(said.pid)).toBe(nobody.uid)
      expect(await readlink(`/proc/${said.pid}/exe`)).toMatch(/^\/var\/lib\/inlet\/postgresql-[^/]+\/bin\/postgres$/)
      expect(dirname(said.directory)).toBe(shelf)
      expect([(await stat(said.directory)).uid, await modeOf(said.directory)]).toEqual([nobody.uid, 0o700])
      expect(said.warned.join()).toContain(`the database lies in ${said.directory} instead`)
      expect(await modeOf(closed)).toBe(0o700)
      await writeNote(said.connection)
    })
    await runOnce(tree, async (again) => {
      expect(again.directory).toBe(first.directory)
      expect(await notes(again.connection)).toEqual([{ words: 'kept' }])
    })
    await rm(join(tree.tree, 'data'), { recursive: true })
    await runOnce(tree, async (anew) => expect(anew.directory).not.toBe(first.directory))
  })
})

describe('as an ordinary user', () => {
  it('S32 the server runs as that user, after kill -9 of ours too, with a program tree it may only read', async () => {
    const tree = await copyTree(join(here.parent, 'checkout'))
    await mkdir(here.dataDir, { mode: 0o700 })
    await chown(here.dataDir, nobody.uid, nobody.gid)
    const child = startProcess(here.dataDir, { ...tree, account: nobody })
    const said = await child.said
    expect(await uidOf(said.pid)).toBe(nobody.uid)
    expect(said.directory).toBe(join(here.dataDir, 'postgres'))
    await writeNote(said.connection)
    child.kill('SIGKILL')
    await untilGone(said.pid)
    const again = await startProcess(here.dataDir, { ...tree, account: nobody }).said
    expect(await notes(again.connection)).toEqual([{ words: 'kept' }])
    expect(await modeOf(here.dataDir)).toBe(0o700)
  })

  it('S32 a directory that is somebody else’s is refused with words', async () => {
    const tree = await copyTree(join(here.parent, 'checkout'))
    await mkdir(here.dataDir)
    await chmod(here.dataDir, 0o700)
    const said = await startProcess(here.dataDir, { ...tree, account: nobody }).said
    expect(said.error).toMatch(/This account \(uid 65534\) cannot run a database in .*EACCES.*INLET_DATA/)
  })
})
