// What was set aside because nobody could handle it: lists it with why, tries it again, or drops it.
import type { Command } from 'commander'
import type { ParkedAnswer } from '../../schemas/answers.ts'
import { ApiRefusal, connect, withGatewayFlags, type ApiClient, type GatewayFlags } from './api-client.ts'
import { table } from './table.ts'
import { main, tool, ToolRefusal, type Surroundings } from './tool.ts'

export function parkedTool(around: Surroundings): Command {
  const command = tool('parked', 'What was set aside because it could not be handled or read, and why.')
  const part = (words: string, says: string): Command => withGatewayFlags(command.command(words).description(says))
  withGatewayFlags(command).action(async (flags: GatewayFlags) => list(await connect(flags, around), around))
  part('list', 'what is set aside, oldest first; the same as no word').action(async (_own: unknown, it: Command) =>
    list(await connect(it.optsWithGlobals<GatewayFlags>(), around), around),
  )
  part('retry [id]', 'handles it again, after a mend')
    .option('--all', 'everything that failed; not what only waits to be wanted (0 tries)')
    .action(async (id: string | undefined, _own: unknown, it: Command) => {
      const flags = it.optsWithGlobals<GatewayFlags & { readonly all?: boolean }>()
      if ((id === undefined) === (flags.all !== true))
        throw new ToolRefusal('Say which one: npm run parked -- retry <id>, or retry --all.')
      await retry(id, await connect(flags, around), around)
    })
  part('drop <id>', 'gives it up; the audit keeps who did').action(async (id: string, _own: unknown, it: Command) => {
    const client = await connect(it.optsWithGlobals<GatewayFlags>(), around)
    await client.call('DELETE', `/v1/parked/${encodeURIComponent(id)}`)
    around.out(`Dropped ${id}.\n`)
  })
  return command
}

async function list(client: ApiClient, around: Surroundings): Promise<void> {
  const parked = await client.all<ParkedAnswer>('/v1/parked')
  if (parked.length === 0) return around.out('Nothing is set aside.\n')
  const rows = parked.map((it) => [
    it.id,
    it.at,
    it.worker,
    it.type,
    [it.channel, it.account].filter((word) => word !== null).join('/'),
    String(it.attempts),
    it.why,
  ])
  around.out(table(['id', 'since', 'by', 'event', 'account', 'tries', 'why'], rows))
  around.out(
    `\n${parked.length} set aside. After a mend: npm run parked -- retry <id> (or --all). To give one up: npm run parked -- drop <id>.\n`,
  )
}

/** With `--all` one that fails again does not keep the others from their turn; the exit code tells. */
async function retry(id: string | undefined, client: ApiClient, around: Surroundings): Promise<void> {
  const ids = id === undefined ? (await failedOnes(client)).map((it) => it.id) : [id]
  let failed = 0
  for (const one of ids) {
    const why = await client.call('POST', `/v1/parked/${encodeURIComponent(one)}/retry`).then(
      () => null,
      (error: unknown) => (error instanceof ApiRefusal && id === undefined ? error.message : Promise.reject(error)),
    )
    if (why !== null) failed += 1
    around.out(why === null ? `${one}: handled.\n` : `${one}: ${why}\n`)
  }
  if (ids.length === 0) around.out('Nothing that failed is set aside.\n')
  if (failed > 0) throw new ToolRefusal(`${failed} of ${ids.length} failed again and stay set aside.`)
}

/** A machine’s mail that opened no ticket did not fail: all at once would be a ticket each. */
const failedOnes = async (client: ApiClient): Promise<readonly ParkedAnswer[]> =>
  (await client.all<ParkedAnswer>('/v1/parked')).filter((it) => it.attempts > 0)

if (import.meta.main) await main(parkedTool)
