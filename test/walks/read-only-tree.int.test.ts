// A gateway from a code tree that nobody may write, as an account without rights: what it keeps is in its data directory and nowhere else.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { adminKey } from '../support/gateway-process.ts'
import { copyHouse, type HouseCopy } from '../support/house-copy.ts'

/** As root we give every right away; otherwise the tree loses its write bits, which is all an ordinary user can do. */
const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
let house: HouseCopy
let around = ''
const place = (name: string): string => join(around, name)
beforeAll(async () => {
  house = await copyHouse()
  around = await mkdtemp(join(tmpdir(), 'inlet-around-'))
  await chmod(around, 0o755)
  await chmod(house.root, 0o755)
  for (const name of ['data', 'home', 'tmp', 'cwd']) {
    await mkdir(place(name), { mode: 0o700 })
    if (account.uid !== undefined) await chown(place(name), account.uid, account.gid)
  }
  for (const { path, mode, isLink } of await everything(house.root)) if (!isLink) await chmod(path, mode & 0o555)
})
afterAll(async () => {
  for (const { path, mode, isLink } of await everything(house.root)) if (!isLink) await chmod(path, mode | 0o200)
  await house.remove()
  await rm(around, { recursive: true, force: true })
})

interface Entry {
  readonly path: string
  readonly mode: number
  readonly size: number
  readonly changedMs: number
  readonly isLink: boolean
}
/** Links are not followed: the packages are shared with the checkout, and not ours to change. */
async function everything(folder: string): Promise<readonly Entry[]> {
  const it = await lstat(folder)
  const [mode, isLink] = [it.mode & 0o777, it.isSymbolicLink()]
  const entry = { path: folder, mode, size: it.size, changedMs: it.mtimeMs, isLink }
  if (!it.isDirectory()) return [entry]
  const inside = (await readdir(folder)).map((name) => everything(join(folder, name)))
  return [entry, ...(await Promise.all(inside)).flat()]
}

it('S32 starts, makes its database and keys, takes an upload, writes only in its data directory, and stops', async () => {
  const before = await everything(house.root)
  const child = spawn(process.execPath, [join(house.root, 'infra/main.ts')], {
    ...account,
    cwd: place('cwd'),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: place('home'),
      TMPDIR: place('tmp'),
      INLET_DATA: place('data'),
      INLET_PORT: '0',
      INLET_ADMIN_KEY: adminKey,
    },
  })
  const ended = once(child, 'close')
  let said = ''
  const address = await new Promise<string>((done, fail) => {
    const hear = (text: string): void => {
      said += text
      const [, found] = /^Inlet is ready at (\S+)$/m.exec(said) ?? []
      if (found !== undefined) done(found)
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    void ended.then(() => fail(new Error(said)))
  })
  const status = await ownerOf(child.pid ?? 0)
  expect(status).toBe(account.uid ?? process.getuid?.())

  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(300_000)]), 'önemli belge.bin')
  const authorization = `Bearer ${adminKey}`
  const kept = await fetch(`${address}/v1/attachments`, { method: 'POST', headers: { authorization }, body: form })
  expect(kept.status, await kept.clone().text()).toBe(201)
  const { id } = (await kept.json()) as { id: string }
  const file = await fetch(`${address}/v1/attachments/${id}`, { headers: { authorization } })
  expect((await file.arrayBuffer()).byteLength).toBe(300_000)

  // What runs as we do and has a file open for writing has it in the data directory.
  const elsewhere = (await writtenBy(child.pid ?? 0)).filter((path) => !path.startsWith(place('data')))
  expect(elsewhere).toEqual([])
  child.kill('SIGTERM')
  expect((await ended)[0]).toBe(0)

  for (const name of ['home', 'tmp', 'cwd']) expect(await readdir(place(name)), name).toEqual([])
  expect(await everything(house.root)).toEqual(before)
  const data = await everything(place('data'))
  expect(data.length).toBeGreaterThan(100)
  expect(data.filter(({ isLink, mode }) => !isLink && (mode & 0o077) !== 0)).toEqual([])
}, 60_000)

const ownerOf = async (pid: number): Promise<number> => (await lstat(`/proc/${pid}`)).uid

/** Regular files this process holds open for writing. */
async function writtenBy(pid: number): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of await readdir(`/proc/${pid}/fd`)) {
    const path = `/proc/${pid}/fd/${name}`
    const entry = await lstat(path).catch(() => null)
    const target = await readlink(path).catch(() => '')
    if (entry !== null && (entry.mode & 0o200) !== 0 && target.startsWith('/') && !target.startsWith('/dev/'))
      found.push(target)
  }
  return found
}
