// What tests of who gets what do to people and their chats, in one house.
import type { TicketAnswer } from '../../schemas/answers.ts'
import type { AgentAnswer } from '../../schemas/desk-answers.ts'
import type { DeskHouse } from './desk-house.ts'
import type { Fields } from './desk.ts'

/** `at`: asked at each call, as the house is there from the first test on only. */
export function peopleIn(at: () => DeskHouse) {
  return {
    /** Nobody is left, and nothing is left to do. */
    async goHome(): Promise<void> {
      const people = (await at().desk.list<AgentAnswer>('/v1/agents')).filter(({ isActive }) => isActive)
      for (const { id } of people) await at().change(`/v1/agents/${id}`, { isActive: false })
      const open = await at().desk.tickets('?statusCategory=open,waiting')
      await Promise.all(open.map(({ id }) => at().desk.patch(id, { status: 'resolved' })))
    },
    /** Agents who are there, each of their own name in each test. */
    async there(...agents: readonly (readonly [string, Fields?])[]): Promise<void> {
      for (const [id, more] of agents) {
        await at().agent(id, more)
        await at().is(id, 'online')
      }
    },
    /** At one moment. */
    chats: (count: number, text = 'merhaba'): Promise<readonly TicketAnswer[]> =>
      Promise.all(Array.from({ length: count }, (_, n) => at().chat(`${text} ${n}`))),
    allOwned: (tickets: readonly TicketAnswer[]): Promise<readonly TicketAnswer[]> =>
      Promise.all(tickets.map(({ id }) => at().until(id, ({ assignee }) => assignee !== null))),
    async give(ticket: string, assignee: string | null, key?: string) {
      const { version } = await at().desk.ticket(ticket)
      return at().refused('PATCH', `/v1/tickets/${ticket}`, { version, assignee }, key)
    },
    moved: async (ticket: string) =>
      (await at().history(ticket)).filter(
        ({ change, event }) => change?.field === 'assignee' && event !== 'ticket.created',
      ),
  }
}
