// Gives a running gateway's desk settings back as the file that `apply` takes, without secrets: references only.
import type { Command } from 'commander'
import { Document, isMap, isSeq } from 'yaml'
import { PutWorkspaceInput } from '../../core/commands/workspace.ts'
import type { AccountAnswer } from '../../schemas/answers.ts'
import { presentIn } from './apply.ts'
import type { Present } from './apply-plan.ts'
import { isStandard, sections, written, type Section, type Thing } from './apply-things.ts'
import { connect, withGatewayFlags, type GatewayFlags } from './api-client.ts'
import { main, tool, type Surroundings } from './tool.ts'

export const exportTool = (around: Surroundings): Command =>
  withGatewayFlags(
    tool('export', 'Writes a running gateway’s desk settings as YAML for apply: npm run -s export > inlet.yaml'),
  ).action(async (flags: GatewayFlags) => around.out(exportText(await presentIn(await connect(flags, around)))))

/** Lists that are empty are left out: a file says nothing of what an installation does not use. */
export function exportText({ workspace, accounts, things }: Present): string {
  const lists = sections.map((section) => [section, saidOf(section, things[section])] as const)
  const shown = lists.filter(([section, list]) => section === 'brands' || list.length > 0)
  const others = shown.findIndex(([section]) => section === 'brands') + 1
  const own = Object.keys(PutWorkspaceInput.properties).filter((field) => field !== 'version')
  const itself = ['workspace', given(Object.fromEntries(own.map((field) => [field, workspace[field]])))] as const
  const said = [
    itself,
    ...shown.slice(0, others),
    ['accounts', accounts.map(accountOf)] as const,
    ...shown.slice(others),
  ]
  const document = new Document(Object.fromEntries(said))
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

const saidOf = (section: Section, all: readonly Thing[]): readonly Thing[] =>
  all.filter((it) => !isStandard(section, it)).map((it) => written(section, it))

const given = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined))

function accountOf(account: AccountAnswer) {
  const { channel, id, endpoint, brand, assignment, autoAfterMinutes, lifecycle, settings, secrets } = account
  const references = Object.entries(secrets).filter(([, value]) => value !== 'stored')
  const told = references.length === 0 ? undefined : Object.fromEntries(references)
  const after = assignment === 'pool_then_auto' ? autoAfterMinutes : undefined
  return given({
    channel,
    id,
    endpoint,
    brand,
    assignment,
    autoAfterMinutes: after,
    lifecycle,
    settings,
    secrets: told,
  })
}

if (import.meta.main) await main(exportTool)
