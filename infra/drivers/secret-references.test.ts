// What `env:` and `file:` may not reach: the key above all keys, wherever it was put.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { handClock } from '../../test/support/hand-clock.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { masterKeyFrom } from './master-key.ts'
import { makeSecrets } from './secrets.ts'

const main = 'main' as WorkspaceId
const text = 'r8Jq0v3mZc1XwT5nKe7YbL2dHs9GfUaPiVoQx4EtMy6='
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-references-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('S16 the master key is given to no account, also from a file outside the data directory or under another name', async () => {
  const path = join(folder, 'given-by-INLET_MASTER_KEY_FILE')
  await writeFile(path, `${text}\n`)
  await writeFile(join(folder, 'token'), 'a-token-of-theirs\n')
  const said: string[] = []
  const secrets = makeSecrets({
    masterKey: masterKeyFrom(text),
    dataKeys: {} as never,
    clock: handClock(),
    data: join(folder, 'data'),
    env: { COPY_OF_KEY: text },
    keepSecret: (value) => void said.push(value),
  })
  for (const reference of [`file:${path}`, 'env:COPY_OF_KEY']) {
    const thrown = await secrets.open(main, 'pigeon/main/accessToken', reference).catch((error: unknown) => error)
    expect(thrown, reference).toMatchObject({ code: 'settings.invalid' })
    expect(String(thrown)).toContain('master key')
    expect(String(thrown)).not.toContain(text)
  }
  expect(await secrets.open(main, 'pigeon/main/accessToken', `file:${folder}/token`)).toBe('a-token-of-theirs')
})
