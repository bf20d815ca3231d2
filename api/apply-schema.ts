// The file of desk settings that `apply` reads and `export` writes, described so that editors complete it.
import { Type, type TSchema } from '@fastify/type-provider-typebox'
import { CreateAccountInput } from '../core/commands/accounts.ts'
import { PutAgentInput } from '../core/commands/agents.ts'
import { PutCalendarInput } from '../core/commands/calendars.ts'
import { PutTopicInput, PutTypeInput } from '../core/commands/catalogue.ts'
import { PutFolderInput } from '../core/commands/folders.ts'
import { PutGroupInput } from '../core/commands/groups.ts'
import { PutAutoReplyInput } from '../core/commands/auto-replies.ts'
import { PutNotificationInput } from '../core/commands/notifications.ts'
import { PutRuleInput } from '../core/commands/rules.ts'
import { PutStatusInput } from '../core/commands/statuses.ts'
import { PutWorkspaceInput } from '../core/commands/workspace.ts'
import { AutoReplyBudgets } from '../schemas/auto-reply.ts'
import { LifecycleSet } from '../schemas/lifecycle.ts'
import { PutSlaPolicyInput } from '../core/commands/sla-policies.ts'
import { closed } from './call.ts'

const id = Type.String({
  pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$',
  description: 'Letters, digits, dots, hyphens, underscores.',
})
const reference = Type.String({
  minLength: 1,
  description: '`env:NAME` or `file:PATH`; a plain text is stored encrypted and never given back.',
})

/** What the API takes to make one, under its own words; here what it is called by must be there, so that a second run knows it again. */
function list(input: TSchema, needed: readonly string[], description: string): TSchema {
  const { properties = {} } = input as unknown as { readonly properties?: Record<string, TSchema> }
  const kept = Object.entries(properties).filter(([name, of]) => name !== 'version' && !elsewhere.includes(of))
  const item = { type: 'object', required: [...needed], properties: Object.fromEntries(kept), ...closed }
  lists += 1
  return Type.Optional(Type.Array(Type.Unsafe(withOwnNames(item, `Of${lists}`) as TSchema), { description }))
}
let lists = 0
/** A schema that names itself, as conditions do, may stand in one document once under its name. */
function withOwnNames(it: unknown, more: string): unknown {
  if (Array.isArray(it)) return it.map((one) => withOwnNames(one, more))
  if (typeof it !== 'object' || it === null) return it
  const isNamed = (key: string, value: unknown): boolean =>
    (key === '$id' || key === '$ref') && typeof value === 'string' && !value.includes('/')
  return Object.fromEntries(
    Object.entries(it).map(([key, value]) => {
      if (key === '$defs')
        return [
          key,
          Object.fromEntries(
            Object.entries(value as object).map(([name, one]) => [name + more, withOwnNames(one, more)]),
          ),
        ]
      return [key, isNamed(key, value) ? `${value as string}${more}` : withOwnNames(value, more)]
    }),
  )
}
/** Who is in a group is said once, with the agent. */
const elsewhere: readonly TSchema[] = [PutGroupInput.properties.agents]

const brands = Type.Optional(
  Type.Array(
    Type.Object(
      {
        id,
        name: Type.String({ minLength: 1, description: 'As customers know it.' }),
        language: Type.Optional(Type.String({ description: 'BCP 47: tr, en-GB.' })),
        timezone: Type.Optional(Type.String({ description: 'IANA: Europe/Istanbul.' })),
        calendar: Type.Optional(Type.String({ description: 'A calendar’s id; left out: always open.' })),
        lifecycle: Type.Optional(LifecycleSet),
        autoReplyBudgets: Type.Optional(AutoReplyBudgets),
      },
      closed,
    ),
    { description: 'Who customers believe they are writing to.' },
  ),
)
const { assignment, autoAfterMinutes } = CreateAccountInput.properties
const accounts = Type.Optional(
  Type.Array(
    Type.Object(
      {
        channel: Type.String({ minLength: 1, description: 'The channel’s name.' }),
        id,
        endpoint: Type.Optional(
          Type.String({ description: 'The account whose address the vendor calls, where several share one.' }),
        ),
        brand: Type.Optional(Type.String({ description: 'A brand’s id.' })),
        assignment,
        autoAfterMinutes,
        lifecycle: Type.Optional(LifecycleSet),
        settings: Type.Optional(
          Type.Record(Type.String(), Type.Unknown(), { description: 'As the channel’s page says.' }),
        ),
        secrets: Type.Optional(
          Type.Record(Type.String(), reference, { description: 'By name, as the channel’s page says.' }),
        ),
      },
      closed,
    ),
    { description: 'What customers write to: numbers, pages, mailboxes, apps.' },
  ),
)
/** Each field as the API takes it; what is left out stays as it is. */
function ownSettings(): TSchema {
  const fields = Object.entries(PutWorkspaceInput.properties).filter(([name]) => name !== 'version')
  return Type.Optional(
    Type.Object(Object.fromEntries(fields), { ...closed, description: 'The workspace’s own settings.' }),
  )
}
export const applySchema = Type.Object(
  {
    workspace: ownSettings(),
    calendars: list(PutCalendarInput, ['id', 'name', 'timezone', 'weekly'], 'When a business is open.'),
    brands,
    accounts,
    groups: list(PutGroupInput, ['id', 'name'], 'Who works together; their agents name them.'),
    agents: list(
      PutAgentInput,
      ['id', 'name', 'email'],
      'Who answers. Passwords are theirs: an invitation lets them set one.',
    ),
    folders: list(PutFolderInput, ['id', 'name'], 'Where rules and people put tickets.'),
    types: list(PutTypeInput, ['key', 'name'], 'What kinds of request there are.'),
    topics: list(PutTopicInput, ['key', 'name'], 'Why customers write.'),
    statuses: list(
      PutStatusInput,
      ['key', 'name', 'category'],
      'Names of their own for what a ticket can be, and other names for what it is anyway.',
    ),
    'sla-policies': list(
      PutSlaPolicyInput,
      ['id', 'name', 'targets'],
      'What is promised to be answered and resolved by when.',
    ),
    rules: list(
      PutRuleInput,
      ['id', 'name', 'then'],
      'What happens to which tickets; what is left out is as in POST /v1/rules.',
    ),
    'auto-replies': list(
      PutAutoReplyInput,
      ['id', 'name', 'kind', 'texts'],
      'What customers are answered without a person; what is left out is as in POST /v1/auto-replies.',
    ),
    notifications: list(
      PutNotificationInput,
      ['id', 'name', 'on', 'account'],
      'Who of the team is told of what by mail.',
    ),
  },
  { ...closed, description: 'Desk settings of one workspace.' },
)
