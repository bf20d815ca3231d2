// Makes a running gateway as a file says: shows the plan, asks, does it; a second run has nothing to do.
import { confirm, isCancel } from '@clack/prompts'
import type { Command } from 'commander'
import { messageOf } from '../../core/errors.ts'
import type { AccountAnswer } from '../../schemas/answers.ts'
import { ApiRefusal, connect, withGatewayFlags, type ApiClient, type GatewayFlags } from './api-client.ts'
import { readApplyFile, type Wanted } from './apply-file.ts'
import { planOf, type Present } from './apply-plan.ts'
import type { Plan, Step } from './apply-steps.ts'
import { sections, type Section, type Thing } from './apply-things.ts'
import { main, tool, ToolRefusal, type Surroundings } from './tool.ts'

interface Flags extends GatewayFlags {
  readonly yes?: boolean
  readonly prune?: boolean
  readonly resendSecrets?: boolean
}

export const applyTool = (around: Surroundings): Command =>
  withGatewayFlags(
    tool(
      'apply',
      'Makes a running gateway as a file of desk settings says: the workspace’s own, calendars, brands, channel accounts, people, groups, folders, types, topics, statuses, policies, rules, automatic replies and notifications.',
    )
      .argument('<file>', 'YAML, such as inlet.yaml; its schema is at /v1/schemas/apply.json')
      .option('--yes', 'do it without asking; needed where nobody can be asked')
      .option(
        '--prune',
        'drop what is in the gateway and not in the file (of everything but brands and accounts: where the file has their list); nothing is dropped without it',
      )
      .option('--resend-secrets', 'send plain secrets again: whether they differ cannot be known'),
  )
    .addHelpText(
      'after',
      '\nenv:NAME and file:PATH in the file are references: they are kept as they are, and read by the gateway, not here.\nnpm run -s export > inlet.yaml writes such a file.',
    )
    .action(async (path: string, flags: Flags) => {
      const wanted = await readApplyFile(path)
      const client = await connect(flags, around)
      const options = { prune: flags.prune === true, resend: flags.resendSecrets === true }
      const plan = planOf(wanted, await presentIn(client), options)
      around.out(planText(plan, client.url))
      if (plan.steps.length === 0) return
      if (!(await agreed(flags, around))) return around.out('Nothing was changed.\n')
      await carryOut(plan.steps, wanted, { client, around })
    })

export async function presentIn(client: ApiClient): Promise<Present> {
  const things = {} as Record<Section, readonly Thing[]>
  for (const section of sections) things[section] = await client.all<Thing>(`/v1/${section}`)
  const workspace = await client.get<Thing>(`/v1/workspaces/${encodeURIComponent(client.workspace)}`)
  return { workspace, accounts: await client.all<AccountAnswer>('/v1/accounts'), things }
}

function planText({ steps, warnings }: Plan, url: string): string {
  const warned = warnings.map((it) => `! ${it}\n`).join('')
  if (steps.length === 0) return `${warned}Nothing to change: ${url} is as the file says.\n`
  const lines = steps.flatMap(({ sign, name, lines }) => [`${sign} ${name}`, ...lines.map((line) => `    ${line}`)])
  const many = (sign: Step['sign']): number => steps.filter((step) => step.sign === sign).length
  const sum = `${many('+')} to make, ${many('~')} to change, ${many('-')} to drop`
  return `${warned}At ${url}:\n${lines.map((line) => `  ${line}\n`).join('')}${sum}.\n`
}

async function agreed(flags: Flags, around: Surroundings): Promise<boolean> {
  if (flags.yes === true) return true
  if (!around.isTerminal)
    throw new ToolRefusal('Nobody can be asked here. Run it again with --yes to make it so; nothing was changed.')
  const answer = await confirm({ message: 'Make it so?', initialValue: false, signal: around.stop })
  return !isCancel(answer) && answer
}

/** One call after the other; what was done is said, so that a fault in the middle leaves nobody guessing. */
async function carryOut(
  steps: readonly Step[],
  wanted: Wanted,
  { client, around }: { readonly client: ApiClient; readonly around: Surroundings },
): Promise<void> {
  const addresses: string[] = []
  for (const [at, { method, path, body, name, sign, from }] of steps.entries()) {
    const answer = await client.call(method, path, body === undefined ? {} : { body }).catch((error: unknown) => {
      const left = steps.length - at - 1
      const field = error instanceof ApiRefusal ? `.${error.field}` : ''
      const where = from === undefined ? '' : `\nIt stands in ${wanted.place(`${from}${field}`)}.`
      throw new ToolRefusal(
        `${name}: ${messageOf(error)}${where}\n${at} done before it, ${left} after it not tried. Mend it and run apply again: it goes on from there.`,
      )
    })
    around.out(`${sign === '+' ? 'made' : sign === '~' ? 'changed' : 'dropped'} ${name}\n`)
    const webhook = (answer.body as { readonly webhook?: string | null } | null)?.webhook
    if (sign === '+' && typeof webhook === 'string') addresses.push(`  ${name.replace('account ', '')}: ${webhook}`)
  }
  if (addresses.length > 0)
    around.out(`What the vendors are to call (a part that is secret is shown only now):\n${addresses.join('\n')}\n`)
  around.out('Done.\n')
}

if (import.meta.main) await main(applyTool)
