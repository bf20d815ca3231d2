// Agents, groups, folders, types, topics, rules, calendars and policies made, changed and dropped: one shape of routes, a row each.
import type { TSchema } from '@fastify/type-provider-typebox'
import { dropAutoReply, putAutoReply, PutAutoReplyInput } from '../core/commands/auto-replies.ts'
import { dropNotification, putNotification, PutNotificationInput } from '../core/commands/notifications.ts'
import { dropAgent, putAgent, PutAgentInput } from '../core/commands/agents.ts'
import { dropCalendar, putCalendar, PutCalendarInput } from '../core/commands/calendars.ts'
import { dropTopic, dropType, putTopic, PutTopicInput, putType, PutTypeInput } from '../core/commands/catalogue.ts'
import { dropFolder, putFolder, PutFolderInput } from '../core/commands/folders.ts'
import { dropGroup, putGroup, PutGroupInput } from '../core/commands/groups.ts'
import { dropRule, putRule, PutRuleInput } from '../core/commands/rules.ts'
import { dropStatus, putStatus, PutStatusInput } from '../core/commands/statuses.ts'
import { dropSlaPolicy, putSlaPolicy, PutSlaPolicyInput } from '../core/commands/sla-policies.ts'
import type { Command } from '../core/ports/command.ts'
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
import { bodyOf, gives, idParams, run, versionOf } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'

interface Thing<Put, PutFacts, Drop, DropFacts> {
  readonly path: string
  readonly tags: string[]
  /** `Make an agent`. */
  readonly called: string
  /** How its input names it: what the path says. */
  readonly by: 'id' | 'key'
  readonly input: TSchema
  readonly answer: TSchema
  readonly put: Command<Put, PutFacts>
  readonly drop: Command<Drop, DropFacts>
  /** What becomes of what it held, for who reads the page. */
  readonly going?: string
}

function writes<P, PF, D, DF>(app: Api, deps: ApiDeps, thing: Thing<P, PF, D, DF>): void {
  const { path, tags, called, by, input, answer, put, drop } = thing
  app.post(
    `/v1/${path}`,
    { schema: { tags, summary: `Make ${called}`, body: bodyOf(input, ['version']), response: gives(answer, 201) } },
    (request, reply) => run({ it: put, input: request.body as P }, { request, reply }, deps),
  )
  app.patch(
    `/v1/${path}/:id`,
    {
      schema: {
        tags,
        summary: `Change ${called}`,
        params: idParams,
        body: bodyOf(input, [by], ['version']),
        response: gives(answer),
      },
    },
    (request, reply) => {
      const body = request.body as { readonly version?: number }
      const changed = { ...body, [by]: request.params.id, version: versionOf(request, body.version) } as P
      return run({ it: put, input: changed }, { request, reply }, deps)
    },
  )
  app.delete(
    `/v1/${path}/:id`,
    { schema: { tags, summary: `Drop ${called}${thing.going ?? ''}`, params: idParams } },
    (request, reply) => run({ it: drop, input: { [by]: request.params.id } as D }, { request, reply }, deps),
  )
}

const [people, rules, time] = [['people'], ['rules'], ['time']]

export function peopleWrites(app: Api, deps: ApiDeps): void {
  writes(app, deps, {
    path: 'agents',
    tags: people,
    called: 'an agent',
    by: 'id',
    input: PutAgentInput,
    answer: AgentAnswer,
    put: putAgent,
    drop: dropAgent,
    going: ' whose tickets are all done or with others',
  })
  writes(app, deps, {
    path: 'groups',
    tags: people,
    called: 'a group',
    by: 'id',
    input: PutGroupInput,
    answer: GroupAnswer,
    put: putGroup,
    drop: dropGroup,
    going: '; its members stay, and what waits for it waits for anybody',
  })
}

export function catalogueWrites(app: Api, deps: ApiDeps): void {
  writes(app, deps, {
    path: 'types',
    tags: rules,
    called: 'a type',
    by: 'key',
    input: PutTypeInput,
    answer: TypeAnswer,
    put: putType,
    drop: dropType,
    going: '; tickets keep it',
  })
  writes(app, deps, {
    path: 'topics',
    tags: rules,
    called: 'a topic',
    by: 'key',
    input: PutTopicInput,
    answer: TopicAnswer,
    put: putTopic,
    drop: dropTopic,
    going: '; tickets keep it',
  })
}

export function ruleWrites(app: Api, deps: ApiDeps): void {
  writes(app, deps, {
    path: 'statuses',
    tags: rules,
    called: 'a status',
    by: 'key',
    input: PutStatusInput,
    answer: StatusAnswer,
    put: putStatus,
    drop: dropStatus,
    going: ' that no ticket has; a built-in one is called by its own name again',
  })
  writes(app, deps, {
    path: 'folders',
    tags: rules,
    called: 'a folder',
    by: 'id',
    input: PutFolderInput,
    answer: FolderAnswer,
    put: putFolder,
    drop: dropFolder,
    going: '; its tickets stay, in it no more',
  })
  writes(app, deps, {
    path: 'rules',
    tags: rules,
    called: 'a rule',
    by: 'id',
    input: PutRuleInput,
    answer: RuleAnswer,
    put: putRule,
    drop: dropRule,
  })
}

export function calendarWrites(app: Api, deps: ApiDeps): void {
  writes(app, deps, {
    path: 'calendars',
    tags: time,
    called: 'a calendar',
    by: 'id',
    input: PutCalendarInput,
    answer: CalendarAnswer,
    put: putCalendar,
    drop: dropCalendar,
    going: ' that no brand and no policy names',
  })
  writes(app, deps, {
    path: 'sla-policies',
    tags: time,
    called: 'a policy',
    by: 'id',
    input: PutSlaPolicyInput,
    answer: SlaPolicyAnswer,
    put: putSlaPolicy,
    drop: dropSlaPolicy,
    going: '; what it promised is promised no more',
  })
}

export function autoReplyWrites(app: Api, deps: ApiDeps): void {
  writes(app, deps, {
    path: 'auto-replies',
    tags: rules,
    called: 'an automatic reply',
    by: 'id',
    input: PutAutoReplyInput,
    answer: AutoReplyAnswer,
    put: putAutoReply,
    drop: dropAutoReply,
  })
  writes(app, deps, {
    path: 'notifications',
    tags: people,
    called: 'a notification: who of the team is told of what',
    by: 'id',
    input: PutNotificationInput,
    answer: NotificationAnswer,
    put: putNotification,
    drop: dropNotification,
  })
}
