// The promises of the event log, by name; every driver is held to all of them.
import { describe } from 'vitest'
import { appending } from './event-log/appending.ts'
import { reading } from './event-log/reading.ts'
import { sharing } from './event-log/sharing.ts'
import type { MakeLog } from './event-log/under-test.ts'

export type { LogUnderTest, MakeLog } from './event-log/under-test.ts'

export function eventLogContract(name: string, makeLog: MakeLog): void {
  describe(`the event log's contract: ${name}`, () => {
    appending(makeLog)
    reading(makeLog)
    sharing(makeLog)
  })
}
