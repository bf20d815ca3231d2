// What a fault is to the chaos runner: how the gateway stands, what breaks in each round, and what must be whole again when it is over.
import type { Seeded } from '../../connectors/_shared/stand-in/seeded.ts'
import type { LoadSize } from './load.ts'
import type { Stage } from './stage.ts'

/**
 * `one`: a process with its own database. `whole`: the same on a DATABASE_URL. `split`: a process a part on one database. `three`: three
 * whole processes on one database. `scaled`: a process a part, of workers three.
 */
export type Layout = 'one' | 'whole' | 'split' | 'three' | 'scaled'

export interface Setting {
  readonly layout: Layout
  readonly env?: Readonly<Record<string, string>>
  /** A gateway of another tree: a build that is broken on purpose, or one that dies at a given place. */
  readonly root?: string
  /** What stands before a process's program, by its place in the layout. */
  readonly before?: (n: number) => readonly string[]
  readonly envOf?: (n: number) => Readonly<Record<string, string>>
  /** Through a door of ours, over TCP, that can be shut, hang or swallow answers. */
  readonly databaseDoor?: boolean
  /** The log in a Kafka of the run's own, of so many brokers; three keep everything three times. */
  readonly kafka?: 1 | 3
  /** Its brokers are not what breaks. */
  readonly brokersStay?: boolean
  /** What the gateway calls the machine of its database and its vendor: a name that has to be looked up, in place of an address. */
  readonly machine?: string
  /** Where data and database lie; a folder of the run's own when absent. */
  readonly folder?: string
}
export interface Fault {
  /** F1 …, or F1 and a word where one has several forms. */
  readonly id: string
  readonly says: string
  readonly settings: readonly Setting[]
  readonly load?: Partial<LoadSize>
  readonly rounds?: number
  /** The load of a round without a fault's own doing goes on so long. */
  readonly roundMs?: number
  /** After this what has not arrived is called lost; two minutes when absent. */
  readonly drainWithinMs?: number
  /** What it sends on purpose is set aside, rightly. */
  readonly mayBeSetAside?: boolean
  /** Only root can do it (a file system of a given size). */
  readonly needsRoot?: boolean
  /** Before the gateway starts; gives what ends it. */
  prepare?(setting: Setting): Promise<{ readonly setting: Setting; readonly end: () => Promise<void> }>
  /** Under load. Resolves when what broke is mended; the gateway may still be recovering. */
  disturb(stage: Stage, round: Round): Promise<void>
  /** What was measured on the way, for the report. */
  measured?(): Readonly<Record<string, number>>
  /** When everything is drained: what this fault promises besides. Empty when all is well. */
  alsoWrong?(stage: Stage): Promise<readonly string[]>
}
export interface Round {
  readonly n: number
  readonly chance: Seeded
}
