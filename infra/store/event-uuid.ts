// Event ids as the 16 bytes they are: `evt_` and 32 hex digits outside, a uuid in the tables.
import type { EventId } from '../../schemas/ids.ts'

/** PostgreSQL takes a uuid without hyphens. */
export const uuidOf = (id: EventId): string => id.slice('evt_'.length)
export const eventIdOf = (uuid: string): EventId => `evt_${uuid.replaceAll('-', '')}` as EventId
