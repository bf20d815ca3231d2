// Logs as earlier builds wrote them, a file a version of the schemas: what lay in Kafka and what lay in PostgreSQL, byte for byte.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AnyEvent } from '../../schemas/events.ts'

export const fixtures = join(import.meta.dirname, 'fixtures')

/** A line of a file. A line is never changed once it is there: it is what somebody's broker or database holds. */
export interface StoredRecord {
  /** `message.received`, or `raw`. */
  readonly type: string
  readonly kafka: {
    readonly topic: string
    readonly partition: number
    readonly timestamp: string
    readonly key: string
    readonly headers: Readonly<Record<string, string>>
    /** Of a raw in base64, else the text. */
    readonly value: string
  }
  /** As `log_append` was given it; `start` and `size` of a raw are those of the value above alone. */
  readonly row: string
}

export const storedVersions: readonly number[] = readdirSync(fixtures)
  .flatMap((name) => /^v(\d+)\.jsonl$/.exec(name)?.[1] ?? [])
  .map(Number)
  .toSorted((a, b) => a - b)

export const fileOf = (version: number): string => join(fixtures, `v${version}.jsonl`)

export function storedLog(version: number): readonly StoredRecord[] {
  if (!existsSync(fileOf(version))) return []
  const lines = readFileSync(fileOf(version), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as StoredRecord)
}

/** What was appended then. */
export const eventIn = ({ row }: StoredRecord): AnyEvent => (JSON.parse(row) as { readonly e: AnyEvent }).e
