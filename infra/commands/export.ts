// Gives a running gateway's desk settings back as the file that `apply` takes, without secrets: references only.
import type { Command } from 'commander'
import { Document, isMap, isSeq } from 'yaml'
import type { AccountAnswer, BrandAnswer } from '../../schemas/answers.ts'
import { presentIn } from './apply.ts'
import type { Present } from './apply-plan.ts'
import { connect, withGatewayFlags, type GatewayFlags } from './api-client.ts'
import { main, tool, type Surroundings } from './tool.ts'

export const exportTool = (around: Surroundings): Command =>
  withGatewayFlags(
    tool('export', 'Writes a running gateway’s desk settings as YAML for apply: npm run -s export > inlet.yaml'),
  ).action(async (flags: GatewayFlags) => around.out(exportText(await presentIn(await connect(flags, around)))))

export function exportText({ brands, accounts }: Present): string {
  const document = new Document({ brands: brands.map(brandOf), accounts: accounts.map(accountOf) })
  document.commentBefore =
    ' Desk settings of Inlet. npm run apply -- <this file> makes a gateway so; secrets are references.'
  const nodes = document.get('accounts')
  for (const [at, { secrets }] of accounts.entries()) {
    const node = isSeq(nodes) ? nodes.items[at] : undefined
    const kept = Object.keys(secrets).filter((name) => secrets[name] === 'stored')
    if (kept.length > 0 && isMap(node))
      node.comment = ` The gateway keeps these and does not give them out: ${kept.join(', ')}. To replace one: env:NAME or file:PATH.`
  }
  return document.toString({ lineWidth: 0 })
}

const given = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))

const brandOf = ({ id, name, language, timezone }: BrandAnswer) => given({ id, name, language, timezone })

function accountOf({ channel, id, endpoint, brand, settings, secrets }: AccountAnswer) {
  const references = Object.entries(secrets).filter(([, value]) => value !== 'stored')
  const told = references.length === 0 ? undefined : Object.fromEntries(references)
  return given({ channel, id, endpoint, brand, settings, secrets: told })
}

if (import.meta.main) await main(exportTool)
