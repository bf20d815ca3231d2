// The link by which the first administrator of a workspace comes in: asked of a running gateway, shown once, works once.
import type { Command } from 'commander'
import { connect, withGatewayFlags, type GatewayFlags } from './api-client.ts'
import { main, tool, type Surroundings } from './tool.ts'

export function setupLinkTool(around: Surroundings): Command {
  const command = tool('setup-link', 'Makes the link by which the first administrator of a workspace comes in, once.')
  return withGatewayFlags(command).action(async (flags: GatewayFlags) => {
    const client = await connect(flags, around)
    const { body } = await client.call('POST', '/v1/setup-links')
    const { link, endsAt } = body as { readonly link: string; readonly endsAt: string }
    around.out(`${link}\n`)
    around.say(`It works once, until ${endsAt}. Open it in a browser, or send it to POST /v1/setup.\n`)
  })
}

if (import.meta.main) await main(setupLinkTool)
