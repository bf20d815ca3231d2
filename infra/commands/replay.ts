// Sends raws of a time through the normalizer again, after a mend of a channel; what is known already changes nothing.
import type { Command } from 'commander'
import { systemClock } from '../drivers/clock.ts'
import { duration } from '../settings-values.ts'
import { connect, withGatewayFlags, type GatewayFlags } from './api-client.ts'
import { main, tool, ToolRefusal, type Surroundings } from './tool.ts'

interface Flags extends GatewayFlags {
  readonly since?: string
  readonly from?: string
  readonly to?: string
  readonly channel?: string
  readonly account?: string
}
interface Counts {
  readonly from: string
  readonly to: string
  readonly raws: number
  readonly unchanged: number
  readonly fresh: number
  readonly corrected: number
  readonly unreadable: number
}

export const replayTool = (around: Surroundings): Command =>
  withGatewayFlags(
    tool(
      'replay',
      'Raws once more through the normalizer. What is known already changes nothing; nobody is greeted twice.',
    )
      .option('--since <time>', 'how far back, up to now: 30m, 2h, 7d')
      .option('--from <moment>', 'from this moment: 2026-11-21T09:00:00Z, or a day')
      .option('--to <moment>', 'up to this one (now)')
      .option('--channel <name>', 'of this channel only')
      .option('--account <id>', 'of this account only'),
  ).action(async (flags: Flags) => {
    const { from, to } = rangeOf(flags)
    const { channel, account } = flags
    const client = await connect(flags, around)
    around.say(`Reading raws from ${from} to ${to} again …\n`)
    const { body } = await client.call('POST', '/v1/replay', { body: { from, to, channel, account } })
    around.out(told(body as Counts))
  })

function rangeOf(flags: Flags): { readonly from: string; readonly to: string } {
  const now = systemClock.now()
  if ((flags.since === undefined) === (flags.from === undefined))
    throw new ToolRefusal('Say from when: --since 2h, or --from 2026-11-21T09:00:00Z [--to …].')
  if (flags.from !== undefined) return { from: flags.from, to: flags.to ?? now }
  if (flags.to !== undefined) throw new ToolRefusal('--to goes with --from; --since always ends now.')
  const seconds = duration('s', 1, 3_650 * 86_400)(flags.since ?? '')
  if (!('is' in seconds)) throw new ToolRefusal(`--since: "${flags.since}" is not ${seconds.meant}.`)
  return { from: new Date(Date.parse(now) - seconds.is * 1000).toISOString(), to: now }
}

const told = (it: Counts): string =>
  it.raws === 0
    ? `No raws were kept from ${it.from} to ${it.to}.\n`
    : `${it.raws} raws were read again: ${it.unchanged} events as before, ${it.fresh} new, ${it.corrected} corrected, ${it.unreadable} that still cannot be read.\n`

if (import.meta.main) await main(replayTool)
