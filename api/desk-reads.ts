// Desk settings as they stand: brands, accounts with their health, workspaces, keys. Secrets are named, never shown (S18).
import { Type } from '@fastify/type-provider-typebox'
import type { Listed, Lists } from '../core/ports/queries.ts'
import {
  AccountAnswer,
  BrandAnswer,
  HealthAnswer,
  KeyAnswer,
  pageOf as pageAnswer,
  WorkspaceAnswer,
} from '../schemas/answers.ts'
import { holds } from '../core/rules/roles.ts'
import {
  AgentAnswer,
  AutoReplyAnswer,
  CalendarAnswer,
  FolderAnswer,
  GroupAnswer,
  NotificationAnswer,
  RuleAnswer,
  StatusAnswer,
  SlaPolicyAnswer,
  TopicAnswer,
  TypeAnswer,
} from '../schemas/desk-answers.ts'
import type { WorkspaceId } from '../schemas/ids.ts'
import { callerOf, closed, gives, idParams, listed, pageOf, pageQuery } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { notFound } from './problem.ts'
import { withWebhook, type ShownAccount } from './webhook-address.ts'

const tags = ['settings']
const [people, rules, time] = [['people'], ['rules'], ['time']]
const pageOnly = Type.Object(pageQuery, closed)
export const accountParams = Type.Object({
  channel: Type.String({ maxLength: 100 }),
  id: Type.String({ maxLength: 200 }),
})
export const accountName = ({ channel, id }: { readonly channel: string; readonly id: string }): string =>
  `${channel}/${id}`

const plainLists = [
  { list: 'brands', what: 'brand', tags, summary: 'Brands', answer: BrandAnswer },
  { list: 'keys', what: 'key', tags, summary: 'Keys, without what opens anything', answer: KeyAnswer },
  { list: 'agents', what: 'agent', tags: people, summary: 'Agents, and whether they are there', answer: AgentAnswer },
  { list: 'groups', what: 'group', tags: people, summary: 'Groups, with who is in them', answer: GroupAnswer },
  {
    list: 'folders',
    what: 'folder',
    tags: rules,
    summary: 'Folders, with how much lies in them',
    answer: FolderAnswer,
  },
  { list: 'types', what: 'type', tags: rules, summary: 'Types: what kinds of request there are', answer: TypeAnswer },
  { list: 'topics', what: 'topic', tags: rules, summary: 'Topics: why customers write', answer: TopicAnswer },
  { list: 'statuses', what: 'status', tags: rules, summary: 'Statuses, built-in and custom', answer: StatusAnswer },
  { list: 'rules', what: 'rule', tags: rules, summary: 'Rules, in the order they are asked', answer: RuleAnswer },
  {
    list: 'calendars',
    what: 'calendar',
    tags: time,
    summary: 'Calendars: when a business is open',
    answer: CalendarAnswer,
  },
  {
    list: 'auto-replies',
    what: 'auto-reply',
    tags: rules,
    summary: 'Automatic replies, in the order they are looked at',
    answer: AutoReplyAnswer,
  },
  {
    list: 'notifications',
    what: 'notification',
    tags: people,
    summary: 'Who of the team is told of what by mail',
    answer: NotificationAnswer,
  },
  {
    list: 'sla-policies',
    what: 'policy',
    tags: time,
    summary: 'Policies: what is promised to whom, in the order they are asked',
    answer: SlaPolicyAnswer,
  },
] as const

export function deskReads(app: Api, { queries }: ApiDeps): void {
  for (const { list, what, tags, summary, answer } of plainLists) {
    app.get(
      `/v1/${list}`,
      { schema: { tags, summary, querystring: pageOnly, response: gives(pageAnswer(answer)) } },
      async (request) => {
        const page = await queries.list(callerOf(request).workspace, list, pageOf(request.query))
        return listed<unknown>(page as Listed<Lists[typeof list]>)
      },
    )
    app.get(
      `/v1/${list}/:id`,
      { schema: { tags, summary: `One ${what}`, params: idParams, response: gives(answer) } },
      async (request, reply) => {
        const { id } = request.params as { readonly id: string }
        const found = await queries.one(callerOf(request).workspace, what, id)
        if (found === null) throw notFound(what)
        if ('version' in found) reply.header('etag', `"${found.version}"`)
        return found
      },
    )
  }
}

/** Who may list settings alone learns what there is and how it is, not how it is connected. */
const named = (account: ShownAccount): ShownAccount => ({ ...account, settings: {}, secrets: {}, webhook: null })

export function accountReads(app: Api, deps: ApiDeps): void {
  const { queries } = deps
  app.get(
    '/v1/accounts',
    {
      schema: {
        tags,
        summary: 'Channel accounts with their health',
        querystring: pageOnly,
        response: gives(pageAnswer(AccountAnswer)),
      },
    },
    async (request) => {
      const { workspace, asker } = callerOf(request)
      const page = listed(await queries.list(workspace, 'accounts', pageOf(request.query)))
      const shown = page.items.map((account) => withWebhook(account, deps))
      return { ...page, items: holds(asker.scopes, 'settings:read') ? shown : shown.map(named) }
    },
  )
  app.get(
    '/v1/accounts/:channel/:id',
    { schema: { tags, summary: 'One account', params: accountParams, response: gives(AccountAnswer) } },
    async (request, reply) => {
      const found = await queries.one(callerOf(request).workspace, 'account', accountName(request.params))
      if (found === null) throw notFound('account')
      reply.header('etag', `"${found.version}"`)
      return withWebhook(found, deps)
    },
  )
  app.get(
    '/v1/accounts/:channel/:id/health',
    {
      schema: { tags, summary: 'How it is, since when and why', params: accountParams, response: gives(HealthAnswer) },
    },
    async (request) => {
      const found = await queries.one(callerOf(request).workspace, 'account', accountName(request.params))
      if (found === null) throw notFound('account')
      return found.health
    },
  )
  app.post(
    '/v1/accounts/:channel/:id/test',
    { schema: { tags, summary: 'Ask the vendor whether it works; changes nothing there', params: accountParams } },
    async (request) => {
      const { channel, id } = request.params
      const { workspace } = callerOf(request)
      if ((await queries.one(workspace, 'account', accountName(request.params))) === null) throw notFound('account')
      const tested = await deps.testAccount(workspace, channel, id)
      if (tested === null) throw notFound('account')
      return tested
    },
  )
}

/** Of a key: its own. Of the administrator: all. */
export function workspaceReads(app: Api, { queries }: ApiDeps): void {
  app.get(
    '/v1/workspaces',
    { schema: { tags, summary: 'Workspaces', querystring: pageOnly, response: gives(pageAnswer(WorkspaceAnswer)) } },
    async (request) => {
      const caller = callerOf(request)
      if (caller.installation) return { items: await queries.workspaces(), next: null }
      const own = await queries.one(caller.workspace, 'workspace', caller.workspace)
      return { items: own === null ? [] : [own], next: null }
    },
  )
  app.get(
    '/v1/workspaces/:id',
    { schema: { tags, summary: 'One workspace', params: idParams, response: gives(WorkspaceAnswer) } },
    async (request, reply) => {
      const caller = callerOf(request)
      const { id } = request.params
      const found = await queries.one(caller.installation ? (id as WorkspaceId) : caller.workspace, 'workspace', id)
      if (found === null) throw notFound('workspace')
      reply.header('etag', `"${found.version}"`)
      return found
    },
  )
}
