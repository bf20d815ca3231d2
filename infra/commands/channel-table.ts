// A channel's settings and secrets as the table of its README, made from the descriptions in its own code.
import type { AnyChannel } from '../../core/ports/channel.ts'

interface Property {
  readonly description?: string
  readonly default?: unknown
}
interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Property>>
  readonly required?: readonly string[]
}

export function channelTable({ settings, secrets }: Pick<AnyChannel, 'settings' | 'secrets'>): string {
  const { properties = {}, required = [] } = settings.schema as ObjectSchema
  const settingRows = Object.entries(properties).map(([name, it]) => {
    const needed = required.includes(name) ? 'yes' : it.default === undefined ? 'no' : `no: \`${String(it.default)}\``
    return `| \`${name}\` | setting | ${needed} | ${cell(it.description ?? '')} |`
  })
  const secretRows = Object.entries(secrets).map(([name, it]) => {
    const whose = it.of === 'endpoint' ? 'secret of the endpoint' : 'secret of the account'
    return `| \`${name}\` | ${whose} | ${it.required ? 'yes' : 'no'} | ${cell(it.description)} |`
  })
  return ['| name | kind | needed | what it is |', '|---|---|---|---|', ...settingRows, ...secretRows, ''].join('\n')
}

const cell = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|')
