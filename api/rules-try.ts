// A draft of a rule tried on tickets that are there: which it would change, how and why. Nothing is touched.
import { Type, type Static } from '@fastify/type-provider-typebox'
import { ruleFields } from '../core/commands/rules.ts'
import type { RuleRow } from '../core/ports/desk-rows.ts'
import { ruleDefault } from '../core/rules/desk-defaults.ts'
import { channelsAsked, whyNoKind } from '../core/rules/desk-names.ts'
import { TriedTicketAnswer } from '../schemas/desk-answers.ts'
import { RuleThen } from '../schemas/rule.ts'
import { nullable } from '../schemas/shapes.ts'
import { callerOf, closed, gives, listed } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { Problem } from './problem.ts'
import { checkScope } from './scopes.ts'
import { knownTickets, TicketsQuery } from './tickets.ts'

const Draft = Type.Object(
  {
    ...ruleFields,
    id: Type.Optional(Type.String({ maxLength: 63, description: 'Of the rule in force whose place it would take.' })),
    then: RuleThen,
  },
  { ...closed, description: 'A rule, as it would be kept.' },
)

const summary = 'Try a rule on the tickets there are, page by page; changes nothing'
const description = `Asks the draft about each ticket of the page (the newest first, or as the filters and \`sort\` of the list of tickets say; \`limit\` counts the tickets that are looked at) and answers those that match. \`created\` is asked as when the ticket was opened, about the message that opened it; \`message\`, \`changed\` and \`time\` as it stands today, about the customer’s newest message; one of \`time\` only where its hour has struck. Pages, not a stream: a look over a month holds nothing open, says after each page how far it came, and can be left and gone on with. What it answers holds words of customers: the key must also hold tickets:read.`

export function ruleTries(app: Api, { queries, channel, kinds }: ApiDeps): void {
  app.post(
    '/v1/rules/try',
    {
      schema: {
        tags: ['rules'],
        summary,
        description,
        querystring: TicketsQuery,
        body: Draft,
        response: gives(
          Type.Object({
            items: Type.Array(TriedTicketAnswer, { description: 'Those of the page that match.' }),
            looked: Type.Integer({ minimum: 0, description: 'How many tickets of the page were asked.' }),
            changed: Type.Integer({ minimum: 0, description: 'In how many of them something would change.' }),
            next: nullable(Type.String(), 'Goes on behind the last ticket that was asked; null: there are no more.'),
          }),
        ),
      },
    },
    async (request) => {
      const caller = callerOf(request)
      checkScope(caller, 'tickets:read', request)
      const tickets = await knownTickets(request.query as never, caller.workspace, queries)
      const asked = { rule: ruleOf(request.body as Draft), tickets }
      const scope = (asked.rule.channels ?? []).map((name) => ({ field: 'channels', name }))
      const nowhere = [...scope, ...channelsAsked(asked.rule.when)].find(({ name }) => channel(name) === null)
      if (nowhere !== undefined)
        throw refused('unknown_channel', nowhere.field, `There is no channel "${nowhere.name}" here.`)
      const kind = whyNoKind(asked.rule.when, kinds())
      if (kind !== null) throw refused('unknown_kind', kind.field, kind.why)
      const page = await queries.tryRule(caller.workspace, asked)
      if ('refuse' in page && page.refuse === 'rule') throw refused(page.code, page.field, page.why)
      const { items, next } = listed(page)
      const looked = 'looked' in page ? page.looked : 0
      return { items, looked, changed: items.filter(({ changes }) => changes.length > 0).length, next }
    },
  )
}
type Draft = Static<typeof Draft>

/** As the same rule would be refused when it is made. */
const refused = (code: string, field: string, detail: string): Problem =>
  new Problem({ status: 422, code, field, detail })

/** Without an id it comes behind those of its weight that are in force. */
const ruleOf = (draft: Draft): RuleRow => ({ ...ruleDefault, id: '\uffff', name: 'draft', version: 0, ...draft })
