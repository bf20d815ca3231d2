// What tests of rules do in a house: make one, and count what history says of a ticket.
import type { DeskHouse } from './desk-house.ts'
import type { Fields } from './desk.ts'

export const says = (value: string) => ({ field: 'message.text', op: 'contains', value })

/** `at`: asked at each call, as the house is there from the first test on only. */
export const rulesIn = (at: () => DeskHouse) => ({
  /** Gives where it lies. */
  async rule(id: string, more: Fields): Promise<string> {
    await at().done('POST', '/v1/rules', { id, name: `Rule ${id}`, ...more })
    return `/v1/rules/${id}`
  },
  countOf: async (ticket: string, event: string, field?: string): Promise<number> =>
    (await at().history(ticket)).filter(
      (it) => it.event === event && (field === undefined || it.change?.field === field),
    ).length,
})
