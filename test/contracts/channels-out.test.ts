// Finds every channel that sends and has a stand-in, and holds it to the contract.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { AnyChannel } from '../../core/ports/channel.ts'
import type { StandIn } from '../../core/ports/stand-in.ts'
import { channelOutContract, type ErrorFixture } from './channel-out.ts'

const folder = join(import.meta.dirname, '../../connectors')
const names = readdirSync(folder).filter((name) => name !== '_shared' && existsSync(join(folder, name, 'channel.ts')))

let sending = 0
for (const name of names) {
  const { default: channel } = (await import(join(folder, name, 'channel.ts'))) as { default: AnyChannel }
  if (channel.send === undefined) continue
  sending += 1
  const { standIn } = (await import(join(folder, name, 'stand-in/index.ts'))) as { standIn: StandIn }
  const errors = JSON.parse(readFileSync(join(folder, name, 'fixtures/errors.json'), 'utf8')) as ErrorFixture[]
  channelOutContract({ name, channel, standIn, errors })
}

it('at least one channel sends', () => expect(sending).toBeGreaterThan(0))
