// The demo from end to end: a gateway of its own, one channel, an hour in six seconds, and an orderly end.
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { copyHouse, type HouseCopy } from '../../test/support/house-copy.ts'
import { surroundings } from '../../test/support/tool-run.ts'
import { demoTool } from './demo.ts'
import { makeChannel } from './new-channel.ts'
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

it('D60 makes brand and account by the API alone, plays the hour, shows tickets and what became of every answer', async () => {
  await makeChannel('pigeon', copy.root)
  const { code, out, err } = await demo('--fast', '--exit')
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('Stopping the gateway') })
  const answers = story.filter((line) => line.reply !== undefined).length
  const [, came = '', accepted = '', tickets = '', held = ''] =
    /^(\d+) messages came in, (\d+) were accepted; (\d+) tickets hold (\d+) messages, 9 of them answers\.$/m.exec(
      out,
    ) ?? []
  expect({ answers, accepted, held: Number(held) }).toEqual({
    answers: 9,
    accepted: came,
    held: Number(came) + answers,
  })
  expect(Number(tickets)).toBeGreaterThan(20)
  expect(out).toMatch(/^ticket +account +status +from +messages/m)
  expect(out.match(/^(read|delivered|sent) /gm)).toHaveLength(answers)
  expect(out).toMatch(/\/v1\/tickets\/tkt_[0-9a-f]{32}\/messages/)
  const [, data = ''] = /Admin key: in (\S+)\/admin\.key/.exec(err) ?? []
  expect({ data: data !== '', isThere: existsSync(data) }).toEqual({ data: true, isThere: false })
}, 90_000)
