// Whoever we are, the server is nobody's but an unprivileged account's.
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { embeddedServers, isRoot } from '../../../test/support/embedded-servers.ts'

const here = embeddedServers()

describe('the account of the server', () => {
  it('S32 is ours when we are an ordinary user, and nobody when we are root', async () => {
    const { pid } = await here.start()
    const uids = /^Uid:\t(\d+)\t(\d+)/m
      .exec(await readFile(`/proc/${pid}/status`, 'utf8'))
      ?.slice(1)
      .map(Number)
    const wanted = isRoot ? 65_534 : process.getuid?.()
    expect(uids).toEqual([wanted, wanted])
  })
})
