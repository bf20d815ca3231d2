// The data directory's lock: one holder, named; the dead are followed, the living never.
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isGatewayError, messageOf } from '../../core/errors.ts'
import { lockDataDirectory } from './data-lock.ts'
import { thisProcess } from './process-identity.ts'

let parent: string
let dataDir: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'inlet-lock-'))
  dataDir = join(parent, 'data')
})
afterEach(() => rm(parent, { recursive: true, force: true }))

/** A pid that was given out and is free again. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await new Promise((resolve) => child.once('close', resolve))
  return child.pid ?? 0
}
/** The lock as a run left it; `over` says what is different from a lock of this process. */
async function leftOver(over: Readonly<Record<string, unknown>>, number = 1): Promise<string> {
  const lock = await lockDataDirectory(dataDir)
  await lock.release()
  await rm(join(dataDir, 'gateway.lock.1'))
  const path = join(dataDir, `gateway.lock.${number}`)
  const holder = { ...thisProcess(), since: '2026-11-20T08:00:00.000Z', address: null, released: false, ...over }
  await writeFile(path, JSON.stringify(holder))
  return path
}
/** As usual, ten times as fast. */
const quick = { everyMs: 100, watchMs: 600 }
const numbers = async () => (await readdir(dataDir)).toSorted()

describe('a second gateway', () => {
  it('G24 is refused at once with a sentence naming the first: process, since when, address', async () => {
    const first = await lockDataDirectory(dataDir)
    await first.announce('http://127.0.0.1:8080')
    const refused = await lockDataDirectory(dataDir).catch((error: unknown) => error)
    await first.release()
    expect(isGatewayError(refused, 'data.locked')).toBe(true)
    expect(messageOf(refused)).toMatch(
      new RegExp(`${dataDir} .* process ${process.pid}, since 20\\S+Z, it listens at http://127\\.0\\.0\\.1:8080`),
    )
    expect(messageOf(refused)).toMatch(/For several processes .* set DATABASE_URL .* and the same INLET_MASTER_KEY/)
  })

  it('G24 starts after the first one released it, and leaves one file', async () => {
    await (await lockDataDirectory(dataDir)).release()
    await (await lockDataDirectory(dataDir)).release()
    expect(await numbers()).toEqual(['gateway.lock.2'])
  })

  it('S32 the directory and the lock are for its owner only', async () => {
    const lock = await lockDataDirectory(dataDir)
    const modes = async () =>
      (await Promise.all([dataDir, join(dataDir, 'gateway.lock.1')].map((it) => stat(it)))).map(
        ({ mode }) => mode & 0o777,
      )
    expect(await modes()).toEqual([0o700, 0o600])
    await lock.release()
    expect(await modes()).toEqual([0o700, 0o600])
  })
})

describe('a left-over lock', () => {
  it('G24 of a dead process is taken over', async () => {
    await leftOver({ pid: await deadPid() })
    await (await lockDataDirectory(dataDir)).release()
    expect(await numbers()).toEqual(['gateway.lock.2'])
  })

  it('G24 of a dead process whose pid somebody else has now is taken over', async () => {
    await leftOver({ pid: process.ppid, started: '1' })
    await (await lockDataDirectory(dataDir)).release()
    expect(await numbers()).toEqual(['gateway.lock.2'])
  })

  it('G24 of a living process is respected, with fields of another version of the product in it', async () => {
    await leftOver({ version: '9.1', more: { of: 'this' } })
    await expect(lockDataDirectory(dataDir)).rejects.toMatchObject({ code: 'data.locked' })
  })

  it('G24 that is cut off is taken over', async () => {
    const path = await leftOver({})
    await writeFile(path, '{"pid": 1')
    await (await lockDataDirectory(dataDir)).release()
    expect(await numbers()).toEqual(['gateway.lock.2'])
  })

  it('G24 of a dead process is taken over by one of twenty that start together', async () => {
    await leftOver({ pid: await deadPid() }, 7)
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataDirectory(dataDir)))
    const won = tries.filter((one) => one.status === 'fulfilled')
    expect(won).toHaveLength(1)
    expect(tries.filter((one) => one.status === 'rejected' && isGatewayError(one.reason, 'data.locked'))).toHaveLength(
      19,
    )
    await won[0]?.value.release()
  })
})

describe('a holder whose pid says nothing here (another container on the same volume)', () => {
  it('G24 is respected while its heart beats', async () => {
    const path = await leftOver({ space: 'another container' })
    const heart = setInterval(() => void utimes(path, new Date(), new Date()), 50)
    const refused = await lockDataDirectory(dataDir, quick).catch((error: unknown) => error)
    clearInterval(heart)
    expect(isGatewayError(refused, 'data.locked')).toBe(true)
  })

  it('G24 is followed when it is silent, and our own heart beats', async () => {
    await leftOver({ space: 'another container' })
    const lock = await lockDataDirectory(dataDir, quick)
    const path = join(dataDir, 'gateway.lock.2')
    const before = (await stat(path)).mtimeMs
    await expect.poll(async () => (await stat(path)).mtimeMs, { timeout: 5_000 }).toBeGreaterThan(before)
    await lock.release()
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ released: true })
  })
})
