// The demo from end to end: a gateway of its own, every channel there is, an hour in six seconds, and an orderly end.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { copyHouse, type HouseCopy } from '../../test/support/house-copy.ts'
import { surroundings } from '../../test/support/tool-run.ts'
import { demoTool } from './demo.ts'
import { readRegistry } from '../../core/registry.ts'
import { foldersOf } from '../drivers/folders.ts'
import { story } from './demo-script.ts'
import { runTool } from './tool.ts'

let copy: HouseCopy
beforeAll(async () => {
  copy = await copyHouse()
  for (const name of await readdir(join(copy.root, 'connectors')))
    if (!name.startsWith('_')) await rm(join(copy.root, 'connectors', name), { recursive: true })
}, 60_000)
afterAll(() => copy.remove())

const demo = async (...argv: readonly string[]) => {
  const around = surroundings(argv, { env: { PATH: process.env['PATH'] } })
  const code = await runTool(demoTool(around, copy.root), around)
  return { code, ...around.said() }
}

it('says that there is no channel to play', async () => {
  expect(await demo('--fast', '--exit')).toMatchObject({
    code: 1,
    err: expect.stringContaining('No channel is installed'),
  })
}, 60_000)

const names = [...(await readRegistry(foldersOf())).channels.keys()]

/**
 * Every channel there is, in a process of its own, as a person tries it for the first time. A house may have none: they can be taken away. In
 * this one a test that is skipped fails the run (`.ci/count.ts`).
 */
it.runIf(names.length > 0)(
  'D60 D34 D35 D36 every channel plays the hour: what came in is on tickets, every answer went out, and it ends well',
  async () => {
    const { code, out, err } = await whole()
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('Stopping the gateway') })
    for (const name of names) expect(err).toContain(`${name}/demo`)
    const answers = names.length * story.filter((line) => line.reply !== undefined).length
    const [, came = '', accepted = '', tickets = '', held = '', said = ''] =
      /^(\d+) messages came in, (\d+) were accepted; (\d+) tickets hold (\d+) messages, (\d+) of them answers\.$/m.exec(
        out,
      ) ?? []
    expect({ said: Number(said), accepted, held: Number(held) }).toEqual({
      said: answers,
      accepted: came,
      held: Number(came) + answers,
    })
    expect(Number(tickets)).toBeGreaterThan(20 * names.length)
    expect(out).toMatch(/^ticket +account +status +from +messages/m)
    const ends = [...out.matchAll(/^(queued|sending|sent|delivered|read|failed|unsure|cancelled) /gm)].map(
      ([, it]) => it,
    )
    expect(ends).toHaveLength(answers)
    expect(ends.filter((it) => !/^(?:sent|delivered|read)$/.test(it!))).toEqual([])
    expect(out).toMatch(/\/v1\/tickets\/tkt_[0-9a-f]{32}\/messages/)
    const [, data = ''] = /Admin key: in (\S+)\/admin\.key/.exec(err) ?? []
    expect({ data: data !== '', isThere: existsSync(data) }).toEqual({ data: true, isThere: false })
  },
  120_000,
)

async function whole(): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const tool = spawn(process.execPath, [join(import.meta.dirname, 'demo.ts'), '--fast', '--exit'], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([text(tool.stdout), text(tool.stderr), once(tool, 'close')])
  return { code: code as number | null, out, err }
}
