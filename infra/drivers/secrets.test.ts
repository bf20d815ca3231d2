// Envelope encryption, references and the keys above them.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handClock } from '../../test/support/hand-clock.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { loadAdminKey } from './admin-key.ts'
import type { DataKeyRow, DataKeys } from './data-key-ring.ts'
import { decrypt, encrypt } from './envelope.ts'
import { loadMasterKey, masterKeyFrom } from './master-key.ts'
import { makeSecretValues } from './secret-values.ts'
import { makeSecrets } from './secrets.ts'

const main = 'main' as WorkspaceId
const other = 'other' as WorkspaceId
const master = masterKeyFrom('r8Jq0v3mZc1XwT5nKe7YbL2dHs9GfUaPiVoQx4EtMy6=')
const newMaster = masterKeyFrom('Zk3uB8yQ1sWm5Jc7VtXo2LnRa9GdHe4FpTi6KqYvNxE=')

/** The same promises in memory; over PostgreSQL they are tested in infra/store. */
function keysInMemory(rows: DataKeyRow[] = []): DataKeys & { rows: DataKeyRow[] } {
  const same = (one: DataKeyRow, workspace: WorkspaceId, id: number) => one.workspace === workspace && one.id === id
  return {
    rows,
    get: (workspace, id) =>
      Promise.resolve(
        rows.findLast((row) => row.workspace === workspace && (id === undefined || row.id === id)) ?? null,
      ),
    put: (row) => Promise.resolve(void (rows.some((one) => same(one, row.workspace, row.id)) || rows.push(row))),
    all: () => Promise.resolve([...rows]),
    replace: (news, from) => {
      let count = 0
      for (const row of news) {
        const at = rows.findIndex((one) => same(one, row.workspace, row.id) && one.masterKeyId === from)
        if (at >= 0) count += rows.splice(at, 1, row).length
      }
      return Promise.resolve(count)
    },
  }
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-secrets-'))
})
afterAll(() => rm(folder, { recursive: true }))

function build(
  more: {
    keys?: ReturnType<typeof keysInMemory>
    masterKey?: typeof master
    env?: Record<string, string>
    data?: string
  } = {},
) {
  const keys = more.keys ?? keysInMemory()
  const values = makeSecretValues()
  const clock = handClock()
  const secrets = makeSecrets({
    masterKey: more.masterKey ?? master,
    dataKeys: keys,
    clock,
    data: more.data ?? join(folder, 'data'),
    env: more.env ?? {},
    keepSecret: values.keepSecret,
  })
  return { secrets, keys, values, clock }
}

describe('sealed secrets', () => {
  it('S16 come back, look different each time, and neither rows nor sealed texts show them or a usable key', async () => {
    const { secrets, keys } = build()
    const one = await secrets.seal(main, 'whatsapp/main/accessToken', 'canary-ğ-token')
    const two = await secrets.seal(main, 'whatsapp/main/accessToken', 'canary-ğ-token')
    expect(one).not.toBe(two)
    expect(await secrets.open(main, 'whatsapp/main/accessToken', one)).toBe('canary-ğ-token')
    expect(await build({ keys }).secrets.open(main, 'whatsapp/main/accessToken', two)).toBe('canary-ğ-token')
    expect(one).toMatch(/^sealed:1:1:[\w-]+$/)
    const dump = Buffer.concat([
      Buffer.from(one),
      Buffer.from(one.split(':')[3] ?? '', 'base64url'),
      ...keys.rows.map((row) => Buffer.from(row.wrapped)),
    ])
    expect(dump.includes('canary')).toBe(false)
    expect(dump.includes(master.bytes)).toBe(false)
    expect(keys.rows).toMatchObject([{ workspace: 'main', id: 1, masterKeyId: master.id }])
  })

  it('S16 a ciphertext moved to another place, name or workspace, or changed in any byte, does not open', async () => {
    const { secrets } = build()
    const sealed = await secrets.seal(main, 'a/token', 'canary')
    await secrets.seal(other, 'a/token', 'their own')
    const moved: [WorkspaceId, string, string][] = [
      [main, 'a/secret', sealed],
      [main, 'b/token', sealed],
      [other, 'a/token', sealed],
      ['main2' as WorkspaceId, 'a/token', sealed],
      [main, 'a/token', sealed.replace(':1:1:', ':1:2:')],
      [main, 'a/token', ''],
      [main, 'a/token', 'canary'],
      [main, 'a/token', sealed.slice(0, 30)],
    ]
    const bytes = Buffer.from(sealed.split(':')[3] ?? '', 'base64url')
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      moved.push([main, 'a/token', `sealed:1:1:${changed.toString('base64url')}`])
    }
    for (const [workspace, place, text] of moved) {
      const thrown = await secrets.open(workspace, place, text).then(
        () => 'opened',
        (error: unknown) => error,
      )
      expect(thrown).toMatchObject({ code: 'settings.invalid', message: expect.stringContaining(place) as string })
      expect(String(thrown)).not.toContain('canary')
    }
    expect(await secrets.open(main, 'a/token', sealed)).toBe('canary')
  })

  it('S16 S17 another master key, or a data key row moved to another workspace, opens nothing', async () => {
    const { secrets, keys } = build()
    const sealed = await secrets.seal(main, 'a/token', 'canary')
    await expect(build({ keys, masterKey: newMaster }).secrets.open(main, 'a/token', sealed)).rejects.toMatchObject({
      code: 'settings.invalid',
      message: expect.stringMatching(new RegExp(`${master.id}.*${newMaster.id}`)) as string,
    })
    const swapped = keysInMemory(keys.rows.map((row) => ({ ...row, workspace: other })))
    await expect(build({ keys: swapped }).secrets.seal(other, 'a/token', 'x')).rejects.toThrow(/its row was changed/)
  })

  it('S16 the master key rotates: everything sealed before opens under the new one, and no longer under the old', async () => {
    const { secrets, keys } = build()
    const sealed = await Promise.all([main, other].map((workspace) => secrets.seal(workspace, 'p', `of ${workspace}`)))
    expect(await secrets.rewrap(newMaster)).toBe(2)
    expect(new Set(keys.rows.map((row) => row.masterKeyId))).toEqual(new Set([newMaster.id]))
    const after = build({ keys, masterKey: newMaster }).secrets
    expect(
      await Promise.all([after.open(main, 'p', sealed[0] ?? ''), after.open(other, 'p', sealed[1] ?? '')]),
    ).toEqual(['of main', 'of other'])
    await expect(build({ keys }).secrets.open(main, 'p', sealed[0] ?? '')).rejects.toMatchObject({
      code: 'settings.invalid',
    })
    expect(await secrets.open(main, 'p', await secrets.seal(main, 'p', 'later'))).toBe('later')
    const third = await secrets.seal('third' as WorkspaceId, 'p', 'made after')
    expect(await build({ keys, masterKey: newMaster }).secrets.open('third' as WorkspaceId, 'p', third)).toBe(
      'made after',
    )
    expect(await secrets.rewrap(newMaster)).toBe(0)
  })

  it('G4 many first seals at once make one data key', async () => {
    const { secrets, keys } = build()
    const sealed = await Promise.all(Array.from({ length: 20 }, (_, n) => secrets.seal(main, 'p', `secret ${n}`)))
    expect(keys.rows).toHaveLength(1)
    expect(await Promise.all(sealed.map((one) => secrets.open(main, 'p', one)))).toContain('secret 19')
  })

  it('S18 what was sealed or opened is hidden from log lines from then on', async () => {
    const { secrets, values, keys } = build({ env: { WA: 'canary-env' } })
    const sealed = await secrets.seal(main, 'p', 'canary-sealed')
    expect(values.redact('canary-sealed')).toBe('[secret]')
    const later = build({ keys, env: { WA: 'canary-env' } })
    expect(later.values.redact('canary-sealed canary-env')).toContain('canary-sealed')
    await later.secrets.open(main, 'p', sealed)
    await later.secrets.open(main, 'p', 'env:WA')
    expect(later.values.redact('canary-sealed canary-env')).toBe('[secret] [secret]')
  })

  it('binds what is no text boundary: parts of a place do not run into each other', () => {
    const sealed = encrypt(master.bytes, Buffer.from('x'), ['secret', 'a', 'bc', 1])
    expect(decrypt(master.bytes, sealed, ['secret', 'a', 'bc', 1])?.toString()).toBe('x')
    for (const place of [
      ['secret', 'ab', 'c', 1],
      ['secret', 'a', 'bc', '1'],
      ['secret', 'a', 'bc'],
    ])
      expect(decrypt(master.bytes, sealed, place)).toBeNull()
  })
})

describe('references', () => {
  it('env: and file: are read, trimmed, and never sealed', async () => {
    const path = join(folder, 'mail')
    await writeFile(path, '  pass word\n')
    const { secrets, keys } = build({ env: { WA_TOKEN: ' abc \n' } })
    expect(await secrets.open(main, 'p', 'env:WA_TOKEN')).toBe('abc')
    expect(await secrets.open(main, 'p', `file:${path}`)).toBe('pass word')
    expect(await secrets.seal(main, 'p', 'env:WA_TOKEN')).toBe('env:WA_TOKEN')
    expect(keys.rows).toEqual([])
  })

  it('S3 a rotated file is seen within five seconds, and is not read again before', async () => {
    const path = join(folder, 'rotating')
    await writeFile(path, 'first')
    const { secrets, clock } = build()
    const open = () => secrets.open(main, 'p', `file:${path}`)
    expect(await open()).toBe('first')
    await writeFile(path, 'second')
    await clock.advance(4_999)
    expect(await open()).toBe('first')
    await clock.advance(1)
    expect(await open()).toBe('second')
    await rm(path)
    await clock.advance(5_000)
    await expect(open()).rejects.toMatchObject({ code: 'settings.invalid' })
    await writeFile(path, 'third')
    expect(await open()).toBe('third')
  })

  it('S16 an account cannot name the keys of the gateway, nor what is no file', async () => {
    const data = join(folder, 'data')
    await mkdir(data, { recursive: true })
    await writeFile(join(data, 'master.key'), 'canary-master')
    await symlink(join(data, 'master.key'), join(folder, 'link'))
    await writeFile(join(folder, 'large'), 'x'.repeat(70_000))
    await writeFile(join(folder, 'empty'), ' \n')
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const { secrets } = build({
      env: { INLET_MASTER_KEY: 'canary', DATABASE_URL: 'canary', KAFKA_SASL_PASSWORD: 'canary', EMPTY: ' ' },
    })
    const refused = [
      'env:INLET_MASTER_KEY',
      'env:DATABASE_URL',
      'env:KAFKA_SASL_PASSWORD',
      'env:EMPTY',
      'env:NOT_THERE',
      'env:',
      `file:${data}/master.key`,
      `file:${folder}/link`,
      `file:${folder}/none/../data/master.key`,
      'file:/proc/self/environ',
      'file:/dev/zero',
      `file:${folder}/large`,
      `file:${folder}/empty`,
      `file:${folder}/pipe`,
      `file:${folder}`,
      'file:',
      'file:/no/such',
    ]
    for (const reference of refused) {
      const thrown = await secrets.open(main, 'whatsapp/main/appSecret', reference).then(
        (value) => value,
        (error: unknown) => error,
      )
      expect(thrown).toMatchObject({
        code: 'settings.invalid',
        message: expect.stringContaining('whatsapp/main/appSecret') as string,
      })
      expect(String(thrown)).not.toContain('canary')
    }
  })
})

describe('keys in the data directory', () => {
  it('S17 S32 the master key is made once, for its owner only, also by five at once', async () => {
    const data = join(folder, 'fresh/data')
    const settings = { masterKey: null, masterKeyFile: null, databaseUrl: null, data }
    const all = await Promise.all(Array.from({ length: 5 }, () => loadMasterKey(settings)))
    expect(new Set(all.map((one) => one.id)).size).toBe(1)
    expect(all.filter((one) => one.made !== null).map((one) => one.made)).toEqual([join(data, 'master.key')])
    expect((await stat(join(data, 'master.key'))).mode & 0o777).toBe(0o600)
    expect((await stat(data)).mode & 0o777).toBe(0o700)
    expect(await loadMasterKey(settings)).toMatchObject({ id: all[0]?.id, made: null })
    execFileSync('chmod', ['644', join(data, 'master.key')])
    await loadMasterKey(settings)
    expect((await stat(join(data, 'master.key'))).mode & 0o777).toBe(0o600)
  })

  it('S17 a given key is taken from the environment or a file; with DATABASE_URL a weak or missing one stops the start', async () => {
    const strong = 'r8Jq0v3mZc1XwT5nKe7YbL2dHs9GfUaPiVoQx4EtMy6='
    const path = join(folder, 'given.key')
    await writeFile(path, `${strong}\n`)
    const at = { masterKey: null, masterKeyFile: null, databaseUrl: 'postgres://x/y', data: join(folder, 'unused') }
    expect((await loadMasterKey({ ...at, masterKey: strong })).id).toBe(master.id)
    expect((await loadMasterKey({ ...at, masterKeyFile: path })).id).toBe(master.id)
    await expect(loadMasterKey(at)).rejects.toMatchObject({ code: 'settings.invalid' })
    await writeFile(path, 'changeme'.repeat(5))
    for (const file of [path, join(folder, 'nowhere')])
      await expect(loadMasterKey({ ...at, masterKeyFile: file })).rejects.toMatchObject({ code: 'settings.invalid' })
    await writeFile(path, '\n')
    await expect(loadMasterKey({ ...at, databaseUrl: null, masterKeyFile: path })).rejects.toThrow(/empty/)
  })

  it('S25 the admin key is given, or made once; its file is for its owner only', async () => {
    const data = join(folder, 'admin')
    const made = await loadAdminKey({ adminKey: null, data })
    expect(made).toMatchObject({
      made: true,
      path: join(data, 'admin.key'),
      key: expect.stringMatching(/^inlet_admin_[\w-]{43}$/) as string,
    })
    expect((await readFile(made.path ?? '', 'utf8')).trim()).toBe(made.key)
    expect((await stat(made.path ?? '')).mode & 0o777).toBe(0o600)
    expect(await loadAdminKey({ adminKey: null, data })).toEqual({ ...made, made: false })
    expect(await loadAdminKey({ adminKey: 'given', data })).toEqual({ key: 'given', path: null, made: false })
  })

  it('a data directory that cannot be one is said so', async () => {
    await writeFile(join(folder, 'a-file'), '')
    await expect(loadAdminKey({ adminKey: null, data: join(folder, 'a-file') })).rejects.toMatchObject({
      code: 'data.unusable',
      message: expect.stringContaining('a-file') as string,
    })
  })
})
